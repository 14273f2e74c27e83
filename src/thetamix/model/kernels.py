"""The LSTM on a processor, compiled: all steps of a batch, forth and back.

Torch's LSTM leaves half of a core idle where the net is as small as the paper's. Here four windows pass a step
together, in arrays that stay in the core's own caches, in loops that LLVM turns into its widest instructions.

Arrays are C-contiguous float32, and the number of windows is a multiple of :data:`TOGETHER`. The gates stand in
torch's order: input, forget, cell, output. Hochreiter and Schmidhuber (1997), doi:10.1162/neco.1997.9.8.1735; forget
gates are of Gers et al. (2000), doi:10.1162/089976600300015015.
"""

import functools
import math
import threading
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import binding
from numba import njit
from numba.core.codegen import get_host_cpu_features

#: Windows that pass a step together, and inputs that are taken at a time.
TOGETHER = 4
#: Windows whose gradients are added to the weights' while they are in the fastest cache: a multiple of that.
BLOCK = 16

# A product and a sum may become one operation. NaN may not become anything: a fit that diverges must show it.
_HOW: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}

_UNIT, _TWO = np.float32(1), np.float32(2)
_LOG2_E = np.float32(math.log2(math.e))
#: Beyond it a float32 overflows when it is 2 to that power; a gate is open or closed long before.
_LARGEST = np.float32(120)
#: Added to a float32, it leaves the nearest whole number, and the bias of an exponent, in the last bits.
_ROUNDING = np.float32(1.5 * 2**23 + 127)
#: Bits of a float32 behind its exponent.
_MANTISSA = 23

#: (2^r - 1) / r between -1/2 and 1/2, fitted at Chebyshev nodes; the relative error is 5e-7.
_P0, _P1, _P2, _P3, _P4 = map(np.float32, (0.6931472, 0.24022348, 0.05550357, 0.009666374, 0.0013390867))


@njit(forceinline=True, **_HOW)
def _power(y):
    """Give p and q of 2^y = p (1 + q), in operations that a processor does for many numbers at a time.

    Beyond 2^120 and 2^-120 it stays where it is.
    """
    y = _LARGEST if y > _LARGEST else y  # NaN stays NaN
    y = -_LARGEST if y < -_LARGEST else y
    shifted = np.float32(y + _ROUNDING)
    r = y - (shifted - _ROUNDING)
    p = np.int32(shifted.view(np.int32) << _MANTISSA).view(np.float32)
    return p, r * (_P0 + r * (_P1 + r * (_P2 + r * (_P3 + r * _P4))))


@njit(forceinline=True, **_HOW)
def _sigmoid(x):
    p, q = _power(-_LOG2_E * x)
    return _UNIT / (p * q + (p + _UNIT))


@njit(forceinline=True, **_HOW)
def _tanh(x):
    p, q = _power(-_TWO * _LOG2_E * x)
    less_one = p * q + (p - _UNIT)  # near zero no digits are lost
    return -less_one / (_TWO + less_one)


@njit(forceinline=True, **_HOW)
def _add_products(a, row, b, begin, end, total, at, columns):
    """Add a[row : row + 4, begin:end] @ b[begin:end] to total[at : at + 4]; making slices would take a while."""
    t0, t1, t2, t3 = total[at], total[at + 1], total[at + 2], total[at + 3]
    for k in range(begin, end, TOGETHER):
        a00, a01, a02, a03 = a[row, k], a[row, k + 1], a[row, k + 2], a[row, k + 3]
        a10, a11, a12, a13 = a[row + 1, k], a[row + 1, k + 1], a[row + 1, k + 2], a[row + 1, k + 3]
        a20, a21, a22, a23 = a[row + 2, k], a[row + 2, k + 1], a[row + 2, k + 2], a[row + 2, k + 3]
        a30, a31, a32, a33 = a[row + 3, k], a[row + 3, k + 1], a[row + 3, k + 2], a[row + 3, k + 3]
        b0, b1, b2, b3 = b[k], b[k + 1], b[k + 2], b[k + 3]
        for j in range(columns):
            t0[j] += a00 * b0[j] + a01 * b1[j] + a02 * b2[j] + a03 * b3[j]
            t1[j] += a10 * b0[j] + a11 * b1[j] + a12 * b2[j] + a13 * b3[j]
            t2[j] += a20 * b0[j] + a21 * b1[j] + a22 * b2[j] + a23 * b3[j]
            t3[j] += a30 * b0[j] + a31 * b1[j] + a32 * b2[j] + a33 * b3[j]


Kernel = Callable[..., None]

#: Numba's names of contiguous arrays of two and of three dimensions.
_TABLE, _CUBE = "float32[:, ::1]", "float32[:, :, ::1]"

_COMPILING = threading.Lock()


def _once(make: Callable[[int], Kernel]) -> Callable[[int], Kernel]:
    """Make a kernel once for each number of units, however many threads ask for it at a time."""
    cached = functools.cache(make)

    @functools.wraps(make)
    def once(hidden: int) -> Kernel:
        with _COMPILING:
            return cached(hidden)

    return once


def _compiled(name: str, hidden: int, signature: str, function: Kernel) -> Kernel:
    """Compile a function, or read it from numba's cache.

    There it has a name of its own for each number of units and each processor: numba numbers what it caches under one
    name, and two processes that compile at the same time may take the same number.
    """
    processor = f"{binding.get_host_cpu_name()} {get_host_cpu_features()}"  # type: ignore[no-untyped-call]
    function.__qualname__ = f"{name}_{hidden}_{zlib.crc32(processor.encode()):08x}"
    try:
        compiled = njit(signature, cache=True, **_HOW)(function)
    except Exception:  # a cache that cannot be written, or read; an error of compiling comes again
        compiled = njit(signature, **_HOW)(function)
    result: Kernel = compiled
    return result


