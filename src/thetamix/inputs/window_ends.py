"""Where windows end: one definition, for a count before a fit and for the fit itself."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

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
        complete &= optional | np.isfinite(network.variables[name].values)
    return complete_windows(complete, sequence)


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
    missing = np.concatenate([np.zeros((len(complete), 1), np.int64), np.cumsum(~complete, axis=1)], axis=1)
    whole = np.zeros(complete.shape, dtype=bool)
    whole[:, sequence - 1 :] = missing[:, sequence:] == missing[:, :-sequence]
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
