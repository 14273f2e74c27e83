"""The leakage audit: how much of what is evaluated was, in some form, already trained on."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def audit(
    trained: np.ndarray, evaluated: np.ndarray, same_forcing: Sequence[int], step_days: float
) -> dict[str, float]:
    """Measure the leakage of one split.

    Parameters
    ----------
    trained, evaluated
        Steps of each series that are trained on and evaluated (cluster, depth, time), boolean: those with
        readings.
    same_forcing
        A number for each cluster (cluster); clusters with the same number have the same forcing.
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
    total = int(evaluated.sum())
    in_cluster = trained.any(axis=1, keepdims=True)
    groups, group = np.unique(same_forcing, return_inverse=True)
    by_group = np.stack([trained[group == number].any(axis=(0, 1)) for number in range(groups.size)])
    in_forcing = by_group[group][:, None, :]
    days = [
        nearest_distance(trained[index], evaluated[index]) * step_days
        for index in np.ndindex(trained.shape[:2])
        if trained[index].any()
    ]
    distances = np.concatenate(days) if days else np.empty(0)
    result = {
        "same_series": _share(evaluated & trained, total),
        "same_cluster": _share(evaluated & in_cluster, total),
        "same_forcing": _share(evaluated & in_forcing, total),
        "steps": float(total),
        "steps_of_untrained_series": float(total - distances.size),
    }
    for q in QUANTILES:
        result[f"days_q{100 * q:02.0f}"] = float(np.quantile(distances, q)) if distances.size else np.nan
    return result


def known_replicates(trained: np.ndarray, evaluated: np.ndarray) -> float:
    """Measure how much of what is evaluated comes from replicates that were shown.

    Parameters
    ----------
    trained, evaluated
        Readings that are trained on and evaluated (cluster, depth, replicate, time), boolean.

    Returns
    -------
    float
        Share of the evaluated readings whose replicate is trained on at some time and depth; 0 where all of them are
        of new replicates or unseen clusters.

    Examples
    --------
    >>> trained = np.array([[True, True], [False, False]])[None, None]
    >>> known_replicates(trained, ~trained)
    0.0
    """
    shown = np.any(trained, axis=(1, 3))[:, None, :]
    counts = evaluated.sum(axis=3)
    return _share(np.where(shown, counts, 0), int(counts.sum()))


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
    places = np.flatnonzero(trained)
    wanted = np.flatnonzero(evaluated)
    right = np.searchsorted(places, wanted).clip(max=places.size - 1)
    left = (right - 1).clip(min=0)
    distances: np.ndarray = np.minimum(np.abs(places[right] - wanted), np.abs(wanted - places[left]))
    return distances


def one_sided(trained: np.ndarray, evaluated: np.ndarray, names: Sequence[Sequence[str]]) -> pd.DataFrame:
    """Name the series that lie on one side of the split only.

    Parameters
    ----------
    trained, evaluated
        Steps of each series (cluster, depth, time), boolean.
    names
        Of the series, by cluster and depth.

    Returns
    -------
    pandas.DataFrame
        Columns ``series`` and ``missing``: "training part", "evaluation part", or "complete time step" where
        neither has one.
    """
    rows = []
    for cluster, depth in np.ndindex(trained.shape[:2]):
        lacks = [
            part
            for part, steps in (("training", trained), ("evaluation", evaluated))
            if not steps[cluster, depth].any()
        ]
        if lacks:
            rows.append((names[cluster][depth], "complete time step" if len(lacks) == 2 else f"{lacks[0]} part"))
    return pd.DataFrame(rows, columns=["series", "missing"])


def _share(steps: np.ndarray, total: int) -> float:
    return float(steps.sum()) / total if total else np.nan
