"""Weather and discharge: the columns of a table, a series for each station."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from thetamix.network.plausibility import require_plausible_mean
from thetamix.network.schema import VARIABLES
from thetamix.network.units import Conversion, conversion
from thetamix.network.weather_variables import WEATHER
from thetamix.readers import OnProgress
from thetamix.readers.tables.column_names import weather_columns
from thetamix.readers.tables.csv_table import groups
from thetamix.readers.tables.mapping import Matching
from thetamix.readers.tables.stations import EVERYWHERE, Clusters, Stations, Variables, to_clusters
from thetamix.readers.tables.table_keys import ForcingTable
from thetamix.readers.tables.timed_table import Occupied, TimedTable, plausible
from thetamix.readers.tables.times import Axis
from thetamix.system.errors import InputError, nearest
from thetamix.weather.resampling import COMPLETE, ENOUGH, overlap_means

#: What a forcing table may hold.
FORCING = (*(name for name, variable in VARIABLES.items() if variable.dimensions == ("cluster", "time")), *WEATHER)
#: Sums: when they are brought to another step, every part of an interval must be known.
SUMS = ("precipitation", "potential_evapotranspiration", "discharge")
#: Variable -> station -> values (time) in the network's unit, float32; NaN is missing.
StationSeries = dict[str, dict[str, np.ndarray]]


def on_axis(name: str, values: np.ndarray, first: np.datetime64, step: np.timedelta64, axis: Axis) -> np.ndarray:
    """Bring a variable's regular values (time), whose first interval ends at `first`, to another time axis."""
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
    """

    def __init__(self, folder: Path, keys: ForcingTable, mapping: Matching, station: str = EVERYWHERE) -> None:
        super().__init__(folder, keys, mapping)
        self.keys = keys
        self.station = station
        self.conversions: dict[str, Conversion] = {}
        for name, variable in keys.variables.items():
            if name not in FORCING:
                meant = next((v for v in weather_columns([name]) if v in FORCING), None)
                hint = f'did you mean "{meant}"?' if meant else nearest(name, FORCING)
                raise InputError(
                    f"{self.path}: forcing has no variable {name!r} (mapping: forcing.variables); {hint}"
                )
            self.table.require(list(variable.by_station(station).values()), f"forcing.variables.{name}")
            self.conversions[name] = conversion(name, variable.unit, f"{self.path}: {name}")
        if keys.station is not None:
            self.table.require([keys.station], "forcing.station")

    def read(self, axis: Axis, progress: OnProgress) -> StationSeries:
        """Read the table onto a time axis.

        Raises
        ------
        InputError
            If a time stands twice or a value cannot be one.
        """
        if self.own_step is None:
            return self._read(axis, progress)
        scan, step = self.scan, self.clock.step
        series = self._read(Axis(scan.first, step, int((scan.last - scan.first) // step) + 1), progress)
        return {
            name: {station: on_axis(name, values, scan.first, step, axis) for station, values in stations.items()}
            for name, stations in series.items()
        }

    def _read(self, axis: Axis, progress: OnProgress) -> StationSeries:
        series: StationSeries = {name: {} for name in self.keys.variables}
        occupied: dict[str, Occupied] = {}
        columns = [c for v in self.keys.variables.values() for c in v.by_station(self.station).values()]
        texts = [] if self.keys.station is None else [self.keys.station]
        for block, at in self.rows(axis, texts, list(dict.fromkeys(columns))):
            everywhere = [(self.station, np.arange(at.size))] if at.size else []
            for station, rows in everywhere if self.keys.station is None else groups(block.texts[self.keys.station]):
                if station not in occupied:
                    occupied[station] = Occupied(axis, self.path)
                lines = block.lines[rows]
                occupied[station].claim(at[rows], lines)
                for name, variable in self.keys.variables.items():
                    how = self.conversions[name]
                    for place, column in variable.by_station(station).items():
                        where = f"{self.path}: column {column!r}"
                        values = plausible(name, block.numbers[column][rows], how, axis.step, lines, where)
                        if place not in series[name]:
                            series[name][place] = np.full(axis.size, np.nan, dtype=np.float32)
                        series[name][place][at[rows]] = values
            progress(f"reading {self.path.name}", block.share)
        for filled in occupied.values():
            filled.require_step()
        for name, stations in series.items():
            for values in stations.values():
                require_plausible_mean(name, values, axis.step, str(self.path))
        return series


def match_sources(
    sources: Iterable[ForcingSource],
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
        See :func:`thetamix.readers.tables.stations.to_clusters`.

    Raises
    ------
    InputError
        If a variable of a station is in two tables.
    """
    series: StationSeries = {}
    path: dict[str, Path] = {}
    for source in sources:
        for name, read in source.read(axis, progress).items():
            twice = series.setdefault(name, {}).keys() & read.keys()
            if twice or (source.station == EVERYWHERE and name in path):
                raise InputError(f"{source.path}: {name} is in two forcing tables of the mapping; keep one")
            series[name] |= read
            path[name] = source.path
    for name, read in series.items():
        yield path[name], *to_clusters(name, read, stations, clusters, str(path[name]), mapping)
