"""The readings: wide tables (a column a sensor) and long ones (a row a reading) into one array."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from thetamix.network.limits import LARGEST_FRACTION
from thetamix.network.units import conversion
from thetamix.readers import OnProgress
from thetamix.readers.tables.csv_table import Block
from thetamix.readers.tables.mapping import Mapping
from thetamix.readers.tables.opening import joined
from thetamix.readers.tables.sensors import SensorLayout
from thetamix.readers.tables.table_keys import SeriesTable
from thetamix.readers.tables.timed_table import Occupied, TimedTable, plausible, stamp
from thetamix.readers.tables.times import Axis
from thetamix.system.errors import InputError, nearest

#: Readings in percent that are all below this [m3 m-3] are fractions with the wrong unit.
SMALLEST_FRACTION = 0.01


class SeriesSource(TimedTable):
    """One table of readings.

    Parameters
    ----------
    folder
        The folder that is imported.
    keys
        The table's part of the mapping.
    mapping
        The whole mapping.
    prefix
        Stands before the names of the table's sensors: what is in the file's name.

    Attributes
    ----------
    found, unknown : set of str
        Sensors of the table that the layout has, and that it does not have; known after :meth:`fill`.
    """

    def __init__(self, folder: Path, keys: SeriesTable, mapping: Mapping, prefix: str = "") -> None:
        super().__init__(folder, keys, keys.time, mapping)
        self.keys = keys
        self.prefix = prefix
        self.conversion = conversion("soil_moisture", keys.unit, str(self.path))
        self.found: set[str] = set()
        self.unknown: set[str] = set()
        if keys.layout != "wide":
            self.table.require([*(keys.sensor or []), keys.value or ""], "soil_moisture")

    def names(self) -> set[str]:
        """Give all names that the table has: of sensors, and of columns that are none."""
        if self.keys.layout == "single":
            return {self.prefix or self.path.stem}
        if self.keys.layout == "wide":
            return set(self._columns())
        found: set[str] = set()
        for block in self.table.blocks(self.keys.sensor or []):
            found |= {self._name(str(name)) for name in joined(block, self.keys.sensor or [], "/").categories}
        return found

    def find(self, layout: SensorLayout) -> None:
        """Say where the sensors are.

        Parameters
        ----------
        layout
            The places.

        Raises
        ------
        InputError
            If the layout has no sensor of the table.
        """
        self.layout = layout
        if self.keys.layout == "long":
            return
        names = self.names()
        self.found = {name for name in names if name in layout.place}
        self.unknown = names - self.found
        if self.keys.layout == "wide":
            columns = self._columns()
            self.table.require(sorted(columns[name] for name in self.found), "soil_moisture")
        if not self.found and not self.prefix:
            self._refuse_unknown()

    def _columns(self) -> dict[str, str]:
        """Give the sensors of a wide table: name -> column."""
        others = {*self.time, *self.keys.where, ""}
        return {self._name(column): column for column in self.table.header if column not in others}

    def _name(self, name: str) -> str:
        return f"{self.prefix}/{name}" if self.prefix else name

    def fill(self, readings: np.ndarray, axis: Axis, progress: OnProgress) -> None:
        """Put the readings where they belong.

        Parameters
        ----------
        readings
            (cluster, depth, replicate, time) [m3 m-3], changed in place.
        axis
            The time axis.
        progress
            Is told the share that is read.

        Raises
        ------
        InputError
            If a reading stands twice or cannot be one.
        """
        occupied = Occupied(axis, self.path)
        parts = self._long(axis, occupied) if self.keys.layout == "long" else self._wide(axis, occupied)
        for sensor, at, raw, lines, share in parts:
            where = f"{self.path}: {'sensor' if self.keys.layout == 'long' else 'column'} {sensor!r}"
            values = plausible("soil_moisture", raw, self.conversion, axis.step, lines, where)
            target = readings[self.layout.place[sensor]]
            twice = np.flatnonzero(np.isfinite(target[at]) & np.isfinite(values))
            if twice.size:
                raise InputError(
                    f"{where}, line {lines[twice[0]]}: there is already a reading for the interval that ends at "
                    f"{stamp(axis.ends[at[twice[0]]])} UTC; keep one of them"
                )
            there = np.isfinite(values)
            target[at[there]] = values[there]
            progress(f"reading {self.table.name}", share)
        if not self.found and not self.prefix:
            self._refuse_unknown()
        occupied.require_step()

    def _wide(
        self, axis: Axis, occupied: Occupied
    ) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray, float]]:
        """Give (sensor, positions, raw values, lines, share read), a column of a block at a time."""
        single = self.keys.layout == "single"
        columns = dict.fromkeys(self.found, self.keys.value or "") if single else self._columns()
        sensors = sorted(self.found)
        if not sensors:
            return
        for block in self.table.blocks(self.time, [columns[sensor] for sensor in sensors]):
            part, at = self._within(block, axis)
            occupied.claim(at, part.lines)
            for sensor in sensors:
                yield sensor, at, part.numbers[columns[sensor]], part.lines, part.share

    def _long(
        self, axis: Axis, occupied: Occupied
    ) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray, float]]:
        """Give the same, a sensor of a block at a time."""
        columns, value = self.keys.sensor or [], self.keys.value or ""
        for block in self.table.blocks([*self.time, *columns], [value]):
            part, at = self._within(block, axis)
            occupied.line[at] = part.lines
            names = joined(part, columns, "/")
            order = np.argsort(names.codes, kind="stable")
            borders = np.searchsorted(names.codes[order], np.arange(len(names.categories) + 1))
            for position, sensor in enumerate(map(self._name, names.categories)):
                rows = order[borders[position] : borders[position + 1]]
                if not rows.size:
                    continue
                if sensor not in self.layout.place:
                    self.unknown.add(sensor)
                    continue
                self.found.add(sensor)
                rows = rows[np.isfinite(part.numbers[value][rows])]
                self._require_once(sensor, at[rows], part.lines[rows], axis)
                yield sensor, at[rows], part.numbers[value][rows], part.lines[rows], part.share

    def _within(self, block: Block, axis: Axis) -> tuple[Block, np.ndarray]:
        at = axis.position(self.ends(block))
        return block.kept(at >= 0), at[at >= 0]

    def _require_once(self, sensor: str, at: np.ndarray, lines: np.ndarray, axis: Axis) -> None:
        order = np.argsort(at, kind="stable")
        same = np.flatnonzero(np.diff(at[order]) == 0)
        if same.size:
            one, other = lines[order[same[0]]], lines[order[same[0] + 1]]
            raise InputError(
                f"{self.path}: lines {one} and {other} are both readings of sensor {sensor!r} for the interval that "
                f"ends at {stamp(axis.ends[at[order[same[0]]]])} UTC; keep one of them"
            )

    def _refuse_unknown(self) -> None:
        known = sorted(self.layout.place)
        some = sorted(self.unknown)[:3]
        hint = f"; {some[0]!r}: {nearest(some[0], known[:10])}" if some else ""
        raise InputError(
            f"{self.path}: none of the sensors of {self.layout.source.name} is in it; it has "
            f"{', '.join(some) or 'none'}, the table of sensors has {', '.join(known[:3])}{hint}"
        )


def require_fractions(readings: np.ndarray, sources: Sequence[SeriesSource], layout: SensorLayout) -> None:
    """Insist that readings are fractions of volume.

    Parameters
    ----------
    readings
        (cluster, depth, replicate, time) [m3 m-3].
    sources
        The tables that they come from.
    layout
        Where the sensors are.

    Raises
    ------
    InputError
        If a sensor's median is above 1, or percent was said of what are fractions.
    """
    largest = 0.0
    for source in sources:
        for sensor in sorted(source.found):
            values = readings[layout.place[sensor]]
            values = values[np.isfinite(values)]
            if not values.size:
                continue
            median = float(np.median(values))
            largest = max(largest, median)
            if median > LARGEST_FRACTION:
                raise InputError(
                    f"{source.path}: sensor {sensor!r} has a median of {median:.3g} m3 m-3 as unit "
                    f"{source.keys.unit!r} is understood: this looks like percent; say unit: percent in the "
                    "mapping, or leave a broken sensor out of the table of sensors"
                )
    percent = [source for source in sources if source.conversion.factor < 1]
    if percent and 0 < largest < SMALLEST_FRACTION:
        raise InputError(
            f"{percent[0].path}: no sensor has a median above {largest:.3g} m3 m-3 as unit "
            f"{percent[0].keys.unit!r} is understood: these look like fractions; say unit: m3 m-3 in the mapping"
        )
