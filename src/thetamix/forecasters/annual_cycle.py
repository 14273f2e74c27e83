"""The annual cycle: what was read around this day of the year (the null model of Schaefli & Gupta 2007).

The distribution of a day is the equal mixture of N(reading, 0.02²) over the training readings of the group within
±20 days of the day of the year, circular. Many readings are thinned to evenly spaced quantiles, so that the mixture
keeps their distribution.
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
import xarray as xr
from pydantic import BeforeValidator

from thetamix.forecasters.base import ForecastContext, Forecaster, Role
from thetamix.network.by_series import Key
from thetamix.network.observations import INSTRUMENT_SD
from thetamix.network.schema import midpoints, time_step
from thetamix.network.series import Series, series
from thetamix.prediction.prediction_file import write_prediction
from thetamix.quality.checks.study_record import Answers, Needs, Sides, Silence
from thetamix.system.errors import InputError, nearest

HALF_WINDOW = 20  # days
COMPONENTS = 64
DAYS = 366


def _as_grouping(value: object) -> object:
    if isinstance(value, str) and value != "series":
        raise ValueError(f"{value!r} is not a grouping; write series, or a list such as [geology, depth]")
    return ["cluster", "depth"] if value == "series" else value


class AnnualCycle(Forecaster):
    """Training readings around the same day of the year."""

    role: ClassVar[Role] = "null"

    kind: Literal["annual_cycle"]
    by: Annotated[list[str], BeforeValidator(_as_grouping)] = ["geology", "depth"]

    def needs(self, name: str) -> Needs:
        """Return the attributes that it groups by."""
        silence = Silence(
            self._answers,
            f"no reading of the same {' and '.join(self.by)} within {HALF_WINDOW} days of the day of the year is "
            "trained on",
            "group it by what is trained on too, such as by: [depth]",
        )
        return Needs(name, groups=tuple(self.by), silence=silence)

    def _answers(self, sides: Sides) -> Answers:
        """Mark days of the year around which a series' group has training readings."""
        time = sides.network["time"]
        days = day_of_year(midpoints(time, time_step(time)))
        labels = group_labels(sides.network, self.by)
        around: dict[tuple[str, ...], np.ndarray] = {}
        for (cluster, depth), trained in sides.trained.items():
            near = around.setdefault(labels[cluster][depth], np.zeros(DAYS, dtype=bool))
            there = np.unique(days[np.any(trained, axis=0)]) - 1
            for shift in range(-HALF_WINDOW, HALF_WINDOW + 1):
                near[(there + shift) % DAYS] = True

        def answer(key: Key) -> np.ndarray:
            near = around.get(labels[key[0]][key[1]], np.zeros(DAYS, dtype=bool))
            answered: np.ndarray = near[days - 1]
            return answered

        return answer

    def forecast(self, context: ForecastContext) -> None:
        """Write the annual cycle of each group."""
        network = context.network
        days = day_of_year(midpoints(network["time"], time_step(network["time"])))
        labels = group_labels(network, self.by)
        groups: dict[tuple[str, ...], list[Series]] = {}
        for entry in series(network):
            groups.setdefault(labels[entry.cluster][entry.depth], []).append(entry)
        title = f"annual cycle by {', '.join(self.by)}"
        with write_prediction(context.output, network, COMPONENTS, title=title) as prediction:
            for number, members in enumerate(groups.values(), 1):
                readings, trained = zip(*map(context.of, members), strict=True)
                weight, mean = (values[days - 1] for values in cycle(readings, trained, days))
                sd = np.where(np.isnan(mean), np.nan, INSTRUMENT_SD)
                for entry in members:
                    prediction.write(entry.cluster, entry.depth, weight, mean, sd)
                context.report(number / len(groups))


def cycle(
    readings: Sequence[np.ndarray], trained: Sequence[np.ndarray], days: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Collect the readings around each day of the year.

    Parameters
    ----------
    readings
        Of each series of the group (replicate, time) [m3 m-3].
    trained
        Which of them are trained on, boolean.
    days
        Day of the year (time), 1 to 366.

    Returns
    -------
    weight, mean : numpy.ndarray
        The readings within ±20 days, thinned (day, component) [1], [m3 m-3], float32; NaN where there is none.
    """
    values = np.concatenate([own[marked] for own, marked in zip(readings, trained, strict=True)])
    day = np.concatenate([np.broadcast_to(days, marked.shape)[marked] for marked in trained])
    order = np.argsort(day, kind="stable")
    by_day = np.split(values[order], np.searchsorted(day[order], np.arange(2, DAYS + 1)))
    weight, mean = np.full((2, DAYS, COMPONENTS), np.nan, dtype=np.float32)
    for center in range(DAYS):
        near = np.concatenate([by_day[(center + shift) % DAYS] for shift in range(-HALF_WINDOW, HALF_WINDOW + 1)])
        if near.size:
            weight[center], mean[center] = thin(near)
    return weight, mean


def thin(readings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Represent readings by components: by themselves, or where they are many by evenly spaced quantiles.

    Parameters
    ----------
    readings
        One or more (reading).

    Returns
    -------
    weight, mean : numpy.ndarray
        The readings with equal weights, filled up with weights of 0; or the quantiles (i + 1/2) / components,
        shifted to the readings' mean (component).

    Examples
    --------
    >>> weight, mean = thin(np.array([0.1, 0.2]))
    >>> weight[:3], mean[:3]
    (array([0.5, 0.5, 0. ]), array([0.1, 0.2, 0.1]))
    """
    if readings.size <= COMPONENTS:
        return (np.arange(COMPONENTS) < readings.size) / readings.size, np.resize(readings, COMPONENTS)
    levels = (np.arange(COMPONENTS) + 0.5) / COMPONENTS
    quantiles = np.quantile(readings, levels, method="hazen")
    # The point forecast is the mean of the readings: thinning must not move it.
    return np.full(COMPONENTS, 1 / COMPONENTS), quantiles + (readings.mean() - quantiles.mean())


def day_of_year(midpoints: np.ndarray) -> np.ndarray:
    """Return the day of the year of dates.

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
    names = ["depth", "cluster", *(str(n) for n, v in network.data_vars.items() if v.dims == ("cluster",))]
    for name in by:
        if name not in names:
            raise InputError(f"annual cycle: the network has no attribute {name!r}; {nearest(name, names)}")
    clusters, depths = network.sizes["cluster"], network.sizes["depth"]
    columns = [
        None if name == "depth" else network["cluster_id" if name == "cluster" else name].to_numpy() for name in by
    ]
    return [
        [tuple(str(d if column is None else column[c]) for column in columns) for d in range(depths)]
        for c in range(clusters)
    ]
