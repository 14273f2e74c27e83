"""Where windows end: one definition, for a count before a fit and for the fit itself."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from thetamix.inputs.requirements import few_at_a_time
from thetamix.network.by_series import Mask

#: Of a validation part, the windows that are looked at: more would tell the same, later.
MOST_VALIDATED = 20_000
#: Of them, or of the steps of stretches, how many in one pass.
VALIDATED_AT_ONCE = 1024


def window_ends(network: xr.Dataset, forcing: Sequence[tuple[str, bool]], sequence: int) -> np.ndarray:
    """Return where a window of complete forcing ends in a network: only such readings can be trained on.

    Parameters
    ----------
    network
        With the forcing.
    forcing
        Names, and whether each is optional.
    sequence
        Length of a window [steps].

    Returns
    -------
    numpy.ndarray
        Boolean (cluster, time).
    """
    complete = np.ones((network.sizes["cluster"], network.sizes["time"]), dtype=bool)
    for name, optional in forcing:
        if not optional:
            complete &= forcing_present(network, name)
    return complete_windows(complete, sequence)


def forcing_present(network: xr.Dataset, name: str) -> np.ndarray:
    """Return where a forcing is not missing (cluster, time), boolean."""
    return np.concatenate([np.isfinite(values) for values in few_at_a_time(network, name)])


def complete_windows(complete: np.ndarray, sequence: int) -> np.ndarray:
    """Return where a window of complete forcing ends.

    Parameters
    ----------
    complete
        Where no required forcing is missing (cluster, time), boolean.
    sequence
        Length of a window [steps].

    Returns
    -------
    numpy.ndarray
        Boolean (cluster, time).

    Examples
    --------
    >>> complete_windows(np.array([[True, True, False, True, True]]), 2)
    array([[False,  True, False, False,  True]])
    """
    whole = np.zeros(complete.shape, dtype=bool)
    for ends, present in zip(whole, complete, strict=True):  # counts of all clusters at a time would be large
        missing = np.concatenate([[0], np.cumsum(~present)])
        ends[sequence - 1 :] = missing[sequence:] == missing[:-sequence]
    return whole


def count_windows(trained: Mask, ends: np.ndarray, *, by_replicate: bool) -> int:
    """Count the windows of a part: they end where its readings are, and forcing is complete (cluster, time)."""
    return sum(int(steps.sum()) for steps in passes(trained, by_replicate=by_replicate).within(ends).values())


def passes(trained: Mask, *, by_replicate: bool) -> Mask:
    """Return what one pass through the model scores.

    Parameters
    ----------
    trained
        Readings of the part.
    by_replicate
        True where the model is told the replicate; otherwise all replicates of a series share a pass.

    Returns
    -------
    Mask
        With one replicate where they share it.
    """
    if by_replicate:
        return trained
    arrays = ((key, np.any(readings, axis=0, keepdims=True)) for key, readings in trained.items())
    return Mask((*trained.shape[:2], 1, trained.shape[3]), np.False_, arrays)
