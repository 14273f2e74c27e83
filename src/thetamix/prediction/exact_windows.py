"""Exact windows: every prediction is made as in training, from a window that starts at a zero state."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from thetamix.model.mixture_lstm import MixtureLSTM
from thetamix.model.recurrence import states_along, takes

#: Windows in one pass: more are no faster on a processor, and take memory in each thread; and windows times steps,
#: where windows are long.
BATCH, BATCH_STEPS = 256, 2**19
#: How many times as many on a graphics card, which idles while it has few.
ON_CARD = 32


def predict_windows(
    model: MixtureLSTM,
    forcing: np.ndarray,
    static: np.ndarray,
    whole: np.ndarray,
    sequence: int,
    dtype: torch.dtype = torch.float32,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Predict one series at all times at which a window of complete forcing ends.

    Parameters
    ----------
    model
        The model; whether dropout is on is as it was left.
    forcing
        Standardised forcing of the cluster (time, dynamic input), float32.
    static
        Standardised static inputs of the series (static input), float32.
    whole
        Where a complete window ends (time), boolean.
    sequence
        Length of a window [steps].
    dtype
        What the LSTM computes in.

    Returns
    -------
    weight, mean, sd : numpy.ndarray
        Float32 (time, component), in units of the standardised target; NaN where no window ends.
    """
    ends = np.flatnonzero(whole)
    results = [np.full((whole.size, model.components), np.nan, dtype=np.float32) for _ in range(3)]
    if ends.size:
        first = ends - sequence + 1
        device = next(model.parameters()).device
        record, fixed, positions = (torch.from_numpy(a).to(device) for a in (forcing, static, first))
        size = min(BATCH, max(BATCH_STEPS // sequence, 1)) * (ON_CARD if device.type == "cuda" else 1)
        cuts = [_cut(first[b : b + size], positions[b : b + size]) for b in range(0, first.size, size)]
        with torch.inference_mode():
            parameters = _predict(model, record.to(dtype), fixed, cuts, sequence)
        for values, parameter in zip(results, parameters, strict=True):
            values[ends] = parameter.cpu().numpy()
    log_weight, mean, log_sd = results
    return np.exp(log_weight), mean, np.exp(log_sd)


def _cut(first: np.ndarray, positions: Tensor) -> slice | Tensor:
    """Choose windows by where they begin: consecutive ones are the rule, and a slice keeps them a view."""
    consecutive = first[-1] - first[0] == first.size - 1
    return slice(int(first[0]), int(first[-1]) + 1) if consecutive else positions


def _predict(
    model: MixtureLSTM, record: Tensor, fixed: Tensor, cuts: list[slice | Tensor], sequence: int
) -> list[Tensor]:
    """Predict batches of windows, all on the model's device; gives each parameter (window, component)."""
    states = _states(model, record, fixed, cuts, sequence)
    batches = [model.mixture(state) for state in states]
    return [torch.cat(parts) for parts in zip(*batches, strict=True)]


def _states(
    model: MixtureLSTM, record: Tensor, fixed: Tensor, cuts: list[slice | Tensor], sequence: int
) -> Iterator[Tensor]:
    """Give the hidden states at the end of batches of windows (window, hidden)."""
    if takes(model.lstm, record, fixed):
        for cut in cuts:
            first = torch.arange(cut.start, cut.stop) if isinstance(cut, slice) else cut
            yield states_along(model.lstm, record, fixed, first, sequence)
        return
    lstm = model.lstm_at(fixed, record.dtype)
    # A view of all windows (window, dynamic input, sequence); nothing is copied before its batch.
    views = record.unfold(0, sequence, 1)
    for cut in cuts:
        _, (hidden, _) = lstm(views[cut].permute(2, 0, 1).contiguous())
        yield hidden[-1].float()
