"""The annual cycle: what was read around this day of the year (the null model of Schaefli & Gupta 2007).

The distribution of a day is the equal mixture of N(reading, 0.02²) over the training readings of the group within
±20 days of the day of the year, circular. The readings of an interval of 0.02 share a component, which has their mean
and, beside the instrument's, their variance: no probability of a value below another moves by more than 0.006.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
import xarray as xr
from pydantic import BeforeValidator

from thetamix.forecasters.base import ForecastContext, Forecaster, Role
from thetamix.network.by_series import Key
from thetamix.network.observations import INSTRUMENT_SD
from thetamix.network.schema import midpoints, time_step
from thetamix.network.series import Series, series
from thetamix.prediction.cycle_file import DAYS, write_cycle
from thetamix.quality.checks.study_record import Answers, Needs, Sides, Silence
from thetamix.system.errors import InputError, nearest

HALF_WINDOW = 20  # days
#: [m3 m-3] Readings of an interval of this width share a component.
INTERVAL = INSTRUMENT_SD


def _as_grouping(value: object) -> object:
    if isinstance(value, str) and value != "series":
        raise ValueError(f"{value!r} is not a grouping; write series, or a list such as [geology, depth]")
    return ["cluster", "depth"] if value == "series" else value


class AnnualCycle(Forecaster):
    """Training readings around the same day of the year."""

    role: ClassVar[Role] = "null"
    version: ClassVar[int] = 2

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
        number_of = np.full((network.sizes["cluster"], network.sizes["depth"]), -1)
        for number, members in enumerate(groups.values()):
            for entry in members:
                number_of[entry.cluster, entry.depth] = number

        def mixtures() -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
            for members in groups.values():
                readings, trained = zip(*map(context.of, members), strict=True)
                yield cycle(readings, trained, days)

        title = f"annual cycle by {', '.join(self.by)}"
        components = max((weight.shape[1] for weight, _, _ in mixtures()), default=1)
        with write_cycle(context.output, network, number_of, days, components, title=title) as prediction:
            for number, mixture in enumerate(mixtures()):
                prediction.write(number, *mixture)
                context.report((number + 1) / len(groups))


def cycle(
    readings: Sequence[np.ndarray], trained: Sequence[np.ndarray], days: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
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
    weight, mean, sd : numpy.ndarray
        The mixture of the readings within ±20 days (day, component) [1], [m3 m-3], [m3 m-3]; components without
        readings, which come last, have weight 0; NaN where there is no reading.
    """
    values = np.concatenate([own[marked] for own, marked in zip(readings, trained, strict=True)]).astype(np.float64)
    if not values.size:
        weight, mean, sd = np.full((3, DAYS, 1), np.nan)
        return weight, mean, sd
    day = np.concatenate([np.broadcast_to(days, marked.shape)[marked] for marked in trained]) - 1
    intervals, interval = np.unique(np.floor(values / INTERVAL), return_inverse=True)
    middle = (intervals + 0.5) * INTERVAL
    inside = values - middle[interval]

    def around(amount: np.ndarray | None) -> np.ndarray:
        """Add up an amount of each reading, or count them, by day and interval (day, interval)."""
        of_day = np.bincount(day * middle.size + interval, amount, minlength=DAYS * middle.size)
        table = of_day.reshape(DAYS, middle.size)
        shifted = [np.roll(table, shift, axis=0) for shift in range(-HALF_WINDOW, HALF_WINDOW + 1)]
        total: np.ndarray = np.sum(shifted, axis=0)
        return total

    count = around(None)
    divisor = np.maximum(count, 1)
    shift, square = around(inside) / divisor, around(inside**2) / divisor
    sd = np.sqrt(INSTRUMENT_SD**2 + np.maximum(square - shift**2, 0))
    most = int((count > 0).sum(axis=1).max())
    first = np.argsort(count == 0, axis=1, kind="stable")[:, :most]
    count, mean, sd = (np.take_along_axis(table, first, axis=1) for table in (count, middle + shift, sd))
    total = count.sum(axis=1, keepdims=True)
    weight, mean, sd = (np.where(total > 0, table, np.nan) for table in (count / np.maximum(total, 1), mean, sd))
    return weight, mean, sd


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
