"""Weather and discharge: the columns of a table, a series for each station."""

from collections.abc import Mapping as AbstractMapping
from pathlib import Path

import numpy as np
import pandas as pd

from thetamix.network.schema import VARIABLES
from thetamix.network.units import Conversion, conversion
from thetamix.network.weather_variables import WEATHER
from thetamix.readers import OnProgress
from thetamix.readers.tables.column_names import weather_columns
from thetamix.readers.tables.mapping import Matching
from thetamix.readers.tables.stations import EVERYWHERE
from thetamix.readers.tables.table_keys import ForcingTable
from thetamix.readers.tables.timed_table import Occupied, TimedTable, plausible, require_plausible_mean
from thetamix.readers.tables.times import Axis
from thetamix.system.errors import InputError, nearest
from thetamix.weather.resampling import COMPLETE, ENOUGH, overlap_means

#: What a forcing table may hold.
KNOWN = (*(name for name, known in VARIABLES.items() if known.dimensions == ("cluster", "time")), *WEATHER)
#: Sums: when they are brought to another step, every part of an interval must be known.
SUMS = ("precipitation", "potential_evapotranspiration", "discharge")


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
        super().__init__(folder, keys, keys.time, mapping, keys.step)
        self.keys = keys
        self.station = station
        self.conversions: dict[str, Conversion] = {}
        for name, variable in keys.variables.items():
            if name not in KNOWN:
                meant = next((v for v in weather_columns([name]) if v in KNOWN), None)
                hint = f'did you mean "{meant}"?' if meant else nearest(name, KNOWN)
                raise InputError(
                    f"{self.path}: forcing has no variable {name!r} (mapping: forcing.variables); {hint}"
                )
            self.table.require(self._columns(name), f"forcing.variables.{name}")
            self.conversions[name] = conversion(name, variable.unit, f"{self.path}: {name}")
        if keys.station is not None:
            self.table.require([keys.station], "forcing.station")

    def _columns(self, name: str) -> list[str]:
        variable = self.keys.variables[name]
        return list(variable.columns.values()) if variable.columns is not None else [str(variable.column)]

    def read(self, axis: Axis, progress: OnProgress) -> dict[str, dict[str, np.ndarray]]:
        """Read the table.

        Parameters
        ----------
        axis
            The time axis.
        progress
            Is told the share that is read.

        Returns
        -------
        dict
            Variable -> station -> values (time) in the network's unit, float32; NaN is missing.

        Raises
        ------
        InputError
            If a time stands twice or a value cannot be one.
        """
        if self.keys.step is None:
            return self._read(axis, progress)
        own = Axis(self.scan.first, self.clock.step, int((self.scan.last - self.scan.first) // self.clock.step) + 1)
        found = self._read(own, progress)
        for name, series in found.items():
            enough = COMPLETE if name in SUMS else ENOUGH
            for station, values in series.items():
                means = overlap_means(values, own.first, own.step, axis.ends, axis.step, enough=enough)
                series[station] = means.astype(np.float32)
        return found

    def _read(self, axis: Axis, progress: OnProgress) -> dict[str, dict[str, np.ndarray]]:
        found: dict[str, dict[str, np.ndarray]] = {name: {} for name in self.keys.variables}
        occupied: dict[str, Occupied] = {}
        numbers = list(dict.fromkeys(c for name in found for c in self._columns(name)))
        texts = self.time if self.keys.station is None else [*self.time, self.keys.station]
        for block in self.table.blocks(texts, numbers):
            at = axis.position(self.ends(block))
            part, at = block.kept(at >= 0), at[at >= 0]
            for station, rows in self._by_station(part.texts, len(at)):
                if station not in occupied:
                    occupied[station] = Occupied(axis, self.path)
                occupied[station].claim(at[rows], part.lines[rows])
                for name, variable in self.keys.variables.items():
                    columns = variable.columns or {station: str(variable.column)}
                    for place, column in columns.items():
                        raw = part.numbers[column][rows]
                        where = f"{self.path}: column {column!r}"
                        how = self.conversions[name]
                        values = plausible(name, raw, how, axis.step, part.lines[rows], where)
                        if place not in found[name]:
                            found[name][place] = np.full(axis.size, np.nan, dtype=np.float32)
                        found[name][place][at[rows]] = values
            progress(f"reading {self.table.name}", block.share)
        for one in occupied.values():
            one.require_step()
        for name, series in found.items():
            for values in series.values():
                require_plausible_mean(name, values, axis.step, str(self.path))
        return found

    def _by_station(self, texts: AbstractMapping[str, pd.Categorical], rows: int) -> list[tuple[str, np.ndarray]]:
        if self.keys.station is None:
            return [(self.station, np.arange(rows))] if rows else []
        column = texts[self.keys.station]
        return [
            (str(name), where)
            for position, name in enumerate(column.categories)
            if (where := np.flatnonzero(column.codes == position)).size
        ]
