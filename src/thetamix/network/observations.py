"""What the models and the scores may see of the readings: the only place where flags become NaN."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import xarray as xr

from thetamix.network.by_series import NOTHING, Key, Mask, Readings
from thetamix.network.schema import SERIES_DIMENSIONS, flag_mask
from thetamix.network.streaming import by_cluster

ReplicateRule = Literal["all", "any"]

#: How far a reading is from the soil around the sensor [m3 m-3]: Robinson et al. 2008, doi:10.2136/vzj2007.0143.
INSTRUMENT_SD = 0.02


def observations(network: xr.Dataset, reject: Sequence[str] = ()) -> Readings:
    """Read the readings by series, with those of rejected quality removed; one cluster is read at a time.

    Parameters
    ----------
    network
        With ``soil_moisture`` and, where readings are flagged, ``soil_moisture_flag``.
    reject
        Names of the flags that a reading must not carry: ``["C01", "C02"]``.
    """
    return Readings(_shape(network), NOTHING, _by_series(network, reject))


def accepted_readings(network: xr.Dataset, reject: Sequence[str] = ()) -> Mask:
    """Return where :func:`observations` has readings, for what asks no values: in a small part of the memory."""
    there = ((key, np.isfinite(values)) for key, values in _by_series(network, reject))
    return Mask(_shape(network), np.False_, there)


def _shape(network: xr.Dataset) -> tuple[int, int, int, int]:
    clusters, depths, replicates, times = (network.sizes[name] for name in SERIES_DIMENSIONS)
    return clusters, depths, replicates, times


def _by_series(network: xr.Dataset, reject: Sequence[str]) -> Iterator[tuple[Key, np.ndarray]]:
    for number, cluster in enumerate(by_cluster(network)):
        for depth, values in enumerate(cluster_observations(cluster, reject)):
            yield (number, depth), values


def cluster_observations(cluster: xr.Dataset, reject: Sequence[str] = ()) -> np.ndarray:
    """Read the accepted readings of one cluster (depth, replicate, time) [m3 m-3], float32; NaN is missing."""
    readings: np.ndarray = cluster["soil_moisture"].to_numpy().astype(np.float32, copy=False)
    if not reject or "soil_moisture_flag" not in cluster:
        return readings
    accepted = (cluster["soil_moisture_flag"].to_numpy() & flag_mask(list(reject))) == 0
    return np.where(accepted, readings, NOTHING)


def usable(readings: np.ndarray, allowed: np.ndarray, rule: ReplicateRule) -> np.ndarray:
    """Return which readings of one series count.

    "All replicates present", the paper's rule (its section 2.1.1), means every replicate that the series
    ever has: a profile that was never installed does not empty the series.

    Parameters
    ----------
    readings
        Of one series (replicate, time) [m3 m-3], or boolean where they are.
    allowed
        Which replicates are looked at (replicate), boolean: all of them, or those that a split shows.
    rule
        ``all``: a time step counts where every allowed replicate that the series ever has is there.
        ``any``: each reading counts by itself.

    Returns
    -------
    numpy.ndarray
        Boolean (replicate, time).

    Examples
    --------
    >>> a = np.array([[0.2, np.nan], [0.3, 0.3], [np.nan, np.nan]])
    >>> usable(a, np.array([True, True, True]), "all")
    array([[ True, False],
           [ True, False],
           [False, False]])
    """
    there = readings if readings.dtype == bool else np.isfinite(readings)
    present: np.ndarray = there & allowed[:, None]
    if rule == "any":
        return present
    ever = present.any(axis=1)
    return present & present[ever].all(axis=0)


def replicate_mean(readings: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Average the replicates of one series, where all of them are there.

    A mean over a changing set of replicates jumps when a sensor drops out; it is never formed.

    Parameters
    ----------
    readings
        Of one series (replicate, time) [m3 m-3].
    allowed
        Which replicates are looked at (replicate), boolean.

    Returns
    -------
    numpy.ndarray
        The mean (time) [m3 m-3], float64; NaN where a replicate is missing.
    """
    complete = usable(readings, allowed, "all")
    replicates = complete.any(axis=1)
    if not replicates.any():
        return np.full(readings.shape[1], np.nan)
    mean: np.ndarray = readings[replicates].mean(axis=0, dtype=np.float64)
    return mean
