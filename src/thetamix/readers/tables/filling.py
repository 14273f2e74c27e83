"""From the rows of tables to arrays on the time axis: what stands twice must be equal."""

from collections.abc import Hashable, Iterator, Sequence
from collections.abc import Mapping as AbstractMapping
from typing import Any

import numpy as np

from thetamix.readers import OnProgress
from thetamix.readers.tables.clocks.times import Axis, minute
from thetamix.readers.tables.clocks.zones import summer_zone
from thetamix.readers.tables.timed_table import Part, TimedTable, plausible
from thetamix.system.durations import format_duration
from thetamix.system.errors import InputError


def fill(
    table: TimedTable,
    targets: AbstractMapping[Any, np.ndarray],
    axis: Axis,
    progress: OnProgress,
    earlier: Sequence[TimedTable] = (),
) -> None:
    """Write the values of a table where they belong; what stands twice must be equal.

    Parameters
    ----------
    table
        The table, looked at and settled.
    targets
        Series -> values (time) in the network's unit, changed in place.
    axis
        The time axis.
    progress
        Hears the share that is read.
    earlier
        Tables that have been written to the same targets.

    Raises
    ------
    InputError
        If a value stands twice and differs, or cannot be one.
    """
    repeated = np.zeros(axis.size, dtype=bool)
    for part in table.parts(axis):
        where = f"{table.path}: {part.what}"
        converted = plausible(part.variable, part.raw, part.how, axis.step, part.lines, where)
        there = np.isfinite(converted)
        at, target = part.at[there], targets[part.series]
        with np.errstate(over="ignore"):  # the whole record is judged later
            values = converted[there].astype(target.dtype)
        before = target[at]
        target[at] = values
        again = np.isfinite(before)
        wrong = again & (before != values)
        if (np.diff(at) <= 0).any():
            row, last = np.arange(at.size), np.zeros(axis.size, dtype=np.int64)
            last[at] = row
            again |= last[at] != row
            wrong |= target[at] != values
        if wrong.any():
            raise InputError(_conflict(table, part, int(at[np.argmax(wrong)]), axis, earlier))
        repeated[at[again]] = True
        progress(f"reading {table.path.name}", part.share)
    _require_step(table, axis)
    if repeated.any():
        table.repeated = axis.ends[repeated]
        _require_no_collision(table, np.flatnonzero(repeated), axis)
        if zone := _double_hour(table, table.repeated):
            raise InputError(
                f"{table.path}: {table.repeated.size} time(s) stand twice, all of them in the hour that clocks of "
                f"{zone} show twice when summer ends, first the interval that ends at {minute(table.repeated[0])} "
                f"UTC by utc_offset; {_say(zone)}"
            )


def _require_step(table: TimedTable, axis: Axis) -> None:
    """Raise where all gaps are multiples of several steps of the axis; irregular visits are no such case."""
    for filled, _ in table.filled.values():
        positions = np.flatnonzero(filled)
        if positions.size > 1 and (gap := int(np.gcd.reduce(np.diff(positions)))) > table.longest_gap:
            own = format_duration(gap * axis.step)
            raise InputError(
                f"{table.path}: its times are multiples of {own} apart, the step in the mapping is "
                f"{format_duration(axis.step)}; correct step, or give a table of forcing its own (step: {own})"
            )


def _entries(
    table: TimedTable, series: Hashable, position: int, axis: Axis
) -> Iterator[tuple[int, float, np.datetime64]]:
    """Yield the lines, values and ends that the table has of a series in one interval."""
    for part in table.parts(axis):
        if part.series == series:
            for row in np.flatnonzero((part.at == position) & np.isfinite(part.raw)).tolist():
                yield int(part.lines[row]), float(part.raw[row]), part.ends[row]


def _conflict(table: TimedTable, part: Part, position: int, axis: Axis, earlier: Sequence[TimedTable]) -> str:
    """Return what is wrong where a series has two values in one interval."""
    entries = [
        (other.path, *entry) for other in (*earlier, table) for entry in _entries(other, part.series, position, axis)
    ]
    if len(entries) == 1:  # the other comes from a table of another step
        return f"{table.path}, line {entries[0][1]}: {part.what} differs from what another table has; keep one"
    path, line, value, end = entries[0]
    _, second, differing, second_end = next((entry for entry in entries if entry[2] != value), entries[-1])
    interval = f"the interval that ends at {minute(axis.ends[position])} UTC"
    zone = _double_hour(table, axis.ends[[position]])
    advice = "keep one of them" if zone is None else f"clocks of {zone} show this hour twice; {_say(zone)}"
    if end != second_end:
        advice = "snap in the mapping moves both there; keep one of them"
    if path != table.path:
        return (
            f"{table.path}, line {second}: {part.what} is {differing:g} in {interval}, but {value:g} in "
            f"{path}, line {line}; {advice}"
        )
    return (
        f"{path}: lines {line} and {second} have the same time, {interval}, but {part.what} is {value:g} and "
        f"{differing:g}; {advice}"
    )


def _double_hour(table: TimedTable, ends: np.ndarray) -> str | None:
    """Return a zone whose clocks show all of these times (row) twice when summer ends; None for none."""
    written, offset = table.clock.written(ends), table.clock.offset
    return None if written is None or offset is None else summer_zone(written, offset)


def _require_no_collision(table: TimedTable, positions: np.ndarray, axis: Axis) -> None:
    """Raise where two different times have been moved to one."""
    if not table.snap:
        return
    seen: dict[tuple[Hashable, int], tuple[int, np.datetime64]] = {}
    for part in table.parts(axis):
        for row in np.flatnonzero(np.isin(part.at, positions) & np.isfinite(part.raw)).tolist():
            at = int(part.at[row])
            line, end = seen.setdefault((part.series, at), (int(part.lines[row]), part.ends[row]))
            if end != part.ends[row]:
                raise InputError(
                    f"{table.path}: lines {line} and {part.lines[row]} are moved by snap to the same time, the "
                    f"interval that ends at {minute(axis.ends[at])} UTC; give a shorter snap, or keep one of them"
                )


def merge_equal(target: np.ndarray, values: np.ndarray, axis: Axis, what: str) -> None:
    """Write values (time) beside those that another table has, `target` (time); both must be equal.

    Raises
    ------
    InputError
        If they are not.
    """
    there = np.isfinite(values)
    if (wrong := there & np.isfinite(target) & (target != values)).any():
        at = int(np.argmax(wrong))
        raise InputError(
            f"{what} is {values[at]:.4g} over the interval that ends at {minute(axis.ends[at])} UTC, but "
            f"{target[at]:.4g} in another table; keep one of them"
        )
    target[there] = values[there]


def _say(zone: str) -> str:
    return f"if the stamps are local time with summer time, say timezone: {zone} (or its own) instead of utc_offset"
