"""The leakage audit: how much of what is evaluated was, in some form, already trained on."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from thetamix.network.by_series import Mask
from thetamix.network.series import Series
from thetamix.places.matching import nearest_stations

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


def kilometres(trained: Mask, evaluated: Mask, latitude: np.ndarray, longitude: np.ndarray) -> dict[str, float]:
    """Measure how far clusters that are kept out lie from what is trained on.

    Parameters
    ----------
    trained, evaluated
        Readings of the parts.
    latitude, longitude
        Of the clusters (cluster) [degrees].

    Returns
    -------
    dict
        ``km_q00``, ``km_q05``, ``km_q50``: smallest, 5 % and median of the great-circle distances from each evaluated
        cluster without training to the nearest trained one [km]; NaN where no cluster is kept out, or where
        coordinates are not told.
    """
    placed = np.flatnonzero(np.isfinite(latitude + longitude)).tolist()
    shown = {cluster for cluster, _ in trained}
    unseen = {cluster for cluster, _ in evaluated} - shown
    near, kept_out = ([cluster for cluster in placed if cluster in chosen] for chosen in (shown, unseen))
    distances = np.full(1, np.nan)
    if near and kept_out:
        _, metres = nearest_stations(latitude[kept_out], longitude[kept_out], latitude[near], longitude[near], 1)
        distances = metres[:, 0] / 1000
    return {f"km_q{100 * q:02.0f}": float(np.quantile(distances, q)) for q in (0.0, 0.05, 0.5)}


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


def one_sided(trained: Mask, evaluated: Mask, members: Iterable[Series], *, by_design: bool = False) -> pd.DataFrame:
    """Name the series that lie on one side of the split only; where that is so by design, those that lie on none.

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
        if len(lacks) == 2 or (lacks and not by_design):
            rows.append((member.name, "complete time step" if len(lacks) == 2 else f"{lacks[0]} part"))
    return pd.DataFrame(rows, columns=["series", "missing"])


def _share(steps: int, total: int) -> float:
    return steps / total if total else np.nan
