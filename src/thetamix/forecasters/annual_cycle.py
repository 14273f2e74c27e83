"""The annual cycle: what was read around this day of the year (the null model of Schaefli & Gupta 2007).

The distribution of a day is the equal mixture of N(reading, 0.02²) over the training readings of the group within
±20 days of the day of the year, circular. The readings are thinned to evenly spaced quantiles, so that the mixture
keeps their distribution.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from thetamix.errors import InputError, nearest
from thetamix.forecasters.common import Material
from thetamix.network.schema import midpoints, time_step
from thetamix.network.series import series
from thetamix.prediction.files import write_prediction

HALF_WINDOW = 20  # days
INSTRUMENT_SD = 0.02  # [m3 m-3] Robinson et al. 2008, doi:10.2136/vzj2007.0143
COMPONENTS = 64
DAYS = 366


def forecast_annual_cycle(material: Material, *, by: Sequence[str]) -> None:
    """Write the annual cycle of each group as a prediction file.

    Parameters
    ----------
    material
        The network and its training part.
    by
        What makes a group: "depth", "cluster", or the name of an attribute such as "geology".

    Raises
    ------
    InputError
        If `by` names what the network does not have.
    """
    network = material.network
    days = day_of_year(midpoints(network["time"], time_step(network["time"])))
    groups = group_labels(network, by)
    cycles: dict[tuple[str, ...], np.ndarray] = {}
    members = list(series(network))
    with write_prediction(
        material.output, network, COMPONENTS, title=f"annual cycle by {', '.join(by)}"
    ) as prediction:
        for number, one in enumerate(members):
            group = groups[one.cluster][one.depth]
            if group not in cycles:
                same = np.array([[label == group for label in row] for row in groups])
                cycles[group] = cycle(material.readings[same], material.trained[same], days)
            mean = cycles[group][days - 1]
            prediction.write(
                one.cluster,
                one.depth,
                np.array(1 / COMPONENTS),
                mean,
                np.where(np.isnan(mean), np.nan, INSTRUMENT_SD),
            )
            material.report((number + 1) / len(members))


def cycle(readings: np.ndarray, trained: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Collect the readings around each day of the year.

    Parameters
    ----------
    readings
        Of the group (series, replicate, time) [m3 m-3].
    trained
        Which of them are trained on, boolean.
    days
        Day of the year (time), 1 to 366.

    Returns
    -------
    numpy.ndarray
        Evenly spaced quantiles of the readings within ±20 days (day, component) [m3 m-3], float32; NaN where there
        is none.
    """
    values = readings[trained]
    day = np.broadcast_to(days, trained.shape)[trained]
    order = np.argsort(day, kind="stable")
    by_day = np.split(values[order], np.searchsorted(day[order], np.arange(2, DAYS + 1)))
    result = np.full((DAYS, COMPONENTS), np.nan, dtype=np.float32)
    for center in range(DAYS):
        near = np.concatenate(
            [by_day[(center + shift) % DAYS] for shift in range(-HALF_WINDOW, HALF_WINDOW + 1)]
        )
        if near.size:
            result[center] = thin(near)
    return result


def thin(readings: np.ndarray) -> np.ndarray:
    """Stand for readings by evenly spaced quantiles.

    Parameters
    ----------
    readings
        Any number of them (reading).

    Returns
    -------
    numpy.ndarray
        The quantiles (i + 1/2) / components (component).

    Examples
    --------
    >>> thin(np.array([0.2, 0.2, 0.2]))[:3]
    array([0.2, 0.2, 0.2])
    """
    levels = (np.arange(COMPONENTS) + 0.5) / COMPONENTS
    quantiles: np.ndarray = np.quantile(readings, levels, method="hazen")
    return quantiles


def day_of_year(midpoints: np.ndarray) -> np.ndarray:
    """Give the day of the year of dates.

    Parameters
    ----------
    midpoints
        Dates (time), datetime64.

    Returns
    -------
    numpy.ndarray
        1 to 366 (time).

    Examples
    --------
    >>> day_of_year(np.array(["2013-01-01T12", "2016-12-31T12"], dtype="datetime64[ns]"))
    array([  1, 366])
    """
    years = midpoints.astype("datetime64[Y]").astype("datetime64[D]")
    days: np.ndarray = (midpoints.astype("datetime64[D]") - years).astype(np.int64)
    return days + 1


def group_labels(network: xr.Dataset, by: Sequence[str]) -> list[list[tuple[str, ...]]]:
    """Name the group of each series.

    Parameters
    ----------
    network
        The network.
    by
        "depth", "cluster" or attributes.

    Returns
    -------
    list of list of tuple
        By cluster and depth.

    Raises
    ------
    InputError
        If the network has no such attribute.
    """
    known = ["depth", "cluster", *(str(n) for n, v in network.data_vars.items() if v.dims == ("cluster",))]
    for name in by:
        if name not in known:
            raise InputError(f"annual cycle: the network has no attribute {name!r}; {nearest(name, known)}")
    clusters, depths = network.sizes["cluster"], network.sizes["depth"]

    def label(name: str, cluster: int, depth: int) -> str:
        if name == "depth":
            return str(depth)
        return str(network["cluster_id" if name == "cluster" else name].to_numpy()[cluster])

    return [[tuple(label(name, c, d) for name in by) for d in range(depths)] for c in range(clusters)]
