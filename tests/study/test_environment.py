"""What a run was made with, and a hash that is computed once."""

import json
import os
from importlib import metadata

import pytest

import thetamix
from thetamix.study import environment
from thetamix.study.environment import describe_environment, hash_once
from thetamix.system.files import sha256


@pytest.mark.parametrize("there", [True, False])
def test_the_description_is_plain_and_true(monkeypatch, there):
    monkeypatch.setattr("torch.cuda.is_available", lambda: there)
    described = describe_environment("abc")
    assert json.loads(json.dumps(described)) == described
    assert described["network_sha256"] == "abc"
    assert described["packages"]["torch"] == metadata.version("torch")
    assert described["packages"]["numba"] == metadata.version("numba")
    assert described["graphics_card"] is there
    assert described["threads"] == 1  # of the fits, whatever this process has
    assert described["thetamix"] == thetamix.__version__


def test_a_package_that_is_not_there_is_not_described(monkeypatch):
    monkeypatch.setattr(environment, "PACKAGES", ("torch", "no-such-package"))
    assert list(describe_environment("abc")["packages"]) == ["torch"]


@pytest.fixture
def counted(monkeypatch):
    calls = []
    monkeypatch.setattr(environment, "sha256", lambda path: calls.append(path) or sha256(path))
    return calls


def test_a_file_is_hashed_once_and_again_when_it_changes(tmp_path, counted):
    path, cache = tmp_path / "network.nc", tmp_path / ".steps" / "network.hash"
    path.write_bytes(b"one")
    first = hash_once(path, cache)
    assert first == hash_once(path, cache) == sha256(path)
    assert len(counted) == 1
    path.write_bytes(b"three")
    assert hash_once(path, cache) == sha256(path) != first
    assert len(counted) == 2
    # The same size at another time.
    path.write_bytes(b"seven")
    os.utime(path, ns=(1, 1))
    assert hash_once(path, cache) == sha256(path)
    assert len(counted) == 3


def test_another_file_with_the_same_name_has_its_own_hash(tmp_path, counted):
    cache = tmp_path / "network.hash"
    for folder, text in (("a", b"one"), ("b", b"two")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "network.nc").write_bytes(text)
        os.utime(tmp_path / folder / "network.nc", ns=(1, 1))
        assert hash_once(tmp_path / folder / "network.nc", cache) == sha256(tmp_path / folder / "network.nc")
    assert len(counted) == 2


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"{}", b"\xff"])
def test_a_damaged_cache_is_made_anew(tmp_path, damage):
    path, cache = tmp_path / "network.nc", tmp_path / "network.hash"
    path.write_bytes(b"one")
    cache.write_bytes(damage)
    assert hash_once(path, cache) == hash_once(path, cache) == sha256(path)
