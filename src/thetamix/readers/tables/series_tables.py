"""The readings: wide tables (a column a sensor) and long ones (a row a reading) into one array."""

from collections.abc import Iterator
from pathlib import Path

from thetamix.network.units import conversion
from thetamix.readers.tables.clocks.times import Axis
from thetamix.readers.tables.files.csv_table import groups
from thetamix.readers.tables.files.table_keys import SeriesTable
from thetamix.readers.tables.mapping import Mapping
from thetamix.readers.tables.places.sensors import SensorLayout
from thetamix.readers.tables.timed_table import Part, TimedTable
from thetamix.system.durations import format_duration, parse_duration
from thetamix.system.errors import InputError, nearest


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
    sensors, unknown : set of str
        Sensors of the table that the layout has, and that it does not have; complete when it has been read.
    """

    def __init__(self, folder: Path, keys: SeriesTable, mapping: Mapping, prefix: str = "") -> None:
        super().__init__(folder, keys, mapping)
        self.keys = keys
        self.prefix = prefix
        self.conversion = conversion("soil_moisture", keys.unit, str(self.path)).after(keys.linear)
        self.sensors: set[str] = set()
        self.unknown: set[str] = set()
        if keys.layout != "wide":
            self.table.require([*(keys.sensor or []), keys.value or ""], "soil_moisture")
            self.values = [str(keys.value)]
        if keys.layout == "long":
            self.mixed = keys.sensor or []
        if keys.step is not None and (step := parse_duration(keys.step)) > parse_duration(mapping.step):
            raise InputError(
                f"{self.path}: its step ({keys.step}) is longer than the network's ({mapping.step}), but readings "
                f"are not made finer: say step: {format_duration(step)} for the network (shorter ones are averaged), "
                "or leave this table's step out: then its readings stand where they are, and nothing between them"
            )
        self.longest_gap = int(parse_duration(mapping.step) // parse_duration(keys.step or mapping.step))

    def names(self) -> set[str]:
        """Return all names that the table has: of sensors, and of columns that are none."""
        if self.keys.layout != "long":
            return set(self._columns())
        columns = self.keys.sensor or []
        blocks = self.table.blocks(columns)
        return {self._name(str(name)) for block in blocks for name in block.joined(columns, "/").categories}

    def find(self, layout: SensorLayout) -> None:
        """Search the layout for the table's sensors.

        Raises
        ------
        InputError
            If the layout has no sensor of the table.
        """
        self.layout = layout
        self.columns: dict[str, str] = {}
        if self.keys.layout == "long":
            return
        columns, header = self._columns(), self.table.header
        numbers = {self._name(number): number for number in header.numbers if self.keys.layout == "wide"}
        self.columns = {name: column for name, column in (numbers | columns).items() if name in layout.position}
        self.sensors = set(self.columns)
        self.values = sorted(self.columns.values())
        self.table.require(self.values, "soil_moisture")
        # Of names that stand several times, those are not told whose columns are all taken by their numbers.
        used = {header.position(column) for column in self.columns.values()}
        left = {name for at, name in enumerate(header.names) if at not in used} | {str(self.keys.value)}
        self.unknown = {name for name, column in columns.items() if name not in self.sensors and column in left}
        self._require_any()

    def _columns(self) -> dict[str, str]:
        """Return the sensors of a table that is not long: name -> column."""
        if self.keys.layout == "single":
            return {self.prefix or self.path.stem: str(self.keys.value)}
        header = self.table.header
        others = {header.position(column) for column in (*self.time, *self.keys.where)}
        return {self._name(name): name for at, name in enumerate(header.names) if name and at not in others}

    def _name(self, name: str) -> str:
        return f"{self.prefix}/{name}" if self.prefix else name

    def parts(self, axis: Axis) -> Iterator[Part]:
        """Yield the readings, a sensor of a block at a time."""
        yield from self._long(axis) if self.keys.layout == "long" else self._wide(axis)
        self._require_any()

    def _wide(self, axis: Axis) -> Iterator[Part]:
        columns, sensors = self.columns, sorted(self.sensors)
        for block, at, ends in self.rows(axis, (), [columns[sensor] for sensor in sensors]) if sensors else ():
            self.mark("", at, axis)
            for sensor in sensors:
                raw = block.numbers[columns[sensor]]
                what = f"column {sensor!r}"
                yield Part(sensor, what, "soil_moisture", self.conversion, at, ends, raw, block.lines, block.share)

    def _long(self, axis: Axis) -> Iterator[Part]:
        columns, value = self.keys.sensor or [], str(self.keys.value)
        for block, at, ends in self.rows(axis, columns, [value]):
            self.mark("", at, axis)
            for name, rows in groups(block.joined(columns, "/")):
                sensor = self._name(name)
                if sensor not in self.layout.position:
                    self.unknown.add(sensor)
                    continue
                self.sensors.add(sensor)
                what, raw, lines = f"sensor {sensor!r}", block.numbers[value][rows], block.lines[rows]
                yield Part(
                    sensor, what, "soil_moisture", self.conversion, at[rows], ends[rows], raw, lines, block.share
                )

    def _require_any(self) -> None:
        if self.sensors or self.prefix:
            return
        expected = sorted(self.layout.position)
        present = sorted(self.unknown)[:3]
        hint = f"; {present[0]!r}: {nearest(present[0], expected[:10])}" if present else ""
        if self.keys.layout == "wide" and all(name.isdecimal() for name in expected):
            first = self.table.header.last_line + 1
            hint = (
                f"; to call columns by their numbers, say header_line: 0, first_line: {first}, and give time a number"
            )
        raise InputError(
            f"{self.path}: none of the sensors of {self.layout.source.name} is in it; it has "
            f"{', '.join(present) or 'none'}, the table of sensors has {', '.join(expected[:3])}{hint}"
        )
