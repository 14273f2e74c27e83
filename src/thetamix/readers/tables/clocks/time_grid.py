"""The regular grid that the times of a table lie on, or near."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from thetamix.readers.tables.clocks.times import Axis
from thetamix.system.durations import format_duration, parse_duration
from thetamix.system.errors import InputError

#: Phases are tried at so many places of a step, round ones first.
_PLACES = 60
#: What may be advised for ``snap``.
_SNAPS = ("1s", "10s", "30s", "1min", "2min", "5min", "10min", "15min", "30min", "1h", "2h", "3h", "6h", "12h")
_SECOND, _HOUR = 10**9, 3600 * 10**9


def nearest_grid(ends: np.ndarray, phase: int, step: np.timedelta64, snap: np.timedelta64) -> np.ndarray:
    """Move ends of intervals (row) that are near a grid onto it.

    Parameters
    ----------
    ends
        As read; NaT stays so.
    phase
        Where in a step the grid's points are [ns].
    step
        Length of a step.
    snap
        How far an end may be away; one half-way between two points goes to the later, whose interval it lies in.

    Returns
    -------
    numpy.ndarray
        Points of the grid (row); NaT where none is near.
    """
    off = _distance(ends.astype(np.int64), phase, int(step.astype(np.int64)))
    near = (np.abs(off) <= snap.astype(np.int64)) & ~np.isnat(ends)
    return np.where(near, ends - off.astype("timedelta64[ns]"), np.datetime64("NaT", "ns"))


def _distance(times: np.ndarray, phase: int | np.ndarray, step: int) -> np.ndarray:
    """Return how far times [ns] are behind the nearest point of a grid [ns]: in [-step / 2, step / 2)."""
    distance: np.ndarray = (times - phase + step // 2) % step - step // 2
    return distance


def spanning(scans: Sequence["Scan"], margin: int = 0) -> Axis:
    """Return the axis from the first to the last time of tables with one step and one grid, and a margin of steps."""
    step = scans[0].step
    first = min(scan.first for scan in scans) - margin * step
    last = max(scan.last for scan in scans) + margin * step
    return Axis(first, step, int((last - first) // step) + 1)


@dataclass
class Scan:
    """What a first look at the stamps of a table finds.

    Attributes
    ----------
    step
        The length of an interval.
    snap
        How far from the grid a stamp may be.
    first, last
        Earliest and latest end of an interval.
    """

    step: np.timedelta64
    snap: np.timedelta64 = field(default_factory=lambda: np.timedelta64(0, "ns"))
    first: np.datetime64 = field(default_factory=lambda: np.datetime64("NaT", "ns"))
    last: np.datetime64 = field(default_factory=lambda: np.datetime64("NaT", "ns"))
    _phases: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), dtype=np.int64))

    def add(self, ends: np.ndarray, lines: np.ndarray) -> None:
        """Count rows by the ends of their intervals (row) and their lines (row)."""
        if not ends.size:
            return
        self.first = np.fmin(self.first, ends.min())
        self.last = np.fmax(self.last, ends.max())
        times = ends.astype(np.int64)
        phase = times % self.step.astype(np.int64)
        if (phase == phase[0]).all():
            values, index, count = phase[:1], np.zeros(1, dtype=int), np.array([phase.size])
        else:
            values, index, count = np.unique(phase, return_index=True, return_counts=True)
        rows = np.concatenate([self._phases, np.column_stack([values, count, lines[index], times[index]])])
        # The first of each phase stays, with the number of all.
        values, index, where = np.unique(rows[:, 0], return_index=True, return_inverse=True)
        number = np.bincount(where.ravel(), weights=rows[:, 1]).astype(np.int64)
        self._phases = np.column_stack([values, number, rows[index, 2:]])

    @property
    def empty(self) -> bool:
        """Whether no stamp has been looked at."""
        return not len(self._phases)

    @property
    def main_phase(self) -> int:
        """Where in a step the grid of most stamps is [ns]: a round place in reach of them, or where most stand."""
        phases, numbers = self._phases[:, 0], self._phases[:, 1]
        step = int(self.step.astype(np.int64))
        most = int(phases[np.argmax(numbers)])
        if not self.snap:
            return most
        places = np.append(np.arange(_PLACES) * step // _PLACES, most)
        roundness = np.append(np.gcd(np.arange(_PLACES), _PLACES), 0)
        reached = [int(numbers[self._near(int(place))].sum()) for place in places]
        half = numbers.sum() / 2
        best = max(range(len(places)), key=lambda at: (reached[at] >= half, roundness[at], reached[at]))
        return int(places[best if reached[best] >= half else np.argmax(reached)])

    def _near(self, phase: int) -> np.ndarray:
        off = _distance(self._phases[:, 0], phase, int(self.step.astype(np.int64)))
        near: np.ndarray = np.abs(off) <= self.snap.astype(np.int64)
        return near

    def is_off(self, phase: int) -> bool:
        """Return whether stamps are too far from a grid."""
        return not self._near(phase).all()

    def moved(self, phase: int) -> tuple[int, np.timedelta64]:
        """Return how many stamps are beside a grid, and how far at most."""
        off = np.abs(_distance(self._phases[:, 0], phase, int(self.step.astype(np.int64))))
        return int(self._phases[off > 0, 1].sum()), np.timedelta64(int(off.max(initial=0)), "ns")

    def require_phase(self, phase: int, where: str, grid: str, zone: str | None = None) -> None:
        """Raise where stamps are off a grid.

        Parameters
        ----------
        phase
            Where in a step the grid's points are [ns].
        where
            File and column, for the message.
        grid
            Whose grid it is, for the message.
        zone
            The time zone of the clock, where the mapping says one.

        Raises
        ------
        InputError
            If a stamp is off it: how many, and the first of them.
        """
        off = self._phases[~self._near(phase)]
        if len(off):
            _, _, line, end = off[np.argmin(off[:, 2])]
            total, time = self._phases[:, 1].sum(), np.datetime_as_string(np.datetime64(int(end), "ns"), "s")
            raise InputError(
                f"{where}: {off[:, 1].sum()} of {total} times are off {grid}, first in line {line}: the interval "
                f"that ends at {time} UTC; {self._advice(phase, zone)}, or correct these times, or step, utc_offset "
                "and stamp in the mapping"
            )

    def _advice(self, phase: int, zone: str | None) -> str:
        """Return what most likely helps: a step of the table's own, the zone of its clock, or moving its stamps."""
        step = int(self.step.astype(np.int64))
        off = np.abs(_distance(self._phases[:, 0], phase, step))
        width = int(np.gcd.reduce(off[off > 0]))
        snap = next((snap for snap in _SNAPS if parse_duration(snap) >= np.timedelta64(int(off.max()), "ns")), "1d")
        snap = min(snap, format_duration(self.step // 2), key=parse_duration)
        move = f"if they are readings at about the times of the grid, say snap: {snap}"
        if zone is None and len(off) > 1 and step > _HOUR and set(off[off > 0].tolist()) == {_HOUR}:
            return "if the clock has summer time, say timezone: Europe/Berlin (its own zone) instead of utc_offset"
        if len(off) == 2 and width * 2 == step:
            return (
                f"if the table's own step is shorter, give it step: {snap}; if loggers take turns, say snap: {snap}"
            )
        if width >= _SECOND and len(off) > 1 and len(off) * width == step:
            return f"if the table's own step is shorter, give it step: {format_duration(np.timedelta64(width, 'ns'))}"
        return move
