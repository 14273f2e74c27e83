"""Carried states: one pass over the record, and from there one step a day.

Only models that were trained sequence-to-many may carry their state: the others have never seen a state older than
their window. A step without forcing sets the state to zero, and predictions hold again after the warm-up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from thetamix.model.lstm import MixtureLSTM

#: Steps in one pass: what is in memory besides the result.
CHUNK = 512

Carry = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class State:
    """What a model remembers of each row, a place or a place and replicate.

    Attributes
    ----------
    hidden, cell
        Of the LSTM (layer, row, unit), float32; on the processor, wherever the model is.
    age
        Steps of complete forcing since the state was zero (row), int64.
    """

    hidden: Tensor
    cell: Tensor
    age: np.ndarray

    def rows(self, some: slice) -> "State":
        """Give the state of some rows."""
        return State(self.hidden[:, some], self.cell[:, some], self.age[some])

    @classmethod
    def joined(cls, states: "Sequence[State]") -> "State":
        """Put the rows of several states behind each other."""
        return cls(
            torch.cat([state.hidden for state in states], dim=1),
            torch.cat([state.cell for state in states], dim=1),
            np.concatenate([state.age for state in states]),
        )

    @classmethod
    def zero(cls, model: MixtureLSTM, rows: int) -> "State":
        """Give the state before anything was seen."""
        shape = (model.lstm.num_layers, rows, model.lstm.hidden_size)
        return cls(torch.zeros(shape), torch.zeros(shape), np.zeros(rows, dtype=np.int64))


@dataclass(frozen=True)
class _Stretch:
    """Steps of complete forcing of one row."""

    row: int
    start: int
    stop: int


def predict_carried(
    model: MixtureLSTM,
    forcing: np.ndarray,
    complete: np.ndarray,
    cluster: np.ndarray,
    static: np.ndarray,
    warm_up: int,
    state: State,
) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], State]:
    """Predict rows at all steps, from the state before the first to the state after the last.

    Parameters
    ----------
    model
        Trained sequence-to-many.
    forcing
        Standardised (cluster, time, dynamic input), float32.
    complete
        Where no required forcing is missing (cluster, time), boolean.
    cluster
        Of each row (row).
    static
        Standardised static inputs (row, static input), float32.
    warm_up
        Steps after which predictions hold.
    state
        Before the first step.

    Returns
    -------
    weight, mean, sd : numpy.ndarray
        Float32 (row, time, component), in units of the standardised target; NaN in the warm-up and without forcing.
    state : State
        After the last step.
    """
    rows, length = len(static), complete.shape[1]
    results = np.full((3, rows, length, model.components), np.nan, dtype=np.float32)
    after = State.zero(model, rows)
    stretches = _stretches(complete, cluster)
    device = next(model.parameters()).device
    hidden, cell = _initial(state, stretches)
    carry = hidden.to(device), cell.to(device)
    fixed = torch.from_numpy(static)
    with torch.inference_mode():
        for begin in range(0, max((s.stop - s.start for s in stretches), default=0), CHUNK):
            # The longest come first, so that those which go on are the first ones.
            stretches = [s for s in stretches if s.stop - s.start > begin]
            carry = (carry[0][:, : len(stretches)], carry[1][:, : len(stretches)])
            sizes = [min(s.stop - s.start - begin, CHUNK) for s in stretches]
            inputs = _inputs(forcing, cluster, fixed, stretches, begin, sizes).to(device)
            outputs, carry = _pass(model, inputs, sizes, carry)
            predicted = [output.cpu().numpy() for output in outputs]
            hidden, cell = carry[0].cpu(), carry[1].cpu()
            for number, (stretch, size) in enumerate(zip(stretches, sizes, strict=True)):
                first = stretch.start + begin
                age = _age_before(state, stretch) + begin + np.arange(1, size + 1)
                values = np.stack([parameter[:size, number] for parameter in predicted])
                results[:, stretch.row, first : first + size] = np.where(
                    (age > warm_up)[None, :, None], values, np.nan
                )
                if first + size == length:
                    after.hidden[:, stretch.row] = hidden[:, number]
                    after.cell[:, stretch.row] = cell[:, number]
                    after.age[stretch.row] = age[-1]
    log_weight, mean, log_sd = results
    return (np.exp(log_weight), mean, np.exp(log_sd)), after


def _stretches(complete: np.ndarray, cluster: np.ndarray) -> list[_Stretch]:
    """Cut each row's record at steps without forcing; the longest first."""
    edges = np.diff(np.pad(complete, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    runs = [list(zip(np.flatnonzero(edge == 1), np.flatnonzero(edge == -1), strict=True)) for edge in edges]
    found = [
        _Stretch(row, int(start), int(stop))
        for row, number in enumerate(cluster)
        for start, stop in runs[number]
    ]
    return sorted(found, key=lambda s: s.start - s.stop)


def _initial(state: State, stretches: list[_Stretch]) -> Carry:
    goes_on = torch.tensor([stretch.start == 0 for stretch in stretches], dtype=torch.float32)[None, :, None]
    rows = torch.tensor([stretch.row for stretch in stretches], dtype=torch.int64)
    return state.hidden[:, rows] * goes_on, state.cell[:, rows] * goes_on


def _age_before(state: State, stretch: _Stretch) -> int:
    return int(state.age[stretch.row]) if stretch.start == 0 else 0


def _inputs(
    forcing: np.ndarray,
    cluster: np.ndarray,
    static: Tensor,
    stretches: list[_Stretch],
    begin: int,
    sizes: list[int],
) -> Tensor:
    inputs = torch.zeros(sizes[0], len(sizes), forcing.shape[2] + static.shape[1])
    for number, (stretch, size) in enumerate(zip(stretches, sizes, strict=True)):
        first = stretch.start + begin
        inputs[:size, number, : forcing.shape[2]] = torch.from_numpy(
            forcing[cluster[stretch.row], first : first + size]
        )
    inputs[:, :, forcing.shape[2] :] = static[torch.tensor([stretch.row for stretch in stretches])]
    return inputs


def _pass(
    model: MixtureLSTM, inputs: Tensor, sizes: list[int], carry: Carry
) -> tuple[tuple[Tensor, Tensor, Tensor], Carry]:
    carry = (carry[0].contiguous(), carry[1].contiguous())
    if sizes[0] == sizes[-1]:
        outputs, carry = model.lstm(inputs, carry)
    else:
        packed, carry = model.lstm(pack_padded_sequence(inputs, torch.tensor(sizes)), carry)
        outputs, _ = pad_packed_sequence(packed)
    return model.mixture(outputs), carry
