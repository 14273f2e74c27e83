"""Which columns of a table are its time, how they are written, and what its clock is ahead of UTC, by their looks."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from thetamix.readers.tables.clocks.stamps import without_midnight
from thetamix.readers.tables.guess.first_rows import FirstRows

#: ISO 8601 is None, as in a mapping.
FORMATS = (
    *(None, "%Y%m%d%H%M", "%Y%m%d%H%M%S", "%Y%m%d%H", "%Y%m%d"),
    *("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y", "%d.%m.%y %H:%M", "%Y.%m.%d %H:%M"),
    *("%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y"),
    *("%m/%d/%y %H:%M", "%m/%d/%y %H:%M:%S", "%m/%d/%y %I:%M:%S %p", "%m/%d/%y %I:%M %p", "%m/%d/%y"),
    *("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y", "%d/%m/%y %H:%M", "%d/%m/%y %H:%M:%S", "%d/%m/%y"),
    *("%d-%b-%Y %H:%M", "%d-%b-%Y %H:%M:%S", "%d %b %Y %H:%M", "%d-%m-%Y %H:%M", "%d-%m-%Y"),
)
_DAYS = (None, "%Y%m%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%Y/%m/%d")
_HOURS = {
    "%H:%M": r"\d{1,2}:\d{2}",
    "%H:%M:%S": r"\d{1,2}:\d{2}:\d{2}",
    "%H%M": r"\d{4}",
    "%I:%M:%S %p": r"[\d:]+ [AP]M",
}
_SAYS_TIME = re.compile(r"time|date|day|datum|zeit|tag|stamp|utc|tmst", re.IGNORECASE)
_START, _END = re.compile(r"start|begin|from", re.IGNORECASE), re.compile(r"end|stop|until", re.IGNORECASE)
_OFFSET = re.compile(r"(?:GMT|UTC) ?([+-]\d{1,2})(?::?(\d{2}))?")
_LOOKED_AT = 300
_READABLE = 0.9


@dataclass(frozen=True)
class TimeColumns:
    """The time of a table.

    Attributes
    ----------
    columns
        Names or numbers of its columns.
    format
        As a mapping has it; None for ISO 8601.
    stamps
        What they say (row), ``datetime64[ns]``; NaT where unreadable.
    offset
        What the clock is ahead of UTC, where the header says it; "" where the stamps themselves do; None: not said.
    stamp
        Start or end of the interval, where the names say it.
    either
        Whether day and month could also be exchanged.
    """

    columns: list[str]
    format: str | None
    stamps: np.ndarray
    offset: str | None
    stamp: str | None
    either: bool = False

    @property
    def step(self) -> str | None:
        """The time from one stamp to the next, as a mapping has it."""
        steps = np.diff(np.unique(self.stamps[~np.isnat(self.stamps)]))
        if not steps.size:
            return None
        seconds = int(Counter(steps.tolist()).most_common(1)[0][0]) // 10**9
        for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
            if seconds % length == 0 and seconds:
                return f"{seconds // length}{unit}"
        return f"{max(seconds, 1)}s"


def find_time(first_rows: FirstRows) -> TimeColumns | None:
    """Search a table for its time.

    Returns
    -------
    TimeColumns or None
        The end of intervals rather than their start, the finest; None where no column is a time.
    """
    readings = []
    for at, label in enumerate(first_rows.labels):
        read = _read(first_rows.column(at), not label or _SAYS_TIME.search(label) is not None)
        if read is not None:
            readings.append((at, read))
    if not readings:
        return None

    def rank(entry: tuple[int, tuple[str | None, np.ndarray, bool]]) -> tuple[bool, int, bool, int]:
        at, (_, stamps, _) = entry
        label = first_rows.labels[at]
        return _START.search(label) is None, np.unique(stamps).size, _END.search(label) is not None, -at

    at, (pattern, stamps, either) = max(readings, key=rank)
    columns = [at]
    if np.unique(stamps).size < len(stamps) and (split := _split(first_rows, [at for at, _ in readings])):
        columns, pattern, stamps = split
    label = " ".join(first_rows.labels[at] for at in columns)
    first = first_rows.cells[0][columns[0]]
    return TimeColumns(
        [first_rows.names[at] for at in columns],
        pattern,
        stamps,
        "" if pattern is None and re.search(r"(Z|[+-]\d{2}:?\d{2})$", first[10:]) else _offset(label),
        "end" if _END.search(label) else "start" if _START.search(label) else None,
        either,
    )


def _offset(label: str) -> str | None:
    if match := _OFFSET.search(label):
        return f"{int(match[1]):+03d}:{match[2] or '00'}"
    return "+00:00" if re.search(r"UTC|GMT", label) else None


def _parse(texts: Sequence[str], pattern: str | None) -> np.ndarray:
    column = pd.Series(list(texts), dtype=object)
    parsed = pd.to_datetime(column, format=pattern or "ISO8601", errors="coerce", utc=True)
    parsed = parsed.where(parsed.dt.year.between(1950, 2100))
    return parsed.dt.tz_localize(None).to_numpy().astype("datetime64[ns]")


def _read(texts: Sequence[str], says_time: bool) -> tuple[str | None, np.ndarray, bool] | None:
    """Return the format that reads a column best, its stamps, and whether another one does as well."""
    first = [text for text in texts if text][:_LOOKED_AT]
    if not first or not any(map(str.isdigit, first[0])):
        return None
    plain_digits = all(text.isdigit() for text in first)
    if plain_digits and not (says_time and len(first[0]) >= len("20210101")):
        return None
    scores: dict[str | None, float] = {}
    for pattern in FORMATS:
        if pattern is None and (plain_digits or not all(re.match(r"\d{4}[-/.T]\d", text) for text in first[:5])):
            continue
        if plain_digits and pattern is not None and len(first[0]) != len(pd.Timestamp(0).strftime(pattern)):
            continue
        stamps = _parse(first, pattern)
        good = ~np.isnat(stamps)
        if good.mean() >= _READABLE:
            steps = np.diff(stamps[good])
            usual = Counter(steps[steps > np.timedelta64(0)].tolist()).most_common(1)
            scores[pattern] = good.mean() + (usual[0][1] / max(steps.size, 1) if usual else 0)
    if not scores:
        return None
    best = max(scores, key=lambda pattern: scores[pattern])
    return best, _parse(texts, best), sum(score == scores[best] for score in scores.values()) > 1


def _split(first_rows: FirstRows, days: Sequence[int]) -> tuple[list[int], str, np.ndarray] | None:
    """Return a column of days and the one of hours that stands next to it."""
    width = len(first_rows.names)
    nearby = days if days else range(width)
    for at in nearby:
        if at + 1 >= width:
            continue
        for day, (hour, looks) in product(_DAYS, _HOURS.items()):
            texts = first_rows.column(at + 1)
            if not all(re.fullmatch(looks, text) for text in texts):
                continue
            stamps = _parse(
                [without_midnight(f"{a} {b}") for a, b in zip(first_rows.column(at), texts, strict=True)],
                f"{day or '%Y-%m-%d'} {hour}",
            )
            if (~np.isnat(stamps)).mean() >= _READABLE:
                return [at, at + 1], f"{day or '%Y-%m-%d'} {hour}", stamps
    return None
