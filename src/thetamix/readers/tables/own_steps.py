"""Readings onto the network's time axis: as they stand, or as means where a table has a shorter step of its own."""

import itertools
from collections import defaultdict
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from functools import partial

import numpy as np

from thetamix.network.resampling import ENOUGH, overlap_means
from thetamix.readers import OnProgress
from thetamix.readers.tables.clocks.time_grid import spanning
from thetamix.readers.tables.clocks.times import Axis, minute
from thetamix.readers.tables.filling import fill, merge_equal
from thetamix.readers.tables.judge_readings import judge_readings
from thetamix.readers.tables.places.sensor_history import place_stays
from thetamix.readers.tables.places.sensors import SensorLayout
from thetamix.readers.tables.series_tables import SeriesSource
from thetamix.system.durations import format_duration

#: So many rows at equal distances are a step of the table.
STRETCH = 24


def read_series(
    sources: Sequence[SeriesSource], layout: SensorLayout, axis: Axis, progress: OnProgress
) -> tuple[np.ndarray, list[str]]:
    """Read tables of readings onto the network's time axis.

    Returns
    -------
    readings : numpy.ndarray
        (cluster, depth, replicate, time) [m3 m-3], float32.
    notes : list of str
        What a careful user wants to know: where the step of a table changes, and what :func:`judge_readings` tells.

    Raises
    ------
    InputError
        If a reading stands twice and differs, or cannot be one.
    """
    readings = np.full((*layout.sensor_id.shape, axis.size), np.nan, dtype=np.float32)
    moved = {stay.sensor: np.full(axis.size, np.nan, dtype=np.float32) for stay in layout.stays}
    views = {sensor: moved.get(sensor, readings[position]) for sensor, position in layout.position.items()}
    grids: dict[tuple[int, int] | None, list[SeriesSource]] = {}
    for source in sources:
        key = None if source.own_step is None else (int(source.clock.step.astype(np.int64)), source.phase)
        grids.setdefault(key, []).append(source)
    plain = grids.pop(None, [])
    for number, table in enumerate(plain):
        fill(table, views, axis, progress, plain[:number])
    notes = judge_readings(views, plain, axis)
    for tables in grids.values():
        own = spanning([table.scan for table in tables], tables[0].longest_gap)
        targets: dict[str, np.ndarray] = defaultdict(partial(np.full, own.size, np.nan, dtype=np.float32))
        for number, table in enumerate(tables):
            fill(table, targets, own, progress, tables[:number])
        notes += judge_readings(targets, tables, own)
        notes += _spread(tables, targets, own)
        for sensor, values in targets.items():
            means = overlap_means(values, own.first, own.step, axis.ends, axis.step, enough=ENOUGH)
            merge_equal(views[sensor], means.astype(np.float32), axis, f"{tables[0].path}: sensor {sensor!r}")
    return readings, notes + place_stays(readings, moved, layout.stays, axis)


def _spread(tables: Sequence[SeriesSource], targets: AbstractMapping[str, np.ndarray], own: Axis) -> list[str]:
    """Let readings at longer distances, as of another logger or programme, stand for the steps that they follow.

    Returns
    -------
    list of str
        A sentence for each distance: of how many sensors, and where first.
    """
    places: dict[int, list[str]] = {}
    for sensor, values in targets.items():
        onward = any(table.clock.stamp == "start" for table in tables if sensor in table.sensors)
        positions = np.flatnonzero(np.isfinite(values))
        gaps = np.diff(positions)
        borders = np.flatnonzero(np.diff(gaps, prepend=-1, append=-1))  # of runs of equal gaps
        for start, end in itertools.pairwise(borders.tolist()):
            gap = int(gaps[start])
            if not 1 < gap <= tables[0].longest_gap or end - start < min(STRETCH, gaps.size):
                continue
            # The first row follows a gap of which nothing is known at the very beginning; the last one likewise.
            rows = positions[start : end + (end == gaps.size)] if onward else positions[start + (start > 0) : end + 1]
            for distance in range(1, gap):
                beside = rows + distance if onward else rows - distance
                values[beside] = np.where(np.isnan(values[beside]), values[rows], values[beside])
            span = f"{sensor} from {minute(own.ends[rows[0]])} to {minute(own.ends[rows[-1]])} UTC"
            places.setdefault(gap, []).append(span)
    return [
        f"{len(spans)} stretch(es) with readings {format_duration(gap * own.step)} apart, not "
        f"{format_duration(own.step)}: each stands for as long (first {spans[0]})"
        for gap, spans in sorted(places.items())
    ]
