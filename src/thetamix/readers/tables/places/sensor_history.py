"""When sensors were where they are: one that replaced another goes on with its series, one that moved begins anew."""

import datetime
import itertools
import re
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from thetamix.readers.tables.clocks.times import Axis, parse_offset
from thetamix.readers.tables.files.table_keys import Format
from thetamix.readers.tables.places.place_table import SmallTable
from thetamix.system.errors import InputError

DAY = np.timedelta64(1, "D").astype("timedelta64[ns]")
#: From when to when, UTC.
Span = tuple[np.datetime64, np.datetime64]
ALWAYS: Span = (np.datetime64("1700-01-01", "ns"), np.datetime64("2250-01-01", "ns"))


@dataclass(frozen=True)
class Stay:
    """A time that a sensor was at a position (cluster, depth, replicate): from its `start` to its `end`, UTC."""

    sensor: str
    position: tuple[int, int, int]
    start: np.datetime64
    end: np.datetime64

    def __str__(self) -> str:
        """Return the sensor and its days in words."""
        first = f" from {np.datetime_as_string(self.start, 'D')}" if self.start != ALWAYS[0] else ""
        last = f" to {np.datetime_as_string(self.end - 1, 'D')}" if self.end != ALWAYS[1] else ""
        return f"{self.sensor}{first}{last}"


def read_spans(rows: SmallTable, clocks: Sequence[Format]) -> list[Span] | None:
    """Return from when to when each sensor of a table (row) was there, UTC; None where the mapping names no columns.

    Parameters
    ----------
    rows
        The table of sensors.
    clocks
        What may say by which clock; the first that does counts, and UTC where none does.

    Raises
    ------
    InputError
        If a cell is no date, or a sensor was taken away before it came.
    """
    if not {"from", "to"} & rows.columns.keys():
        return None
    clock = next((clock for clock in clocks if clock.utc_offset or clock.timezone), None)
    starts, ends = (
        [None] * len(rows.lines) if key not in rows.columns else rows.texts(key, required=False)
        for key in ("from", "to")
    )
    spans: list[Span] = []
    for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
        first: np.datetime64 = ALWAYS[0]
        last: np.datetime64 = ALWAYS[1]
        if start and start not in rows.table.missing_texts:
            first = _utc(_moment(start, rows.where("from", row)), clock)
        if end and end not in rows.table.missing_texts:
            moment = _moment(end, rows.where("to", row))
            # A day is meant to its end; midnight is how spreadsheets write a day.
            last = _utc(moment + (DAY if moment.astype("datetime64[D]") == moment else 0), clock)
        if last <= first:
            raise InputError(f"{rows.where('to', row)}: {end} is before {start}; correct from and to")
        spans.append((first, last))
    return spans


def _moment(text: str, where: str) -> np.datetime64:
    if re.fullmatch(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?", text):
        try:
            # 9999-12-31 is how data bases write an open end; in nanoseconds it would be a day of 1816.
            moment = np.datetime64(text.replace(" ", "T"), "s")
            first, last = (end.astype("datetime64[s]") for end in ALWAYS)
            within: np.datetime64 = min(max(moment, first), last).astype("datetime64[ns]")
            return within
        except ValueError:
            pass
    raise InputError(f"{where}: {text!r} is no day; write 2021-05-31, or 2021-05-31 14:00")


def _utc(moment: np.datetime64, clock: Format | None) -> np.datetime64:
    if clock is None or moment in ALWAYS:
        return moment
    if clock.timezone is None:
        return moment - parse_offset(str(clock.utc_offset))
    local = moment.astype("datetime64[s]").item().replace(tzinfo=zoneinfo.ZoneInfo(clock.timezone))
    return np.datetime64(local.astimezone(datetime.UTC).replace(tzinfo=None), "ns")


def require_successive(stays: Sequence[Stay], what: str, lines: Mapping[tuple[str, np.datetime64], str]) -> None:
    """Raise where stays overlap by more than the day on which one ends and the next begins.

    Parameters
    ----------
    stays
        In order of their start: at one position, or of one sensor.
    what
        Where they are, for the message.
    lines
        Line of each sensor and start.
    """
    for stay, successor in itertools.pairwise(stays):
        if stay.end - successor.start > DAY:
            pair = " and ".join(f"{each} ({lines[each.sensor, each.start]})" for each in (stay, successor))
            raise InputError(f"{what}: {pair} overlap; correct from and to")


def place_stays(
    readings: np.ndarray, records: Mapping[str, np.ndarray], stays: Sequence[Stay], axis: Axis
) -> list[str]:
    """Write the records of sensors to where they were.

    Parameters
    ----------
    readings
        (cluster, depth, replicate, time), changed in place where nothing is yet.
    records
        Sensor -> readings (time).
    stays
        In order of their start.
    axis
        The time axis.

    Returns
    -------
    list of str
        What is left out: readings of sensors that were not there.
    """
    used = {sensor: np.zeros(axis.size, dtype=bool) for sensor in records}
    for stay in stays:
        inside = (axis.ends > stay.start) & (axis.ends <= stay.end)
        target, record = readings[stay.position], records[stay.sensor]
        free = inside & np.isnan(target) & ~used[stay.sensor]
        target[free] = record[free]
        used[stay.sensor] |= inside
    lost = {sensor: int((np.isfinite(records[sensor]) & ~there).sum()) for sensor, there in used.items()}
    return [
        f"sensor {sensor!r}: {count} reading(s) before its from or after its to are left out"
        for sensor, count in lost.items()
        if count
    ]
