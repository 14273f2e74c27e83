"""The recurrence of an LSTM on a processor: compiled, with inputs that stay the same apart from those that change."""

import functools
import warnings
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


@functools.cache
def _kernels() -> ModuleType | None:
    """Import what numba compiles; late, for it takes as long as to predict a day from a state."""
    try:
        from thetamix.model import kernels
    except (ImportError, OSError) as error:
        if find_spec("numba") is not None:  # for another Python or numpy, say
            warnings.warn(f"numba is of no use here ({error}): torch's LSTM is taken, slower", stacklevel=2)
        return None
    return kernels


def compiles(layers: int) -> bool:
    """Return whether the recurrence of an LSTM can be compiled.

    Parameters
    ----------
    layers
        Of the LSTM.

    Returns
    -------
    bool
        True for one layer, where there is numba. Otherwise torch's own is taken.
    """
    return layers == 1 and _kernels() is not None


def takes(lstm: nn.LSTM, *inputs: Tensor) -> bool:
    """Return whether the compiled recurrence is for an LSTM and its inputs.

    Parameters
    ----------
    lstm
        The LSTM.
    inputs
        For it.

    Returns
    -------
    bool
        False on a graphics card, for several layers, in another precision than float32, where gradients of the inputs
        are wanted, and without numba: there, torch's own is taken.
    """
    if any(tensor.requires_grad for tensor in inputs) or not compiles(lstm.num_layers):
        return False
    tensors = (*inputs, *lstm.parameters())
    return all(tensor.device.type == "cpu" and tensor.dtype == torch.float32 for tensor in tensors)


def states(lstm: nn.LSTM, windows: Tensor, fixed: Tensor, scored: int | None) -> Tensor:
    """Return the hidden state at the end of each window.

    What a window is told at every step adds the same to its gates at every step: it is multiplied once.

    Parameters
    ----------
    lstm
        One that :func:`takes` takes.
    windows
        Inputs that change with the step (sequence, batch, changing input).
    fixed
        Inputs that do not (batch, fixed input).
    scored
        At the last so many steps instead.

    Returns
    -------
    Tensor
        Of shape (batch, hidden), or (scored, batch, hidden).
    """
    last = 1 if scored is None else scored
    if torch.is_grad_enabled():
        outputs: Tensor = _Recurrence.apply(windows, fixed, last, *lstm.parameters())  # type: ignore[no-untyped-call]
    else:
        kept, *_ = _pass(windows, fixed, *lstm.parameters(), keep=False)
        outputs = kept[-last:, : windows.shape[1], : lstm.hidden_size]
    return outputs[-1] if scored is None else outputs


def states_along(lstm: nn.LSTM, record: Tensor, fixed: Tensor, first: Tensor, sequence: int) -> Tensor:
    """Return the hidden state at the end of windows of one record, without gradients.

    What a step adds to the gates is the same in all windows that hold it: it is multiplied once.

    Parameters
    ----------
    lstm
        One that :func:`takes` takes.
    record
        Inputs of the place that change (time, changing input).
    fixed
        Inputs of the place that do not (fixed input).
    first
        Step at which each window begins (window), int64.
    sequence
        Length of a window [steps].

    Returns
    -------
    Tensor
        Of shape (window, hidden).
    """
    begin, end = int(first.min()), int(first.max()) + sequence
    if end - begin > len(first) * sequence:  # far between: what lies there is not to be kept
        halves = torch.tensor_split(first, 2)
        return torch.cat([states_along(lstm, record, fixed, half, sequence) for half in halves])
    by_input, by_state, *biases = lstm.parameters()
    hidden, changing = lstm.hidden_size, record.shape[1]
    # Copies: the last bit of a product may depend on where in memory its factors begin.
    always = by_input[:, changing:] @ fixed.clone() + biases[0] + biases[1]
    drive = torch.addmm(always, record[begin:end].clone(), by_input[:, :changing].T)
    padded = _up(len(first))
    row = torch.zeros(padded, dtype=torch.int64)
    row[: len(first)] = first - begin
    weights = record.new_zeros(_up(hidden), 4 * hidden)
    weights[:hidden] = by_state.T
    last, cells = record.new_zeros(1, padded, len(weights)), record.new_zeros(2, padded, hidden)
    gates = record.new_empty(1, _up(1), 4 * hidden)
    _run("forward", hidden, last, weights, drive, row, 1, gates, cells, sequence)
    return last[0, : len(first), :hidden]


