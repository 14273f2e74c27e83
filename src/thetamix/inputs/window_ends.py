"""Where windows end: one definition, for a count before a fit and for the fit itself."""

import numpy as np

#: Of a validation part, the windows that are looked at: more would tell the same, later.
MOST_VALIDATED = 20_000
#: Of them, or of the steps of stretches, how many in one pass.
VALIDATED_AT_ONCE = 1024


def scored_together(trained: np.ndarray, *, by_replicate: bool) -> np.ndarray:
    """Put readings together that one pass through the model scores.

    Parameters
    ----------
    trained
        Readings of the part (cluster, depth, replicate, time), boolean.
    by_replicate
        True where the model is told the replicate; otherwise all replicates of a series share a pass.

    Returns
    -------
    numpy.ndarray
        Boolean (cluster, depth, replicate or 1, time).
    """
    together: np.ndarray = trained if by_replicate else np.any(trained, axis=2, keepdims=True)
    return together


def window_places(trained: np.ndarray, whole: np.ndarray, *, by_replicate: bool) -> np.ndarray:
    """Say where the windows of a part end.

    Parameters
    ----------
    trained
        Readings of the part (cluster, depth, replicate, time), boolean.
    whole
        Where a window of complete forcing ends (cluster, time), boolean.
    by_replicate
        True where the model is told the replicate.

    Returns
    -------
    numpy.ndarray
        Boolean (cluster, depth, replicate or 1, time): a window each.
    """
    places: np.ndarray = scored_together(trained, by_replicate=by_replicate) & whole[:, None, None, :]
    return places
