"""What a careful user wants to know about the times of tables that have been read."""

from collections.abc import Sequence

import numpy as np

from thetamix.readers.tables.clocks.times import minute
from thetamix.readers.tables.clocks.zones import zone_of_missing_hours
from thetamix.readers.tables.timed_table import TimedTable
from thetamix.system.durations import format_duration

#: So few [1] of the times of a table, and so far from all others, are those of a clock that was reset.
FEW, STRAY, DAY = 0.01, np.timedelta64(366, "D"), np.timedelta64(1, "D")


def clock_remarks(tables: Sequence[TimedTable]) -> list[str]:
    """Return sentences on times that were moved, that stand twice, that are not clear, and on clocks in doubt."""
    remarks = []
    moved = [(table, *table.scan.moved(table.phase)) for table in tables]
    if number := sum(count for _, count, _ in moved):
        table, _, most = max(moved, key=lambda entry: entry[2])
        remarks.append(
            f"snap moved {number} time(s) onto the grid, by at most {format_duration(_whole_seconds(most))} "
            f"({table.path.name})"
        )
    if number := sum(table.repeated.size for table in tables):
        table = next(table for table in tables if table.repeated.size)
        remarks.append(
            f"{number} time(s) stand more than once, with equal values that are taken once: first in "
            f"{table.path.name}, the interval that ends at {minute(table.repeated[0])} UTC"
        )
    if number := sum(len(table.hours.undecided) for table in tables):
        table = next(table for table in tables if table.hours.undecided)
        remarks.append(
            f"{number} row(s) left out: the clocks of {table.clock.zone} show their hour twice, and the rows of only "
            f"one of the two are there: first in {table.path.name}, line {table.hours.undecided[0]}"
        )
    return [*remarks, *_doubts(tables), *_strays(tables)]


def _whole_seconds(duration: np.timedelta64) -> np.timedelta64:
    return np.timedelta64(-(-int(duration / np.timedelta64(1, "ns")) // 10**9), "s")


def _strays(tables: Sequence[TimedTable]) -> list[str]:
    """Return a sentence for each table of which a few rows lie years before, or after, all others."""
    remarks = {}
    for table in tables:
        for filled, axis in table.filled.values():
            ends = axis.ends[filled]
            gaps = np.diff(ends)
            if not gaps.size or gaps.max() <= STRAY:
                continue
            first = int(gaps.argmax()) + 1
            early = first <= ends.size - first
            few = first if early else ends.size - first
            if few <= FEW * ends.size:
                day = str(ends[first] - axis.step)[:10]
                which = f"up to {minute(ends[first - 1])}" if early else f"from {minute(ends[first])}"
                period = f"start: {day}" if early else f"end: {str(ends[first - 1] - axis.step)[:10]}"
                remarks[table] = (
                    f"{table.path.name}: {few} time(s) {which} UTC lie {gaps.max() / DAY:.0f} days "
                    f"{'before' if early else 'after'} all others: was the clock of the logger reset, or a year "
                    f"mistyped? Then say period: {{{period}}} in the mapping"
                )
    return list(remarks.values())


def _doubts(tables: Sequence[TimedTable]) -> list[str]:
    """Return a sentence for each zone with summer time that tables of a fixed offset seem to go by."""
    names: dict[tuple[str, np.datetime64], list[str]] = {}
    for table in tables:
        if (doubt := zone_in_doubt(table)) is not None:
            names.setdefault(doubt, []).append(table.path.name)
    return [
        f"{files[0]}{f' and {len(files) - 1} more' if len(files) > 1 else ''}: exactly the hour is missing that "
        f"clocks of {zone} skip when summer begins ({minute(time)}): are its stamps local time with summer time? "
        f"Then all of summer is an hour wrong: say timezone: {zone} (or its own zone) instead of utc_offset"
        for (zone, time), files in names.items()
    ]


def zone_in_doubt(table: TimedTable) -> tuple[str, np.datetime64] | None:
    """Return a zone whose summer time explains what is missing in a table of a fixed offset, and when it begins."""
    for filled, axis in table.filled.values():
        written, offset = table.clock.written(axis.ends[filled]), table.clock.offset
        if (
            written is not None
            and offset is not None
            and (doubt := zone_of_missing_hours(written, axis.step, offset))
        ):
            return doubt
    return None