class _Recurrence(torch.autograd.Function):
    """Gives the last states, and the gradients of the weights in the order of torch's parameters."""

    @staticmethod
    def forward(ctx: Any, windows: Tensor, fixed: Tensor, last: int, *weights: Tensor) -> Tensor:
        _, by_state, *_ = weights
        _, ctx.batch, ctx.changing = windows.shape
        ctx.passed = _pass(windows, fixed, *weights, keep=True)
        ctx.save_for_backward(by_state, fixed)
        kept, *_ = ctx.passed
        outputs: Tensor = kept[-last:, : ctx.batch, : by_state.shape[1]].clone()
        return outputs

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, by_output: Tensor) -> tuple[Tensor | None, ...]:
        by_state, fixed = ctx.saved_tensors
        if ctx.passed is None:
            raise RuntimeError("the compiled recurrence can be gone back once: its gates are overwritten")
        (kept, gates, cells), ctx.passed = ctx.passed, None
        padded, told, hidden = kept.shape[1], kept.shape[2], by_state.shape[1]
        outputs = by_output.new_zeros(len(by_output), padded, hidden)
        outputs[:, : ctx.batch] = by_output
        state, cell = by_output.new_zeros(2, padded, hidden)
        drive, weights = by_output.new_zeros(padded, 4 * hidden), by_output.new_zeros(told, 4 * hidden)
        given = kept, by_state, gates, cells, outputs
        _run("backward", hidden, *given, state, cell, drive, weights)
        drive = drive[: ctx.batch]
        inputs = torch.cat([weights[hidden : hidden + ctx.changing], fixed.T @ drive])
        bias = drive.sum(0)
        # Contiguous: torch's fused optimisers take a gradient's numbers in the order in which they lie in memory.
        by_input, by_hidden = inputs.T.contiguous(), weights[:hidden].T.contiguous()
        return None, None, None, by_input, by_hidden, bias, bias.clone()


def _pass(
    windows: Tensor, fixed: Tensor, by_input: Tensor, by_state: Tensor, *biases: Tensor, keep: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Pass all steps; gives states with inputs, gates and cells, padded with windows of nothing."""
    steps, batch, changing = windows.shape
    hidden = by_state.shape[1]
    told, padded = hidden + changing, _up(batch)
    kept = windows.new_empty(steps + 1, padded, _up(told))
    kept[0, :, :hidden] = 0
    kept[:, batch:] = 0
    kept[:-1, :batch, hidden:told] = windows
    kept[:, :, told:] = 0
    weights = windows.new_zeros(kept.shape[2], 4 * hidden)
    weights[:hidden], weights[hidden:told] = by_state.T, by_input[:, :changing].T
    drive = torch.addmm(biases[0] + biases[1], fixed, by_input[:, changing:].T)
    row = torch.arange(padded).clamp(max=batch - 1)
    gates = windows.new_empty(steps if keep else 1, padded, 4 * hidden)
    cells = windows.new_empty(steps + 1 if keep else 2, padded, hidden)
    cells[0] = 0
    _run("forward", hidden, kept, weights, drive, row, 0, gates, cells, steps)
    return kept, gates, cells


def _run(name: str, hidden: int, *given: Tensor | int) -> None:
    """Run a kernel on tensors, as arrays; numba refuses those that are not contiguous."""
    kernel = getattr(_kernels(), f"{name}_kernel")(hidden)
    kernel(*(value.detach().numpy() if isinstance(value, Tensor) else value for value in given))


def _up(number: int) -> int:
    """Return the next number that the compiled loops take."""
    kernels = _kernels()
    assert kernels is not None, "what cannot be compiled is not taken"
    together: int = kernels.TOGETHER
    return -(-number // together) * together
