"""What is compiled: gates as they are in double precision, and numba's cache."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np
import pytest
from scipy.special import expit

from thetamix.model import kernels

COMPILE = """
import numpy as np
from thetamix.model import kernels
kernel = kernels.forward_kernel(2)
states = np.zeros((2, 4, 4), np.float32)
arrays = np.ones((4, 8), np.float32), np.ones((1, 8), np.float32), np.zeros(4, np.int64)
kernel(states, *arrays, 0, np.zeros((1, 4, 8), np.float32), np.zeros((2, 4, 2), np.float32), 1)
assert np.allclose(states[1, :, :2], 1 / (1 + np.exp(-1)) * np.tanh(np.tanh(1) / (1 + np.exp(-1))))
print(sum(kernel.stats.cache_hits.values()))
"""


@pytest.fixture(scope="module")
def gates():
    """The logistic function and tanh as a kernel has them: many numbers at a time."""

    @numba.njit(**kernels._HOW)
    def gates(x, sigmoid, tanh):
        for j in range(len(x)):
            sigmoid[j] = kernels._sigmoid(x[j])
            tanh[j] = kernels._tanh(x[j])

    def both(x):
        results = np.empty_like(x), np.empty_like(x)
        gates(x, *results)
        return results

    return both


def test_gates_open_as_the_logistic_function_and_tanh_do(gates):
    x = np.concatenate([np.linspace(-90, 90, 20001), [0.0, -1e30, 1e30, np.inf, -np.inf]]).astype(np.float32)
    sigmoid, tanh = gates(x)
    np.testing.assert_allclose(sigmoid, expit(x.astype(np.float64)), rtol=5e-6, atol=1e-30)
    np.testing.assert_allclose(sigmoid, expit(x.astype(np.float64)), rtol=0, atol=2e-7)
    np.testing.assert_allclose(tanh, np.tanh(x.astype(np.float64)), rtol=0, atol=3e-7)


def test_tanh_loses_no_digits_near_zero(gates):
    x = np.concatenate([-np.geomspace(1e-30, 1, 1000), np.geomspace(1e-30, 1, 1000)]).astype(np.float32)
    np.testing.assert_allclose(gates(x)[1], np.tanh(x.astype(np.float64)), rtol=2e-6)


def test_what_is_not_a_number_is_no_gate(gates):
    assert np.isnan(gates(np.full(40, np.nan, np.float32))).all()


def test_threads_compile_once(monkeypatch):
    asked = []

    def compiled(*given):
        asked.append(given)
        time.sleep(0.05)  # the others ask meanwhile
        return given[-1]

    monkeypatch.setattr(kernels, "_compiled", compiled)
    make = kernels._once(kernels.forward_kernel.__wrapped__)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(make, [3] * 40))) == 1
    assert len(asked) == 1


def compile_in(folder: Path) -> int:
    """Compile in a process of its own with a cache of its own; gives the kernels that came from it."""
    environment = {"NUMBA_CACHE_DIR": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", COMPILE],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return int(done.stdout)


def test_the_second_process_reads_what_the_first_compiled_unless_it_is_damaged(tmp_path):
    assert [compile_in(tmp_path), compile_in(tmp_path)] == [0, 1]
    for kind in ("*.nbi", "*.nbc"):
        (file,) = tmp_path.rglob(kind)
        whole = file.read_bytes()
        for damaged in (b"", whole[: len(whole) // 2]):
            file.write_bytes(damaged)
            assert compile_in(tmp_path) == 0
        file.write_bytes(whole)
    assert compile_in(tmp_path) == 1


def test_without_a_cache_it_is_compiled_each_time(monkeypatch):
    monkeypatch.setattr(numba.core.caching.CacheImpl, "_locator_classes", [])
    kernel = kernels.forward_kernel.__wrapped__(2)
    assert type(kernel._cache).__name__ == "NullCache"


def test_an_error_of_compiling_is_told():
    def wrong(a):
        return a.nothing

    with pytest.raises(numba.core.errors.TypingError, match="nothing"):
        kernels._compiled("wrong", 1, "void(int64)", wrong)
