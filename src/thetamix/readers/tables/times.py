"""Time stamps of raw files: to UTC, to the end of the interval, onto a regular grid.

Loggers keep local standard time, weather services date a day by its beginning. A mapping states both; nothing is
guessed, because a shift by one step is a silent error that no later check can see.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import numpy as np
import pandas as pd

from thetamix.system.errors import InputError

Stamp = Literal["start", "end"]

_CARRIES_OFFSET = re.compile(
    r":\d{2}(?:[.,]\d+)?\s*(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$|T\d{2,6}(?:[Zz]|[+-]\d{2}:?\d{2})$"
)
_FIRST, _LAST = np.datetime64("1850-01-01", "ns"), np.datetime64("2200-01-01", "ns")


class UnreadableStampError(InputError):
    """A text that is no time stamp: its line, and the first line near it whose stamp can be read."""

    def __init__(self, message: str, line: int, first_readable: int | None) -> None:
        super().__init__(message)
        self.line = line
        self.first_readable = first_readable


def parse_offset(text: str) -> np.timedelta64:
    """Read a fixed offset from UTC: ``+01:00``, ``-06:00``, ``Z`` or ``UTC``.

    Returns
    -------
    numpy.timedelta64
        What local clocks are ahead of UTC [ns].

    Raises
    ------
    ValueError
        If it is not a fixed offset: the name of a zone changes its meaning with daylight saving time.

    Examples
    --------
    >>> parse_offset("-06:00") / np.timedelta64(1, "h")
    np.float64(-6.0)
    """
    if text.strip().upper() in {"Z", "UTC"}:
        return np.timedelta64(0, "ns")
    match = re.fullmatch(r"([+-])(\d{2}):(\d{2})", text.strip())
    if match is None or int(match[2]) > 14 or int(match[3]) > 59:
        raise ValueError(
            f"{text!r} is not a fixed offset from UTC; write '+01:00' in quotes. Names of time zones are refused: "
            "with daylight saving time an hour occurs twice a year"
        )
    minutes = int(match[2]) * 60 + int(match[3])
    return np.timedelta64((-minutes if match[1] == "-" else minutes) * 60 * 10**9, "ns")


def minute(time: np.datetime64) -> str:
    """Write a time as messages have it: ``2020-06-01 13:00``."""
    return str(np.datetime_as_string(time, "m")).replace("T", " ")


@dataclass(frozen=True)
class TableClock:
    """How the stamps of one table are to be understood.

    Attributes
    ----------
    format
        As :func:`datetime.datetime.strptime` has it; None for ISO 8601.
    offset
        What the table's clock is ahead of UTC; None where the stamps say it themselves.
    stamp
        Whether a stamp is the start or the end of its interval.
    step
        Length of an interval.
    """

    format: str | None
    offset: np.timedelta64 | None
    stamp: Stamp
    step: np.timedelta64

    def ends(self, column: pd.Categorical, lines: np.ndarray, where: str) -> np.ndarray:
        """Convert stamps to the ends of their intervals, UTC.

        Parameters
        ----------
        column
            The stamps as texts (row).
        lines
            Lines of the file (row).
        where
            File and column, for messages.

        Returns
        -------
        numpy.ndarray
            Ends (row) as ``datetime64[ns]``.

        Raises
        ------
        InputError
            If a stamp cannot be read, or its offset from UTC is not known.
        """
        texts = [str(text) for text in column.categories]

        def line(position: int) -> int:
            return int(lines[np.argmax(column.codes == position)])

        stamps = _parse(tuple(texts), self.format)
        bad = np.flatnonzero(np.isnat(stamps) | (stamps < _FIRST) | (stamps > _LAST))
        if bad.size:
            first = min(bad.tolist(), key=line)
            good = ~np.isin(column.codes, bad)
            raise UnreadableStampError(
                f"{where}, line {line(first)}: {_unreadable(texts[first], self.format)}",
                line(first),
                int(lines[np.argmax(good)]) if good.any() else None,
            )
        stamps = stamps - self._offset(texts, where, line)
        if self.stamp == "start":
            stamps = stamps + self.step
        ends: np.ndarray = stamps[column.codes]
        return ends

    def _offset(self, texts: Sequence[str], where: str, line: Callable[[int], int]) -> np.timedelta64:
        carry = np.array([_carries_offset(text, self.format) for text in texts], dtype=bool)
        if carry.all():
            return np.timedelta64(0, "ns")
        if carry.any():
            first = int(np.argmax(carry != carry[0]))
            raise InputError(
                f"{where}, line {line(first)}: {texts[first]!r}: some stamps carry an offset from UTC, others do "
                "not; write all of them the same way"
            )
        if self.offset is None:
            raise InputError(
                f"{where}: the stamps ({texts[0]!r}) do not say their time zone; add the clock's fixed offset to the "
                "mapping, for example utc_offset: '+01:00' (loggers often keep local standard time)"
            )
        return self.offset


@lru_cache(maxsize=4)  # the files of many sensors have the same stamps, and each is read twice
def _parse(texts: tuple[str, ...], pattern: str | None) -> np.ndarray:
    """Read stamps in UTC, or as on the clock where a text has no offset; NaT where unreadable."""
    column = pd.Series(list(texts), dtype=object)
    if pattern is None:
        # "2013" and "201301" are read by pandas, but nobody stamps readings like that.
        column = column.where(column.str.len() >= len("20130101"))
    parsed = pd.to_datetime(column, format=pattern or "ISO8601", utc=True, errors="coerce")
    within = parsed.dt.year.between(1700, 2250)
    stamps: np.ndarray = parsed.where(within).dt.tz_localize(None).to_numpy().astype("datetime64[ns]")
    stamps.flags.writeable = False
    return stamps


def _carries_offset(text: str, pattern: str | None) -> bool:
    if pattern is not None:
        return "%z" in pattern
    return _CARRIES_OFFSET.search(text.strip()) is not None


def _unreadable(text: str, pattern: str | None) -> str:
    if not text:
        return "the time is missing; remove the row or fill it in"
    if pattern is not None:
        return f"the time {text!r} does not fit time_format: {pattern!r} of the mapping; correct one of them"
    return (
        f"the time {text!r} is not an ISO 8601 date (2013-02-01 or 2013-02-01 13:00); correct it, or say how the "
        "file writes it in the mapping, for example time_format: '%d.%m.%Y %H:%M'"
    )


@dataclass
class Scan:
    """What a first look at the stamps of a table finds.

    Attributes
    ----------
    step
        The network's step.
    first, last
        Earliest and latest end of an interval.
    phases
        Where in a step stamps fall [ns] -> (how many, line of the first, end of the first).
    """

    step: np.timedelta64
    first: np.datetime64 = field(default_factory=lambda: np.datetime64("NaT", "ns"))
    last: np.datetime64 = field(default_factory=lambda: np.datetime64("NaT", "ns"))
    phases: dict[int, tuple[int, int, np.datetime64]] = field(default_factory=dict)

    def add(self, ends: np.ndarray, lines: np.ndarray) -> None:
        """Count rows by the ends of their intervals (row) and their lines (row)."""
        if not ends.size:
            return
        self.first = np.fmin(self.first, ends.min())
        self.last = np.fmax(self.last, ends.max())
        phase = ends.astype(np.int64) % self.step.astype(np.int64)
        values, index, count = np.unique(phase, return_index=True, return_counts=True)
        for value, at, number in zip(values.tolist(), index, count.tolist(), strict=True):
            seen, line, end = self.phases.get(value, (0, int(lines[at]), ends[at]))
            self.phases[value] = (seen + number, line, end)

    @property
    def main_phase(self) -> int:
        """Where in a step most stamps fall [ns]."""
        return max(self.phases, key=lambda phase: (self.phases[phase][0], -phase))

    def require_phase(self, phase: int, where: str, grid: str) -> None:
        """Raise where stamps are off a grid.

        Parameters
        ----------
        phase
            Where in a step the grid's points are [ns].
        where
            File and column, for the message.
        grid
            Whose grid it is, for the message.

        Raises
        ------
        InputError
            If a stamp is off it: how many, and the first of them.
        """
        off = [entry for at, entry in self.phases.items() if at != phase]
        if off:
            number = sum(count for count, _, _ in off)
            total = sum(count for count, _, _ in self.phases.values())
            _, line, end = min(off, key=lambda entry: entry[1])
            raise InputError(
                f"{where}: {number} of {total} times are off {grid}, first in line {line}: the interval that ends at "
                f"{np.datetime_as_string(end, 's')} UTC; correct these times, or step, utc_offset and stamp in "
                "the mapping"
            )


@dataclass(frozen=True)
class Axis:
    """A regular time axis: the end of its first interval (UTC), the length of an interval, and how many there are."""

    first: np.datetime64
    step: np.timedelta64
    size: int

    @property
    def ends(self) -> np.ndarray:
        """Ends of all intervals (time)."""
        ends: np.ndarray = self.first + np.arange(self.size) * self.step
        return ends

    def position(self, ends: np.ndarray) -> np.ndarray:
        """Return where ends (row) lie on the axis (row); -1 is outside."""
        at: np.ndarray = (ends - self.first) // self.step
        return np.where((at >= 0) & (at < self.size), at, -1)
