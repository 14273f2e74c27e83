"""Weather and discharge: the columns of a table, a series for each station."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from thetamix.network.plausibility import require_plausible_mean
from thetamix.network.resampling import COMPLETE, ENOUGH, TAKE, over_moments, overlap_means
from thetamix.network.schema import VARIABLES
from thetamix.network.units import Conversion, conversion
from thetamix.network.weather_variables import WEATHER
from thetamix.readers import OnProgress
from thetamix.readers.tables.blank_nights import without_blank_nights
from thetamix.readers.tables.clocks.time_grid import spanning
from thetamix.readers.tables.clocks.times import Axis
from thetamix.readers.tables.files.csv_table import groups
from thetamix.readers.tables.files.table_keys import ForcingTable
from thetamix.readers.tables.filling import fill, merge_equal
from thetamix.readers.tables.guess.column_names import weather_columns
from thetamix.readers.tables.mapping import Matching
from thetamix.readers.tables.places.stations import EVERYWHERE, Clusters, Stations, Variables, to_clusters
from thetamix.readers.tables.running_totals import rain_of_totals, require_no_total
from thetamix.readers.tables.timed_table import Part, TimedTable
from thetamix.system.errors import InputError, nearest

#: What a forcing table may hold.
FORCING = (*(name for name, variable in VARIABLES.items() if variable.dimensions == ("cluster", "time")), *WEATHER)
#: Sums: when they are brought to another step, every part of an interval must be known.
SUMS = ("precipitation", "potential_evapotranspiration", "discharge")
RADIATION = "shortwave_radiation"
#: Variable and station -> values (time) in the network's unit, float32; NaN is missing.
StationSeries = dict[tuple[str, str], np.ndarray]


def on_axis(name: str, values: np.ndarray, first: np.datetime64, step: np.timedelta64, axis: Axis) -> np.ndarray:
    """Bring a variable's regular values (time), whose first interval ends at `first`, to another time axis."""
    if name in TAKE and step < axis.step:
        moments = first + np.arange(len(values)) * step
        return over_moments(values, moments, step, axis.ends, axis.step, take=TAKE[name]).astype(np.float32)
    enough = COMPLETE if name in SUMS else ENOUGH
    return overlap_means(values, first, step, axis.ends, axis.step, enough=enough).astype(np.float32)


class ForcingSource(TimedTable):
    """One table of weather or discharge.

    Parameters
    ----------
    folder
        The folder that is imported.
    keys
        The table's part of the mapping.
    mapping
        The whole mapping.
    station
        The station that the file's name says.

    Attributes
    ----------
    present : set of (str, str)
        Variables and stations that the table has; complete when it has been read.
    notes
        What a careful user wants to know of its running totals and its nights; complete when it has been read.
    """

    def __init__(self, folder: Path, keys: ForcingTable, mapping: Matching, station: str = EVERYWHERE) -> None:
        super().__init__(folder, keys, mapping)
        self.keys = keys
        self.station = station
        self.conversions: dict[str, Conversion] = {}
        self.present: set[tuple[str, str]] = set()
        self.notes: list[str] = []
        for name, variable in keys.variables.items():
            if name not in FORCING:
                meant = next((v for v in weather_columns([name]) if v in FORCING), None)
                hint = f'did you mean "{meant}"?' if meant else nearest(name, FORCING)
                raise InputError(
                    f"{self.path}: forcing has no variable {name!r} (mapping: forcing.variables); {hint}"
                )
            self.table.require(list(variable.by_station(station).values()), f"forcing.variables.{name}")
            self.conversions[name] = conversion(name, variable.unit, f"{self.path}: {name}")
            if variable.kind is not None and (name != "precipitation" or not self.conversions[name].per_step):
                raise InputError(
                    f"{self.path}: {name} in {variable.unit!r} has no running total (mapping: kind: counter): that "
                    "is precipitation in mm, or another unit of an amount"
                )
        if keys.station is not None:
            self.table.require([keys.station], "forcing.station")
            self.mixed = [keys.station]
        columns = [c for v in keys.variables.values() for c in v.by_station(station).values()]
        self.values = list(dict.fromkeys(columns))

    def parts(self, axis: Axis) -> Iterator[Part]:
        """Yield the values, a station of a block at a time."""
        for block, at, ends in self.rows(axis, self.mixed, self.values):
            everywhere = [(self.station, np.arange(at.size))] if at.size else []
            for station, rows in everywhere if self.keys.station is None else groups(block.texts[self.keys.station]):
                self.mark(station, at[rows], axis)
                for name, variable in self.keys.variables.items():
                    for place, column in variable.by_station(station).items():
                        self.present.add((name, place))
                        yield Part(
                            (name, place),
                            f"column {column!r}",
                            "running_total" if variable.kind else name,
                            self.conversions[name],
                            at[rows],
                            ends[rows],
                            block.numbers[column][rows],
                            block.lines[rows],
                            block.share,
                        )


