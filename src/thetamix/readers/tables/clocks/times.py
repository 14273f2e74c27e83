"""Time stamps of raw files: to UTC, to the end of the interval, onto a regular grid.

Loggers keep local standard time or the time of the people around them, weather services date a day by its
beginning. A mapping states both; nothing is guessed, because a shift by one step is a silent error.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from thetamix.readers.tables.clocks.stamps import Stamps, read_stamps
from thetamix.readers.tables.clocks.zones import abbreviation_offsets, switches, zone_offset
from thetamix.system.errors import InputError

Stamp = Literal["start", "end"]

#: Nobody measured soil or weather before and after.
EVER = np.datetime64("1850-01-01", "ns"), np.datetime64("2200-01-01", "ns")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-(\d{2})\b")
_DATE = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-]\d{2,4}\b")
_MONTHS = 12


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
        If it is not a fixed offset.

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
            f"{text!r} is not a fixed offset from UTC; write '+01:00' in quotes, or, of a clock with summer time, "
            "the name of its zone: timezone: Europe/Berlin"
        )
    minutes = int(match[2]) * 60 + int(match[3])
    return np.timedelta64((-minutes if match[1] == "-" else minutes) * 60 * 10**9, "ns")


def minute(time: np.datetime64) -> str:
    """Write a time as messages have it: ``2020-06-01 13:00``."""
    return str(np.datetime_as_string(time, "m")).replace("T", " ")


@dataclass
class TableClock:
    """How the stamps of one table are to be understood.

    Attributes
    ----------
    format
        As :func:`datetime.datetime.strptime` has it; None for ISO 8601.
    offset
        What the table's clock is ahead of UTC; None where the stamps say it themselves, or the zone does.
    stamp
        Whether a stamp is the start or the end of its interval.
    step
        Length of an interval.
    zone
        IANA name of the time zone whose clocks the table goes by.
    fixed
        Whether stamps have been read with the offset: they do not say their own.
    """

    format: str | None
    offset: np.timedelta64 | None
    stamp: Stamp
    step: np.timedelta64
    zone: str | None = None
    fixed: bool = False

    def written(self, ends: np.ndarray) -> np.ndarray | None:
        """Return what stands in the file for ends of intervals (row), of a clock with a fixed offset; else None."""
        if self.offset is None or not self.fixed:
            return None
        return ends + self.offset - (self.step if self.stamp == "start" else np.timedelta64(0, "ns"))

    def ends(self, column: pd.Categorical, lines: np.ndarray, where: str) -> tuple[np.ndarray, np.ndarray]:
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
        before, after : numpy.ndarray
            Ends (row) as ``datetime64[ns]``. They differ where the clock shows a time twice, before and after it is
            changed.

        Raises
        ------
        InputError
            If a stamp cannot be read, or its offset from UTC is not clear.
        """
        texts = [str(text) for text in column.categories]

        def line(position: int) -> int:
            return int(lines[np.argmax(column.codes == position)])

        def place(bad: np.ndarray) -> tuple[str, str]:
            """Return where the first of some texts stands, and the text."""
            first = min(np.flatnonzero(bad).tolist(), key=line)
            return f"{where}, line {line(first)}", texts[first]

        stamps = read_stamps(tuple(texts), self.format)
        bad = np.isnat(stamps.times) | (stamps.times < EVER[0]) | (stamps.times > EVER[1])
        if bad.any():
            at, text = place(bad)
            if exchanged := _exchanged(texts):
                raise InputError(f"{at}: {exchanged}")
            if not np.isnat(stamps.times[texts.index(text)]):
                raise InputError(f"{at}: nobody measured at {text!r}; correct the time or remove the row")
            readable = ~bad[column.codes]
            raise UnreadableStampError(
                f"{at}: {_unreadable(text, self.format)}",
                int(lines[np.argmax(bad[column.codes])]),
                int(lines[np.argmax(readable)]) if readable.any() else None,
            )
        before, after = self._offsets(stamps, texts, where, place)
        length = self.step if self.stamp == "start" else np.timedelta64(0, "ns")
        ends = (stamps.times - before + length)[column.codes]
        return ends, ends if after is before else (stamps.times - after + length)[column.codes]

    def _offsets(
        self, stamps: Stamps, texts: Sequence[str], where: str, place: Callable[[np.ndarray], tuple[str, str]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the offsets of texts (text) before and after a switch; they are one array where none is near."""
        says = stamps.carried | (stamps.words != "")
        if says.any() and not says.all():
            at, text = place(says != says[0])
            raise InputError(
                f"{at}: {text!r}: some stamps carry an offset from UTC, others do not; write all of them the same way"
            )
        if self.zone is not None and not stamps.carried.all():
            return self._zone_offsets(self.zone, stamps, place)
        offsets = np.zeros(len(texts), dtype="timedelta64[ns]")
        for word in sorted(set(stamps.words) - {""}):
            try:
                offsets[stamps.words == word] = zone_offset(word, self.offset)
            except ValueError as error:
                at, text = place(stamps.words == word)
                raise InputError(f"{at}: {text!r}: {error}") from error
        if not says.any():
            if self.offset is None:
                raise InputError(
                    f"{where}: the stamps ({texts[0]!r}) do not say their time zone; add the clock's fixed offset to "
                    "the mapping, for example utc_offset: '+01:00' (loggers often keep local standard time), or, of "
                    "a clock with summer time, timezone: Europe/Berlin"
                )
            offsets[:] = self.offset
            self.fixed = True
        return offsets, offsets

    def _zone_offsets(
        self, zone: str, stamps: Stamps, place: Callable[[np.ndarray], tuple[str, str]]
    ) -> tuple[np.ndarray, np.ndarray]:
        rule = switches(zone, stamps.times)
        early, late = rule.stretches(stamps.times)
        if (never := (early > late) & ~stamps.carried).any():
            at, text = place(never)
            raise InputError(
                f"{at}: clocks of {zone} never show {text!r}, they go forward then; correct the time, or, of a clock "
                "that is the same all year, say utc_offset instead of timezone"
            )
        before, after = rule.offsets[early], rule.offsets[late]
        for word in sorted(set(stamps.words) - {""}):
            rows = stamps.words == word
            fits = rule.names == word
            if not fits.any():
                try:
                    fits = np.isin(rule.offsets, abbreviation_offsets(word))
                except ValueError as error:
                    at, text = place(rows)
                    raise InputError(f"{at}: {text!r}: {error}") from error
            if (wrong := rows & ~fits[early] & ~fits[late]).any():
                at, text = place(wrong)
                raise InputError(
                    f"{at}: {text!r}: clocks of {zone} do not go by {word} then; correct timezone in the mapping, "
                    "or leave it out: the stamps say their offset"
                )
            before = np.where(rows & ~fits[early], after, before)
            after = np.where(rows, before, after)
        zero = np.timedelta64(0, "ns")
        return np.where(stamps.carried, zero, before), np.where(stamps.carried, zero, after)


def _exchanged(texts: Sequence[str]) -> str:
    """Return what is wrong where some dates are real ones and others texts; empty where that is not so."""
    real = [(text, int(match[1])) for text in texts if (match := _ISO_DATE.match(text))]
    words = [(text, match) for text in texts if (match := _DATE.match(text))]
    if not real or not words or any(day > _MONTHS for _, day in real):
        return ""
    text, match = words[0]
    if all(max(int(match[1]), int(match[2])) <= _MONTHS for _, match in words):
        return ""
    return (
        f"the column mixes texts ({text!r}) and dates ({real[-1][0]!r}): a program that writes day and month the "
        "other way round (Excel with another locale) exchanged them wherever the day is 12 or less, and left the "
        "others as texts, so those dates are wrong; import the original file into the sheet again, its time column "
        "as text, or use the original file itself"
    )


def _unreadable(text: str, pattern: str | None) -> str:
    if not text:
        return "the time is missing; remove the row or fill it in"
    if pattern is not None:
        noon = " (%p is AM or PM, also in some other languages, and goes with %I)" if "%p" in pattern else ""
        return f"the time {text!r} does not fit time_format: {pattern!r} of the mapping; correct one of them{noon}"
    if re.fullmatch(r"[2-6]\d{4}(\.\d+)?|1\d{9}(\d{3})?(\.0+)?", text):
        counts = "days as Excel does" if re.match(r"\d{5}(\.|$)", text) else "seconds since 1970"
        return f"the time {text!r} is a number that counts {counts}; export the column as dates, or convert it"
    return (
        f"the time {text!r} is not an ISO 8601 date (2013-02-01 or 2013-02-01 13:00); correct it, or say how the "
        "file writes it in the mapping, for example time_format: '%d.%m.%Y %H:%M'"
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
        at: np.ndarray = (ends - self.first).astype(np.int64) // self.step.astype(np.int64)
        return np.where((at >= 0) & (at < self.size), at, -1)
