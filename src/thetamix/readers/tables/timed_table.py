"""From the rows of a table to arrays on the time axis: what stands twice, and what cannot be a value."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from thetamix.network.limits import LARGEST_TEMPERATURE
from thetamix.network.units import Conversion, convert
from thetamix.readers import OnProgress
from thetamix.readers.tables.csv_table import Block, CsvTable
from thetamix.readers.tables.mapping import Matching
from thetamix.readers.tables.opening import block_ends, open_table, table_clock
from thetamix.readers.tables.table_keys import Table
from thetamix.readers.tables.times import Axis, Scan, TableClock
from thetamix.system.errors import InputError

#: Numbers that loggers and archives write where nothing was measured.
CODES = (-9999.0, -999.0, -99.0, -99999.0, -999.9, -99.9, -99.99, -999.99, -6999.0, -7999.0)
#: The same, for what is never that large.
LARGE_CODES = (999.0, 9999.0, 99999.0, 6999.0, 7999.0)
#: No variable of a network is larger than this in its unit; float32 ends at 3e38.
LARGEST = 1e6
#: No place has more than this as a mean over months [mm h-1]: Cherrapunji's wettest year had 26,461 mm.
LARGEST_MEANS = {"precipitation": 3.1, "potential_evapotranspiration": 1.0}
MONTHS = np.timedelta64(90, "D")
#: In degC, and how cold it gets [degC]; units of a factor below are parts of degrees.
TEMPERATURES = (
    "air_temperature",
    "minimum_air_temperature",
    "maximum_air_temperature",
    "dew_point_temperature",
)
COLDEST = -90.0
SCALED = 0.5
_NEVER_LARGE = ("soil_moisture", "precipitation", "potential_evapotranspiration", *TEMPERATURES)


class TimedTable:
    """A table with a time column: its rows, their ends of intervals, and a first look at all of them.

    Parameters
    ----------
    folder
        The folder that is imported.
    keys
        The table's part of the mapping.
    time
        Columns of the time.
    mapping
        The whole mapping.
    step
        The table's own step; None is the network's.
    """

    def __init__(
        self, folder: Path, keys: Table, time: Sequence[str], mapping: Matching, step: str | None = None
    ) -> None:
        self.table: CsvTable = open_table(folder, keys, mapping)
        self.time = list(time)
        self.table.require(self.time, "time")
        self.clock: TableClock = table_clock(keys, mapping, self.table.path, step)
        self.scan = Scan(self.clock.step)

    @property
    def path(self) -> Path:
        """The file."""
        return self.table.path

    @property
    def column(self) -> str:
        """File and time column, for messages."""
        return f"{self.path}: column {' and '.join(map(repr, self.time))}"

    def look(self, period: tuple[np.datetime64, np.datetime64], progress: OnProgress) -> None:
        """Read all stamps once: their span, and where in a step they fall.

        Parameters
        ----------
        period
            Only intervals that end after the first and not after the second are looked at.
        progress
            Is told the share that is read.
        """
        for block in self.table.blocks(self.time):
            ends = self.ends(block)
            within = (ends > period[0]) & (ends <= period[1])
            self.scan.add(ends[within], block.lines[within])
            progress(f"looking at {self.table.name}", block.share)

    def ends(self, block: Block) -> np.ndarray:
        """Give the ends of the intervals of a block's rows (row), UTC."""
        return block_ends(block, self.time, self.clock, self.table)


class Occupied:
    """Which intervals of an axis a table has already filled.

    Parameters
    ----------
    axis
        The time axis.
    path
        The table, for messages.
    """

    def __init__(self, axis: Axis, path: Path) -> None:
        self.axis = axis
        self.path = path
        self.line = np.zeros(axis.size, dtype=np.int64)

    def claim(self, at: np.ndarray, lines: np.ndarray) -> None:
        """Fill intervals.

        Parameters
        ----------
        at
            Positions on the axis (row).
        lines
            Lines of the file (row).

        Raises
        ------
        InputError
            If an interval is already filled; both lines are named.
        """
        before = self.line[at]
        self.line[at] = lines
        # A position that stands twice in one block keeps the line of the last: the first then finds another's.
        wrong = np.flatnonzero((before > 0) | (self.line[at] != lines))
        if wrong.size:
            row = wrong[0]
            pair = sorted({int(lines[row]), int(before[row] or self.line[at[row]])})
            raise InputError(
                f"{self.path}: lines {pair[0]} and {pair[1]} have the same time, the interval that ends at "
                f"{stamp(self.axis.ends[at[row]])} UTC; keep one of them (local time with daylight saving repeats an "
                "hour in autumn)"
            )

    def require_step(self) -> None:
        """Insist that the table has the axis' step and not a multiple of it.

        Raises
        ------
        InputError
            If all gaps are multiples of several steps. Irregular visits by hand are no such case.
        """
        filled = np.flatnonzero(self.line)
        if filled.size > 1 and (gap := int(np.gcd.reduce(np.diff(filled)))) > 1:
            hours = self.axis.step / np.timedelta64(1, "h")
            raise InputError(
                f"{self.path}: its times are multiples of {gap * hours:g} h apart, the step of the mapping is "
                f"{hours:g} h; correct step, or give a table of forcing its own (step: {gap * hours:g}h)"
            )


def require_plausible_mean(variable: str, values: np.ndarray, step: np.timedelta64, where: str) -> None:
    """Refuse a mean that no place on earth has: the unit is wrong.

    Parameters
    ----------
    variable
        What it is; only water rates are looked at.
    values
        In the network's unit (time); NaN is missing.
    step
        Length of an interval.
    where
        File, for the message.

    Raises
    ------
    InputError
        If the mean over three months or more of values is too large.
    """
    there = values[np.isfinite(values)]
    if variable not in LARGEST_MEANS or there.size * step < MONTHS:
        return
    mean = float(there.mean(dtype=np.float64))
    if mean > LARGEST_MEANS[variable]:
        raise InputError(
            f"{where}: {variable} has a mean of {mean:.3g} mm h-1, {mean * 8766:.0f} mm a year, which no place has; "
            "correct unit in the mapping"
        )


def stamp(time: np.datetime64) -> str:
    """Write a time as messages have it."""
    return str(np.datetime_as_string(time, "m")).replace("T", " ")


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

    def refuse(bad: np.ndarray, why: str) -> None:
        if bad.any():
            row = int(np.argmax(bad))
            raise InputError(f"{where}, line {lines[row]}: {raw[row]:g} {why}")

    codes = (*CODES, *LARGE_CODES) if variable in _NEVER_LARGE else CODES
    # In tenths of degrees -99 is a winter's day.
    tenths = variable in TEMPERATURES and abs(how.factor) < SCALED
    refuse(
        np.isin(raw, codes) & ~(tenths & (values > COLDEST) & (values < LARGEST_TEMPERATURE)),
        "looks like a code for a missing value; list it in the mapping under missing, for example missing: [-9999]",
    )
    refuse(np.abs(values) > LARGEST, f"is too large for {variable}; correct it, or list it under missing")
    if variable in {"precipitation", "discharge"}:
        refuse(values < 0, f"is negative, which {variable} cannot be; correct it, or list it under missing")
    if variable in TEMPERATURES:
        refuse(
            values > LARGEST_TEMPERATURE,
            f"is {LARGEST_TEMPERATURE:g} degC or more: is the unit K or degF? Correct unit in the mapping",
        )
    return values
