"""Exact windows: every prediction is made as in training, from a window that starts at a zero state."""

import numpy as np
import torch
from torch import Tensor

from thetamix.model.lstm import MixtureLSTM

#: Windows in one pass. Larger batches leave the processor's cache.
BATCH = 1024


def predict_windows(
    model: MixtureLSTM, forcing: np.ndarray, static: np.ndarray, whole: np.ndarray, sequence: int
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

    Returns
    -------
    weight, mean, sd : numpy.ndarray
        Float32 (time, component), in units of the standardised target; NaN where no window ends.
    """
    ends = np.flatnonzero(whole)
    # A view of all windows (window, sequence, dynamic input); nothing is copied before its batch.
    views = torch.from_numpy(forcing).unfold(0, sequence, 1).transpose(1, 2) if ends.size else None
    fixed = torch.from_numpy(static)
    parameters: list[tuple[Tensor, Tensor, Tensor]] = []
    with torch.inference_mode():
        for index in np.split(ends, range(BATCH, ends.size, BATCH)):
            if views is None:
                break
            # Consecutive ends are the rule; indexing by a slice then keeps the view.
            first = index - sequence + 1
            consecutive = first[-1] - first[0] == first.size - 1
            batch = views[first[0] : first[-1] + 1] if consecutive else views[torch.from_numpy(first)]
            inputs = torch.empty(sequence, first.size, forcing.shape[1] + static.size)
            inputs[:, :, : forcing.shape[1]] = batch.transpose(0, 1)
            inputs[:, :, forcing.shape[1] :] = fixed
            parameters.append(model(inputs))
    results = []
    for position in range(3):
        values = np.full((whole.size, model.components), np.nan, dtype=np.float32)
        if parameters:
            values[ends] = torch.cat([batch[position] for batch in parameters]).numpy()
        results.append(values)
    log_weight, mean, log_sd = results
    return np.exp(log_weight), mean, np.exp(log_sd)
