"""The leakage audit: how much of what is evaluated was, in some form, already trained on."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from thetamix.network.by_series import Mask
from thetamix.network.series import Series

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def audit(trained: Mask, evaluated: Mask, same_forcing: Sequence[int], step_days: float) -> dict[str, float]:
    """Measure the leakage of one split.

    Parameters
    ----------
    trained, evaluated
        Readings of the parts. A step of a series counts once, however many replicates were read.
    same_forcing
        For each cluster (cluster) the number of the first one with its forcing.
    step_days
        Length of a time step [d].

    Returns
    -------
    dict
        ``same_series``, ``same_cluster``, ``same_forcing``: shares of the evaluated steps whose step is trained
        on in the same series, at any depth of the same cluster, in any cluster with the same forcing;
        ``days_q00`` … ``days_q100``: quantiles of the days to the nearest trained step of the series;
        ``steps``: how many steps are evaluated; ``steps_of_untrained_series``: how many of them belong to a
        series without any training.
    """
    in_cluster = trained.steps()
    in_forcing = np.zeros_like(in_cluster)
    for cluster, first in enumerate(same_forcing):
        in_forcing[first] |= in_cluster[cluster]
    shared = {"same_series": 0, "same_cluster": 0, "same_forcing": 0}
    total, distances = 0, np.zeros(in_cluster.shape[1], dtype=int)
    for key, readings in evaluated.items():
        cluster, _ = key
        asked, own = np.any(readings, axis=0), np.any(trained[key], axis=0)
        total += int(asked.sum())
        for name, steps in zip(shared, (own, in_cluster[cluster], in_forcing[same_forcing[cluster]]), strict=True):
            shared[name] += int((asked & steps).sum())
        if own.any():
            distances += np.bincount(nearest_distance(own, asked), minlength=distances.size)
    result = {name: _share(number, total) for name, number in shared.items()}
    result |= {"steps": float(total), "steps_of_untrained_series": float(total - distances.sum())}
    for q in QUANTILES:
        result[f"days_q{100 * q:02.0f}"] = step_days * _quantile(distances, q)
    return result


def _quantile(counts: np.ndarray, level: float) -> float:
    """Return a quantile of whole numbers that are counted (number), as numpy does of the numbers themselves."""
    if not counts.any():
        return np.nan
    rank = level * (counts.sum() - 1)
    lower, upper = np.searchsorted(counts.cumsum(), [np.floor(rank), np.ceil(rank)], side="right")
    return float(lower + (upper - lower) * (rank % 1))


def shown_replicates(trained: Mask, evaluated: Mask) -> float:
    """Measure how much of what is evaluated comes from replicates that were shown.

    Returns
    -------
    float
        Share of the evaluated readings whose replicate is trained on at some time and depth; 0 where all of them are
        of new replicates or unseen clusters.

    Examples
    --------
    >>> trained = np.array([[True, True], [False, False]])[None, None]
    >>> shown_replicates(Mask.of(trained), Mask.of(~trained))
    0.0
    """
    shown = np.zeros((trained.shape[0], trained.shape[2]), dtype=bool)
    for (cluster, _), readings in trained.items():
        shown[cluster] |= readings.any(axis=1)
    counts = {key: readings.sum(axis=1) for key, readings in evaluated.items()}
    again = sum(int(count[shown[cluster]].sum()) for (cluster, _), count in counts.items())
    return _share(again, sum(int(count.sum()) for count in counts.values()))


def nearest_distance(trained: np.ndarray, evaluated: np.ndarray) -> np.ndarray:
    """Count the steps from each evaluated step to the nearest trained one.

    Parameters
    ----------
    trained, evaluated
        Of one series (time), boolean; at least one step is trained.

    Returns
    -------
    numpy.ndarray
        Steps (evaluated steps).

    Examples
    --------
    >>> nearest_distance(np.array([True, False, False, False]), np.array([False, True, True, False]))
    array([1, 2])
    """
    given = np.flatnonzero(trained)
    wanted = np.flatnonzero(evaluated)
    right = np.searchsorted(given, wanted).clip(max=given.size - 1)
    left = (right - 1).clip(min=0)
    distances: np.ndarray = np.minimum(np.abs(given[right] - wanted), np.abs(wanted - given[left]))
    return distances


def one_sided(trained: Mask, evaluated: Mask, members: Iterable[Series]) -> pd.DataFrame:
    """Name the series that lie on one side of the split only.

    Returns
    -------
    pandas.DataFrame
        Columns ``series`` and ``missing``: "training part", "evaluation part", or "complete time step" where
        neither has one.
    """
    rows = []
    for member in members:
        key = member.cluster, member.depth
        lacks = [name for name, part in (("training", trained), ("evaluation", evaluated)) if key not in part]
        if lacks:
            rows.append((member.name, "complete time step" if len(lacks) == 2 else f"{lacks[0]} part"))
    return pd.DataFrame(rows, columns=["series", "missing"])


def _share(steps: int, total: int) -> float:
    return steps / total if total else np.nan
