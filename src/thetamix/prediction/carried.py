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

from thetamix.model.mixture_lstm import MixtureLSTM

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

    def rows(self, chosen: slice) -> "State":
        """Return the state of some rows."""
        return State(self.hidden[:, chosen], self.cell[:, chosen], self.age[chosen])

    @classmethod
    def joined(cls, states: "Sequence[State]") -> "State":
        """Return the rows of several states behind each other."""
        return cls(
            torch.cat([state.hidden for state in states], dim=1),
            torch.cat([state.cell for state in states], dim=1),
            np.concatenate([state.age for state in states]),
        )

    @classmethod
    def zero(cls, model: MixtureLSTM, rows: int) -> "State":
        """Return the state before anything was seen."""
        shape = (model.lstm.num_layers, rows, model.lstm.hidden_size)
        return cls(torch.zeros(shape), torch.zeros(shape), np.zeros(rows, dtype=np.int64))


@dataclass(frozen=True)
class _Run:
    """Steps of complete forcing, the same ones in several rows."""

    rows: np.ndarray
    start: int
    stop: int

    @property
    def length(self) -> int:
        """Number of steps."""
        return self.stop - self.start


def predict_carried(
    model: MixtureLSTM,
    forcing: np.ndarray,
    complete: np.ndarray,
    cluster: np.ndarray,
    static: np.ndarray,
    warm_up: int,
    state: State,
) -> tuple[np.ndarray, State]:
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
    parameters : numpy.ndarray
        Weights, means and standard deviations, float32 (3, row, time, component), in units of the standardised
        target; NaN in the warm-up and without forcing.
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
    with torch.inference_mode():
        for begin in range(0, max((s.length for s in stretches), default=0), CHUNK):
            # The longest come first, so that those which go on are the first ones.
            stretches = [s for s in stretches if s.length > begin]
            columns = sum(len(s.rows) for s in stretches)
            carry = (carry[0][:, :columns], carry[1][:, :columns])
            sizes = [min(s.length - begin, CHUNK) for s in stretches for _ in s.rows]
            inputs = _inputs(forcing, cluster, static, stretches, begin, sizes[0]).to(device)
            outputs, carry = _pass(model, inputs, sizes, carry)
            predicted = np.stack([output.cpu().numpy() for output in outputs])
            left = [part.cpu().numpy() for part in carry]
            column = 0
            for stretch in stretches:
                columns_of = slice(column, column + len(stretch.rows))
                column = columns_of.stop
                first, size = stretch.start + begin, min(stretch.length - begin, CHUNK)
                age = _age_before(state, stretch)[:, None] + begin + np.arange(1, size + 1)
                values = predicted[:, :size, columns_of].swapaxes(1, 2)
                results[:, stretch.rows, first : first + size] = np.where(
                    (age > warm_up)[None, :, :, None], values, np.nan
                )
                if first + size == length:
                    for kept, part in zip((after.hidden, after.cell), left, strict=True):
                        kept.numpy()[:, stretch.rows] = part[:, columns_of]
                    after.age[stretch.rows] = age[:, -1]
    for logs in (results[0], results[2]):
        np.exp(logs, out=logs)
    return results, after


def _stretches(complete: np.ndarray, cluster: np.ndarray) -> list[_Run]:
    """Cut the record at steps without forcing; the longest stretches first."""
    edges = np.diff(np.pad(complete, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    runs = [list(zip(np.flatnonzero(edge == 1), np.flatnonzero(edge == -1), strict=True)) for edge in edges]
    rows: dict[tuple[int, int], list[int]] = {}
    for row, number in enumerate(cluster):
        for run in runs[number]:
            rows.setdefault(run, []).append(row)
    stretches = [_Run(np.array(own), int(start), int(stop)) for (start, stop), own in rows.items()]
    return sorted(stretches, key=lambda stretch: -stretch.length)


def _initial(state: State, stretches: list[_Run]) -> Carry:
    goes_on = torch.tensor([s.start == 0 for s in stretches for _ in s.rows], dtype=torch.float32)
    rows = torch.tensor([row for s in stretches for row in s.rows], dtype=torch.int64)
    return state.hidden[:, rows] * goes_on[:, None], state.cell[:, rows] * goes_on[:, None]


def _age_before(state: State, stretch: _Run) -> np.ndarray:
    return np.where(stretch.start == 0, state.age[stretch.rows], 0)


def _inputs(
    forcing: np.ndarray,
    cluster: np.ndarray,
    static: np.ndarray,
    stretches: list[_Run],
    begin: int,
    steps: int,
) -> Tensor:
    """Lay the inputs side by side (step, row, input); what follows the end of a stretch is not looked at."""
    rows = np.concatenate([s.rows for s in stretches])
    first = np.concatenate([np.full(len(s.rows), s.start + begin) for s in stretches])
    positions = np.minimum(first + np.arange(steps)[:, None], forcing.shape[1] - 1)
    inputs = np.empty((steps, len(rows), forcing.shape[2] + static.shape[1]), dtype=np.float32)
    inputs[:, :, : forcing.shape[2]] = forcing[cluster[rows], positions]
    inputs[:, :, forcing.shape[2] :] = static[rows]
    return torch.from_numpy(inputs)


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
