"""When the clocks of a time zone are changed, by the zones that Python knows."""

import datetime
import itertools
import zoneinfo
from dataclasses import dataclass
from functools import lru_cache

import numpy as np


@dataclass(frozen=True)
class Switches:
    """When the clocks of a zone are changed.

    Attributes
    ----------
    moments
        (switch) ``datetime64[ns]``, UTC.
    offsets
        (switch + 1) What the clocks are ahead of UTC before, between and after them [ns].
    names
        (switch + 1) What their time is called, such as CEST.
    """

    moments: np.ndarray
    offsets: np.ndarray
    names: np.ndarray

    @property
    def before(self) -> np.ndarray:
        """What clocks show at a switch as they were (switch)."""
        before: np.ndarray = self.moments + self.offsets[:-1]
        return before

    @property
    def after(self) -> np.ndarray:
        """What clocks show at a switch when they are changed (switch)."""
        after: np.ndarray = self.moments + self.offsets[1:]
        return after

    def stretches(self, local: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return where in `offsets` times on the clock (row) are, by what clocks show before switches, and after.

        The first is smaller where a time is shown twice, and larger where it is never shown.
        """
        return np.searchsorted(self.before, local, side="right"), np.searchsorted(self.after, local, side="right")


@lru_cache(maxsize=64)
def switches_between(zone: str, first: int, last: int) -> Switches:
    """Return the switches of an IANA zone from the last December before a year to the first months after another."""
    info, utc = zoneinfo.ZoneInfo(zone), datetime.UTC
    start = datetime.datetime(first - 1, 12, 1, tzinfo=utc)
    # No zone has ever changed its clock twice in so few days.
    days = [start + datetime.timedelta(days=day) for day in range(0, (last - first + 1) * 366 + 65, 5)]
    offsets = [day.astimezone(info).utcoffset() or datetime.timedelta() for day in days]
    moments, kept, names = [], [offsets[0]], [days[0].astimezone(info).tzname()]
    for (early, late), (old, new) in zip(itertools.pairwise(days), itertools.pairwise(offsets), strict=True):
        if old == new:
            continue
        while late - early > datetime.timedelta(minutes=1):
            middle = early + (late - early) / 2
            early, late = (middle, late) if middle.astimezone(info).utcoffset() == old else (early, middle)
        moments.append(late.replace(second=0, microsecond=0, tzinfo=None))
        kept.append(new)
        names.append(late.astimezone(info).tzname())
    seconds = [offset.total_seconds() for offset in kept]
    lengths = (np.array(seconds) * 1e9).astype("timedelta64[ns]")
    return Switches(np.array(moments, dtype="datetime64[ns]"), lengths, np.array(names))