def match_sources(
    sources: Sequence[ForcingSource],
    axis: Axis,
    stations: Stations,
    clusters: Clusters,
    mapping: Matching,
    progress: OnProgress,
) -> Iterator[tuple[Path, Variables, list[str]]]:
    """Read tables, and match the stations of each variable with the clusters.

    Yields
    ------
    path : pathlib.Path
        The last table that has the variable.
    variables, notes
        See :func:`thetamix.readers.tables.places.stations.to_clusters`.

    Raises
    ------
    InputError
        If a value stands twice and differs, or cannot be one.
    """
    series: StationSeries = {}
    path: dict[str, Path] = {}
    nights = partial(without_blank_nights, stations=stations, clusters=clusters)
    for number, source in enumerate(sources):
        for (name, station), values in _read(source, series, axis, progress, sources[:number], nights).items():
            of_name = {other for variable, other in series if variable == name}
            if station not in of_name and EVERYWHERE in {station, *of_name} and of_name:
                raise InputError(
                    f"{source.path}: {name} is in two forcing tables of the mapping, in one of them without a "
                    "station; keep one"
                )
            if (name, station) in series:
                merge_equal(series[name, station], values, axis, f"{source.path}: {name}")
            else:
                series[name, station] = values
            path[name] = source.path
    yield from ((source.path, {}, source.notes) for source in sources)
    for name in path:
        read = {station: values for (variable, station), values in series.items() if variable == name}
        if name == RADIATION:  # of all tables: one may have the night that another leaves blank
            read = {station: nights(values, axis, station)[0] for station, values in read.items()}
        yield path[name], *to_clusters(name, read, stations, clusters, str(path[name]), mapping)


def _read(
    source: ForcingSource,
    series: StationSeries,
    axis: Axis,
    progress: OnProgress,
    earlier: Sequence[ForcingSource],
    nights: Callable[[np.ndarray, Axis, str], tuple[np.ndarray, int]],
) -> StationSeries:
    """Read a table; where it has the network's step, beside what earlier tables have of the same series."""
    own = axis if source.own_step is None else spanning([source.scan])
    counted = {name for name, variable in source.keys.variables.items() if variable.kind is not None}
    # The digits of a running total are those of its end, and what it rises by has fewer.
    targets: StationSeries = defaultdict(
        lambda: np.full(own.size, np.nan, dtype=np.float64 if counted else np.float32)
    )
    if source.own_step is None:
        targets |= {key: values for key, values in series.items() if key[0] not in counted}
    fill(source, targets, own, progress, [table for table in earlier if table.own_step is source.own_step is None])
    for name, station in sorted(source.present):
        if name in counted:
            where = f"{source.path.name}, station {station}" if station else source.path.name
            targets[name, station], notes = rain_of_totals(targets[name, station], own, where)
            source.notes += notes
        elif name == "precipitation":
            require_no_total(targets[name, station], str(source.path))
    read = {key: targets[key].astype(np.float32, copy=False) for key in source.present}
    for (name, _), values in read.items():
        require_plausible_mean(name, values, own.step, str(source.path))
    dark = {key: nights(values, own, key[1]) for key, values in read.items() if key[0] == RADIATION}
    if number := sum(number for _, number in dark.values()):
        source.notes.append(f"{source.path.name}: {number} blank(s) of {RADIATION} at night are 0")
    if source.own_step is None:
        return read
    read |= {key: values for key, (values, _) in dark.items()}
    return {
        (name, station): on_axis(name, values, own.first, own.step, axis) for (name, station), values in read.items()
    }
