"""A table with a time column: its rows on a time axis, and what cannot be a value."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from thetamix.network.limits import LARGEST_TEMPERATURE
from thetamix.network.plausibility import code_advice, is_code, is_impossible
from thetamix.network.units import Conversion, convert
from thetamix.network.units import variable as network_variable
from thetamix.readers import OnProgress
from thetamix.readers.tables.clocks.double_hours import DoubleHours
from thetamix.readers.tables.clocks.stamps import without_midnight
from thetamix.readers.tables.clocks.time_grid import Scan, nearest_grid
from thetamix.readers.tables.clocks.times import Axis, TableClock, UnreadableStampError, parse_offset
from thetamix.readers.tables.files.csv_table import Block
from thetamix.readers.tables.files.opening import open_table, with_defaults
from thetamix.readers.tables.files.table_keys import ForcingTable, SeriesTable
from thetamix.readers.tables.files.text_blocks import is_excel
from thetamix.readers.tables.mapping import Matching
from thetamix.readers.tables.running_totals import require_no_total
from thetamix.system.durations import parse_duration
from thetamix.system.errors import InputError

DAY = np.timedelta64(24, "h")
#: float32 ends at 3.4e38.
LARGEST = 3e38


@dataclass(frozen=True)
class Part:
    """Values of one series from some rows of a table.

    Attributes
    ----------
    series
        What they belong to: a sensor, or a variable and its station.
    what
        The same for messages.
    variable, how
        What they are, and how they become the network's.
    at
        Positions on the axis (row).
    ends
        Ends of their intervals as the stamps say (row).
    raw
        Values as they stand in the file (row).
    lines
        Lines of the file (row).
    share
        Which share of the file has been read.
    """

    series: Hashable
    what: str
    variable: str
    how: Conversion
    at: np.ndarray
    ends: np.ndarray
    raw: np.ndarray
    lines: np.ndarray
    share: float


class TimedTable(ABC):
    """A table with a time column: its rows, their ends of intervals, and a first look at all of them.

    Parameters
    ----------
    folder
        The folder that is imported.
    keys
        The table's part of the mapping.
    mapping
        The whole mapping.

    Attributes
    ----------
    own_step
        The table's own step, where it differs from the network's.
    filled : dict
        Name of a part of the table that has rows of its own -> which intervals have a row (time), and their axis;
        complete when the table has been read.
    repeated
        Ends of intervals that stand more than once, with equal values.

    Raises
    ------
    InputError
        If the mapping does not say whether stamps are starts or ends, or a column is missing.
    """

    #: Columns that name the series of a row, where rows of several are mixed; and those of values.
    mixed: Sequence[str] = ()
    values: Sequence[str] = ()
    #: How many of its steps may be from one row to the next throughout.
    longest_gap = 1

    def __init__(self, folder: Path, keys: SeriesTable | ForcingTable, mapping: Matching) -> None:
        self.table = open_table(folder, keys, mapping)
        self.path = self.table.path
        self.time = keys.time
        self.table.require(self.time, "time")
        self.own_step = keys.step
        keys = with_defaults(keys, mapping)
        if keys.stamp is None:
            raise InputError(
                f"{self.path}: the mapping does not say whether a stamp is the start or the end of its interval; "
                "add stamp: start or stamp: end (readings at one moment: end)"
            )
        self.clock = TableClock(
            keys.time_format,
            None if keys.utc_offset is None else parse_offset(keys.utc_offset),
            keys.stamp,
            np.timedelta64(parse_duration(self.own_step or mapping.step), "ns"),
            keys.timezone,
        )
        self.snap = np.timedelta64(parse_duration(keys.snap or "0s"), "ns")
        if self.snap * 2 > self.clock.step:
            raise InputError(
                f"{self.path}: snap: {keys.snap} in the mapping is more than half of the step: a stamp would be "
                "moved beyond its neighbour's; give a shorter one"
            )
        if self.clock.zone is not None and self.clock.step >= DAY:
            raise InputError(
                f"{self.path}: days of a clock with summer time have 23 to 25 hours, steps of a network are equal; "
                "give this table the standard time of the place instead of timezone, for example utc_offset: '+01:00'"
            )
        self.filled: dict[str, tuple[np.ndarray, Axis]] = {}
        self.repeated = np.zeros(0, dtype="datetime64[ns]")

    @property
    def column(self) -> str:
        """File and time column, for messages."""
        return f"{self.path}: column {' and '.join(map(repr, self.time))}"

    @abstractmethod
    def parts(self, axis: Axis) -> Iterator[Part]:
        """Yield the table's values, a series of a block at a time."""

    def look(
        self, period: tuple[np.datetime64, np.datetime64], progress: OnProgress, numbers: Sequence[str] = ()
    ) -> None:
        """Read all stamps once: their span, and where in a step they fall.

        Parameters
        ----------
        period
            Only intervals that end after the first and not after the second are looked at.
        progress
            Hears the share that is read.
        numbers
            Columns of values: rows without any are left out.
        """
        self.period = period
        self.scan = Scan(self.clock.step, self.snap)
        self.hours = DoubleHours()
        mixed = self.mixed if self.clock.zone is not None else ()
        for block in self.table.blocks([*self.time, *mixed], numbers):
            before, after = self._ends(block)
            twice = before != after
            if self.clock.zone is not None:
                self.hours.follow(before)
                names = np.asarray(block.joined(mixed, "/")[twice]) if mixed else np.full(twice.sum(), "")
                self.hours.add(before[twice], after[twice], block.lines[twice], names.tolist())
            within = ~twice & (before > period[0]) & (before <= period[1])
            if numbers:
                within &= np.logical_or.reduce([np.isfinite(block.numbers[name]) for name in numbers])
            self.scan.add(before[within], block.lines[within])
            progress(f"looking at {self.path.name}", block.share)
        self.hours.decide(self.column, self.snap)
        for line, end in self.hours.ends.items():
            if period[0] < end <= period[1]:
                self.scan.add(np.array([end]), np.array([line]))

    def settle(self, phase: int, grid: str, progress: OnProgress) -> None:
        """Set the grid of the times; rows without values, as loggers write them for events, need not be on it.

        Parameters
        ----------
        phase
            Where in a step the grid's points are [ns].
        grid
            Whose grid it is, for the message.
        progress
            Hears the share that is read.

        Raises
        ------
        InputError
            If a row with values is off the grid.
        """
        if self.scan.is_off(phase) and self.values:
            scan = self.scan
            self.look(self.period, progress, self.values)
            if self.scan.empty:
                self.scan = scan
        self.scan.require_phase(phase, self.column, grid, self.clock.zone)
        self.hours.settle(phase, self.clock.step)
        self.phase = phase
        ends = np.array([self.scan.first, self.scan.last])
        self.scan.first, self.scan.last = nearest_grid(ends, phase, self.clock.step, self.snap)

    def rows(
        self, axis: Axis, texts: Sequence[str] = (), numbers: Sequence[str] = ()
    ) -> Iterator[tuple[Block, np.ndarray, np.ndarray]]:
        """Yield blocks of rows on the axis, their positions on it (row) and the ends that their stamps say (row)."""
        for block in self.table.blocks([*self.time, *texts], numbers):
            ends = self.hours.of(*self._ends(block), block.lines)
            at = axis.position(nearest_grid(ends, self.phase, self.clock.step, self.snap))
            yield block.kept(at >= 0), at[at >= 0], ends[at >= 0]

    def mark(self, name: str, at: np.ndarray, axis: Axis) -> None:
        """Mark which intervals of an axis a part of the table has filled: their positions (row)."""
        self.filled.setdefault(name, (np.zeros(axis.size, dtype=bool), axis))[0][at] = True

    def _ends(self, block: Block) -> tuple[np.ndarray, np.ndarray]:
        stamps = block.joined(self.time, " ")
        if len(self.time) > 1 and is_excel(self.path):
            stamps = pd.Categorical(np.array([without_midnight(str(text)) for text in stamps], dtype=object))
        try:
            return self.clock.ends(stamps, block.lines, self.column)
        except UnreadableStampError as error:
            raise InputError(f"{error}{self.table.hint(error.line, error.first_readable)}") from error


