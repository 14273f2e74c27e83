"""The true law: what a new replicate would read at a place, depth and time.

A new replicate's profile and sensor are drawn from the law that the installed ones were drawn from, so over many such
draws its reading is an equal mixture of N(reading without noise, 0.02^2). Faults and gaps are no part of it.

A model that is given geology, land use, elevation and weather does not know the cluster's own soil and can do no
better than the regional law: the same over profiles that are each of another cluster. It takes the weather as it was,
so that with an error of the reported rain it is a little better than can be done from the reports.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from thetamix.simulation.integration import Course
from thetamix.simulation.scene import DEPTHS
from thetamix.simulation.seeds import Stream
from thetamix.simulation.simulated_sensors import NOISE_SD, calibration

SMALLEST_SD = 1e-4  # [m3 m-3] of a component where noise is switched off: a Gaussian must have a width
TITLES = {
    Stream.TRUTH: "the true law of a new replicate",
    Stream.REGIONAL: "the true law of a replicate at an unknown cluster of this geology and land use",
}
DIMENSIONS = ("cluster", "depth", "time", "component")


def noise_free(
    courses: Iterable[Course], seed: int, clusters: int, purpose: Stream, count: int, without: Sequence[str]
) -> np.ndarray:
    """Return what sensors would read if they had no noise.

    Parameters
    ----------
    courses
        Moisture of the profiles of each cluster; not more than one cluster is asked for at a time.
    seed
        Seed of the whole simulation.
    clusters
        How many.
    purpose
        :attr:`Stream.INSTALLED`, :attr:`Stream.TRUTH` or :attr:`Stream.REGIONAL`: independent draws.
    count
        Profiles of each cluster.
    without
        Causes switched off.

    Returns
    -------
    numpy.ndarray
        Readings (cluster, depth, time, profile) [m3 m-3], float32.
    """
    readings = np.empty(0, dtype=np.float32)
    for number, course in zip(range(clusters), courses, strict=False):
        if number == 0:
            shape = (clusters, DEPTHS.size, len(course.moisture), count)
            readings = np.empty(shape, dtype=np.float32)
        gain, offset = calibration(seed, purpose, number, count, DEPTHS.size, without)
        single = course.moisture * gain.astype(np.float32) + offset.astype(np.float32)
        readings[number] = single.transpose(1, 0, 2)
    return readings


def true_law(mean: np.ndarray, purpose: Stream, without: Sequence[str], network: xr.Dataset) -> xr.Dataset:
    """Return the law of a new replicate, in the form of a prediction file.

    Parameters
    ----------
    mean
        Readings without noise of many profiles (cluster, depth, time, component) [m3 m-3], float32.
    purpose
        :attr:`Stream.TRUTH`, or :attr:`Stream.REGIONAL` where the profiles are of many clusters.
    without
        Causes switched off.
    network
        Gives the coordinates.

    Returns
    -------
    xarray.Dataset
        ``component_weight`` [1], ``component_mean`` and ``component_sd`` [m3 m-3] (cluster, depth, time,
        component), float32. Weight and sd are read-only views of one number.
    """
    import thetamix.mixture.accessor  # noqa: F401  # gives the data set its ``mixture``

    sd = SMALLEST_SD if "noise" in without else NOISE_SD
    weight, width = (np.broadcast_to(np.float32(value), mean.shape) for value in (1 / mean.shape[-1], sd))
    return xr.Dataset(
        {
            "component_weight": (DIMENSIONS, weight, {"long_name": "weight of the component", "units": "1"}),
            "component_mean": (DIMENSIONS, mean, {"long_name": "mean of the component", "units": "m3 m-3"}),
            "component_sd": (
                DIMENSIONS,
                width,
                {"long_name": "standard deviation of the component", "units": "m3 m-3"},
            ),
        },
        coords={name: network.coords[name] for name in ("cluster_id", "depth", "time")},
        attrs={
            "title": TITLES[purpose],
            "forecaster": "truth" if purpose is Stream.TRUTH else "regional truth",
            **{name: network.attrs[name] for name in ("simulation_seed", "simulation_without")},
        },
    )
