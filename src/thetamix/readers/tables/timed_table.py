"""From the rows of a table to arrays on the time axis: what stands twice, and what cannot be a value."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from thetamix.network.limits import LARGEST_TEMPERATURE
from thetamix.network.plausibility import is_code, is_impossible
from thetamix.network.units import Conversion, convert
from thetamix.network.units import variable as network_variable
from thetamix.readers import OnProgress
from thetamix.readers.tables.csv_table import Block
from thetamix.readers.tables.mapping import Matching
from thetamix.readers.tables.opening import open_table, with_defaults
from thetamix.readers.tables.table_keys import ForcingTable, SeriesTable
from thetamix.readers.tables.times import Axis, Scan, TableClock, UnreadableStampError, minute, parse_offset
from thetamix.system.durations import parse_duration
from thetamix.system.errors import InputError


class TimedTable:
    """A table with a time column: its rows, their ends of intervals, and a first look at all of them.

    Parameters
    ----------
    folder
        The folder that is imported.
    keys
        The table's part of the mapping.
    mapping
        The whole mapping.

    Raises
    ------
    InputError
        If the mapping does not say whether stamps are starts or ends, or a column is missing.
    """

    def __init__(self, folder: Path, keys: SeriesTable | ForcingTable, mapping: Matching) -> None:
        self.table = open_table(folder, keys, mapping)
        self.path = self.table.path
        self.time = keys.time
        self.table.require(self.time, "time")
        keys = with_defaults(keys, mapping)
        if keys.stamp is None:
            raise InputError(
                f"{self.path}: the mapping does not say whether a stamp is the start or the end of its interval; "
                "add stamp: start or stamp: end (readings at one moment: end)"
            )
        #: The table's own step, where it differs from the network's.
        self.own_step = keys.step if isinstance(keys, ForcingTable) else None
        self.clock = TableClock(
            keys.time_format,
            None if keys.utc_offset is None else parse_offset(keys.utc_offset),
            keys.stamp,
            np.timedelta64(parse_duration(self.own_step or mapping.step), "ns"),
        )
        self.scan = Scan(self.clock.step)

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
            Hears the share that is read.
        """
        for block in self.table.blocks(self.time):
            ends = self._ends(block)
            within = (ends > period[0]) & (ends <= period[1])
            self.scan.add(ends[within], block.lines[within])
            progress(f"looking at {self.path.name}", block.share)

    def rows(
        self, axis: Axis, texts: Sequence[str] = (), numbers: Sequence[str] = ()
    ) -> Iterator[tuple[Block, np.ndarray]]:
        """Yield blocks of rows on the axis, and their positions on it (row)."""
        for block in self.table.blocks([*self.time, *texts], numbers):
            at = axis.position(self._ends(block))
            yield block.kept(at >= 0), at[at >= 0]

    def _ends(self, block: Block) -> np.ndarray:
        try:
            return self.clock.ends(block.joined(self.time, " "), block.lines, self.column)
        except UnreadableStampError as error:
            raise InputError(f"{error}{self.table.hint(error.line, error.first_readable)}") from error


class Occupied:
    """Which intervals of an axis a table (`path`, for messages) has already filled."""

    def __init__(self, axis: Axis, path: Path) -> None:
        self.axis = axis
        self.path = path
        self.line = np.zeros(axis.size, dtype=np.int64)

    def claim(self, at: np.ndarray, lines: np.ndarray) -> None:
        """Fill intervals: positions on the axis (row), lines of the file (row).

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
                f"{minute(self.axis.ends[at[row]])} UTC; keep one of them (local time with daylight saving repeats "
                "an hour in autumn)"
            )

    def require_step(self) -> None:
        """Raise where all gaps are multiples of several steps of the axis; irregular visits are no such case."""
        filled = np.flatnonzero(self.line)
        if filled.size > 1 and (gap := int(np.gcd.reduce(np.diff(filled)))) > 1:
            hours = self.axis.step / np.timedelta64(1, "h")
            raise InputError(
                f"{self.path}: its times are multiples of {gap * hours:g} h apart, the step of the mapping is "
                f"{hours:g} h; correct step, or give a table of forcing its own (step: {gap * hours:g}h)"
            )


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
            raise InputError(f"{where}, line {lines[row]}: {raw[row]:.7g} {why.format(f'{raw[row]:.7g}')}")

    refuse(
        is_code(variable, raw, values, step),
        "looks like a code for a missing value; list it in the mapping under missing, for example missing: [{}]",
    )
    if variable in {"precipitation", "discharge"}:
        refuse(values < 0, f"is negative, which {variable} cannot be; correct it, or list it under missing")
    if network_variable(variable).units == "degC":
        refuse(
            values > LARGEST_TEMPERATURE,
            f"is {LARGEST_TEMPERATURE:g} degC or more: is the unit K or degF? Correct unit in the mapping",
        )
    wrong = is_impossible(variable, values, step)
    if variable != "soil_moisture" and wrong.any():  # of which the whole record is judged
        refuse(
            wrong,
            f"is {values[int(np.argmax(wrong))]:.5g} {network_variable(variable).units}, which {variable} cannot be; "
            "correct unit in the mapping, or, where it stands for a missing value, say missing: [{}]",
        )
    return values