@_once
def forward_kernel(hidden: int) -> Kernel:
    """Compile the pass through a sequence.

    Parameters
    ----------
    hidden
        Number of units.

    Returns
    -------
    callable
        ``forward(states, weights, drive, row, stride, gates, cells, steps)``: with `states`
        (step, window, unit + input), the state before each step and behind it the inputs of the step, together a
        multiple of four; `weights` (unit + input, gate × unit); `drive` (row, gate × unit), what else is added to the
        gates of a window: row[window] + stride × step. It leaves the states after each step; in `gates`
        (step, window, gate × unit) how far the gates were open; and in `cells` (step, window, unit) the cells, the
        first ones those before the first step. Where one of the three has fewer steps than there are, or `gates`
        fewer windows, they are taken in turns; `cells` needs two steps.
    """
    units = 4 * hidden

    def forward(states, weights, drive, row, stride, gates, cells, steps):
        windows, inner = states.shape[1], states.shape[2]
        sums = np.empty((TOGETHER, units), np.float32)
        for step in range(steps):
            before, after = states[step % len(states)], states[(step + 1) % len(states)]
            cells_before, cells_after = cells[step % len(cells)], cells[(step + 1) % len(cells)]
            opened = gates[step % len(gates)]
            for first in range(0, windows, TOGETHER):
                for r in range(TOGETHER):
                    given, total = drive[row[first + r] + stride * step], sums[r]
                    for j in range(units):
                        total[j] = given[j]
                _add_products(before, first, weights, 0, inner, sums, 0, units)
                for r in range(TOGETHER):
                    total, gate = sums[r], opened[(first + r) % len(opened)]
                    c0, c1, h = cells_before[first + r], cells_after[first + r], after[first + r]
                    for j in range(hidden):
                        i = _sigmoid(total[j])
                        f = _sigmoid(total[hidden + j])
                        g = _tanh(total[2 * hidden + j])
                        o = _sigmoid(total[3 * hidden + j])
                        c = f * c0[j] + i * g
                        gate[j], gate[hidden + j], gate[2 * hidden + j], gate[3 * hidden + j] = i, f, g, o
                        c1[j] = c
                        h[j] = o * _tanh(c)

    signature = f"void({_CUBE}, {_TABLE}, {_TABLE}, int64[::1], int64, {_CUBE}, {_CUBE}, int64)"
    return _compiled("forward", hidden, signature, forward)


@_once
def backward_kernel(hidden: int) -> Kernel:
    """Compile the pass back, from the gradients of states to those of all that made them.

    Parameters
    ----------
    hidden
        Number of units.

    Returns
    -------
    callable
        ``backward(states, weights, gates, cells, by_output, by_state, by_cell, by_drive, by_weights)``: with
        `states`, `gates` and `cells` as the forward pass left them, `weights` (gate × unit, unit) of the state alone,
        and the gradients of the last states, `by_output` (scored, window, unit). `by_state` and `by_cell`
        (window, unit), `by_drive` (window, gate × unit) and `by_weights` (unit + input, gate × unit) are zero; the
        latter two are the result. `gates` is overwritten.
    """
    units = 4 * hidden

    def backward(states, weights, gates, cells, by_output, by_state, by_cell, by_drive, by_weights):
        steps, windows, inner = gates.shape[0], states.shape[1], states.shape[2]
        unscored = steps - len(by_output)
        for back in range(steps):
            step = steps - 1 - back
            turned, gradients = states[step].T, gates[step]
            for begin in range(0, windows, BLOCK):
                end = min(begin + BLOCK, windows)
                for window in range(begin, end):
                    dh, dc = by_state[window], by_cell[window]
                    if step >= unscored:
                        given = by_output[step - unscored, window]
                        for j in range(hidden):
                            dh[j] += given[j]
                    gate, c0, h1 = gradients[window], cells[step, window], states[step + 1, window]
                    for j in range(hidden):
                        i, f = gate[j], gate[hidden + j]
                        g, o = gate[2 * hidden + j], gate[3 * hidden + j]
                        h, by_h = h1[j], dh[j]
                        by_c = dc[j] + by_h * (o - h * h / o)  # h = o tanh(c)
                        gate[j] = by_c * g * i * (_UNIT - i)
                        gate[hidden + j] = by_c * c0[j] * f * (_UNIT - f)
                        gate[2 * hidden + j] = by_c * i * (_UNIT - g * g)
                        gate[3 * hidden + j] = by_h * h * (_UNIT - o)
                        dc[j] = by_c * f
                        dh[j] = np.float32(0)
                    drive = by_drive[window]
                    for j in range(units):
                        drive[j] += gate[j]
                for first in range(begin, end, TOGETHER):
                    _add_products(gradients, first, weights, 0, units, by_state, first, hidden)
                for k in range(0, inner, TOGETHER):
                    _add_products(turned, k, gradients, begin, end, by_weights, k, units)

    signature = f"void({_CUBE}, {_TABLE}, {_CUBE}, {_CUBE}, {_CUBE}, {_TABLE}, {_TABLE}, {_TABLE}, {_TABLE})"
    return _compiled("backward", hidden, signature, backward)