def plausible(
    variable: str, raw: np.ndarray, how: Conversion, step: np.timedelta64, lines: np.ndarray, where: str
) -> np.ndarray:
    """Convert values and refuse what cannot be one: codes for missing that the mapping does not name, wrong units.

    Parameters
    ----------
    variable
        What it is.
    raw
        Values as they stand in the file (row).
    how
        How they become the network's.
    step
        Length of a time step.
    lines
        Lines of the file (row).
    where
        File and column, for messages.

    Returns
    -------
    numpy.ndarray
        Values (row) in the network's unit.

    Raises
    ------
    InputError
        Naming the first line.
    """
    with np.errstate(over="ignore"):
        values = convert(raw, how, step)

    def refuse(bad: np.ndarray, why: str | None = None) -> None:
        if bad.any():
            row = int(np.argmax(bad))
            if variable == "precipitation":
                require_no_total(raw, where)
            what = code_advice(raw[row]) if why is None else f"{raw[row]:.7g} {why.format(f'{raw[row]:.7g}')}"
            raise InputError(f"{where}, line {lines[row]}: {what}")

    refuse(is_code(variable, raw, values, step))
    if variable in {"precipitation", "discharge"}:
        refuse(values < 0, f"is negative, which {variable} cannot be; correct it, or list it under missing")
    if "temperature" in variable:
        refuse(
            values > LARGEST_TEMPERATURE,
            f"is {LARGEST_TEMPERATURE:g} degC or more: is the unit K or degF? Correct unit in the mapping; a "
            "code for a missing value is listed under missing",
        )
    wrong = is_impossible(variable, values, step)
    if not wrong.any():
        return values
    if variable == "soil_moisture":  # of which the whole record is judged, in float32
        clipped: np.ndarray = np.clip(values, -LARGEST, LARGEST)
        return clipped
    unit = "" if variable == "running_total" else network_variable(variable).units
    refuse(
        wrong,
        f"is {values[int(np.argmax(wrong))]:.5g} {unit}, which {variable.replace('_', ' ')} cannot be; "
        "correct unit in the mapping, or, where it stands for a missing value, say missing: [{}]",
    )
    return values
