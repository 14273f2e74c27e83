"""How long a study's fits will take, told from the pace of the first ones."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from thetamix.inputs.window_ends import MOST_VALIDATED
from thetamix.system.progress import spoken

#: A pace is taken from at least so many steps and seconds: workers are heard five times a second.
STEPS = 100
SECONDS = 2.0
#: What each further core adds to the speed of a fit; measured with two: 0.6 to 0.7.
ANOTHER_CORE = 0.65
#: Work of a window in validation, of that in training: forward only and without dropout. Measured: 0.24 to
#: 0.32; of stretches 0.47 to 0.66.
VALIDATION = {"windows": 0.28, "stretches": 0.55}
#: Units whose products take as long as the gates of one; and the time of torch's layers, of several, in that of a
#: compiled one. Measured between 16 and 128 units, to within a quarter; one layer of torch's takes 1.3.
GATES, TORCHS_OWN = 90, 1.55


def work_of_window(steps: int, layers: int, hidden: int, *, compiled: bool) -> float:
    """Tell the work of training on a window, to be compared with another's.

    Parameters
    ----------
    steps
        Of the window.
    layers, hidden
        Of the LSTM: how many layers, and the units of each.
    compiled
        True where a layer is compiled, and not torch's (:func:`thetamix.model.recurrence.compiles`).

    Returns
    -------
    float
        In no unit.
    """
    return steps * layers * hidden * (GATES + hidden) * (1.0 if compiled else TORCHS_OWN)


@dataclass(frozen=True)
class PlannedFit:
    """One fit that is to be done.

    Attributes
    ----------
    tag
        As its progress is reported: ``condLSTM-s1``.
    model
        Name of the forecaster.
    windows, held_back
        Number of windows (stretches, where there is a warm-up) of the part that is trained on and of the validation
        part.
    per_epoch
        Windows drawn in an epoch, at most.
    batch, epochs
        Windows in a step; epochs, at most.
    may_stop
        True where training may stop before the last epoch.
    unit
        ``windows`` or ``stretches``.
    cost
        Of one window: see :func:`work_of_window`.
    gigabytes
        Of memory that its process takes.
    cores
        That can work on it at a time.
    done
        Share that an earlier run left in the checkpoint.
    """

    tag: str
    model: str
    windows: int
    held_back: int
    per_epoch: int | None
    batch: int
    epochs: int
    may_stop: bool
    unit: str
    cost: float
    gigabytes: float
    cores: int = 1
    done: float = 0.0

    @property
    def drawn(self) -> int:
        """Windows of an epoch."""
        return min(self.windows, self.per_epoch or self.windows)

    @property
    def batches(self) -> int:
        """Steps of an epoch."""
        return math.ceil(self.drawn / self.batch)

    def work(self, share: float = 1.0) -> float:
        """Give the work that a share of the fit has taken: an epoch's validation comes when it has ended."""
        if share <= 0:
            return 0.0
        over = math.ceil(share * self.epochs - 1e-6) - (share < 1)
        validated = min(self.held_back, MOST_VALIDATED) if self.unit == "windows" else self.held_back
        return self.cost * (share * self.epochs * self.drawn + over * validated * VALIDATION[self.unit])


def makespan(seconds: Sequence[float], workers: int, cores: Sequence[int] = ()) -> float:
    """Say when the last of several jobs is done, each taken in turn by the first worker that is free.

    Parameters
    ----------
    seconds
        What each takes, in order, while as many go on as at the beginning.
    workers
        At least 1; each has a core.
    cores
        How many can work on each job at a time, once there are cores to spare; one by default.

    Returns
    -------
    float
        Seconds from now.

    Examples
    --------
    >>> makespan([3, 1, 1, 2], 2)
    4.0
    >>> round(makespan([3, 1], 2, [2, 1]), 1)  # two seconds' work is left, on two cores
    2.2
    """
    waiting = list(zip(seconds, cores or [1] * len(seconds), strict=True))
    at_first = min(workers, len(waiting))
    running: list[tuple[float, int]] = []
    now = 0.0
    while waiting or running:
        free = workers - len(running)
        running, waiting = running + waiting[:free], waiting[free:]
        paces = [_speed(most, workers / len(running)) / _speed(most, workers / at_first) for _, most in running]
        step = min(left / pace for (left, _), pace in zip(running, paces, strict=True))
        now += step
        after = [(left - step * pace, most) for (left, most), pace in zip(running, paces, strict=True)]
        running = [(left, most) for left, most in after if left > 1e-12 * now]
    return now


def _speed(most: int, share: float) -> float:
    """Give the speed of a job on its share of the cores, in that of one."""
    return 1 + ANOTHER_CORE * (max(min(most, share), 1) - 1)


class Outlook:
    """Listens to the first fits and says once how long all will take.

    The pace of a fit is its work over the time that it took, validation counted apart. A model that has not begun
    goes at the mean pace of the others, whatever its head.

    Parameters
    ----------
    fits
        All that are to be done.
    workers
        How many go on at a time.
    say
        Takes a line.
    clock
        Gives seconds.
    """

    def __init__(
        self,
        fits: Sequence[PlannedFit],
        workers: int,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fits = {fit.tag: fit for fit in fits}
        self._workers = workers
        self._say = say
        self._clock = clock
        self._shares = {fit.tag: fit.done for fit in fits}
        self._begun: dict[str, tuple[float, float]] = {}
        self._paces: dict[str, float] = {}
        self._said = False

    def hear(self, tag: str, share: float) -> None:
        """Hear of progress.

        Parameters
        ----------
        tag
            Of what goes on; what is no fit is not listened to.
        share
            How much of it is done; 1 where it has ended, however it did.
        """
        fit = self._fits.get(tag)
        if self._said or fit is None or share <= 0:
            return
        now = self._clock()
        self._shares[tag] = share
        if share >= 1:  # done, or failed
            return
        begun, first = self._begun.setdefault(tag, (now, share))
        if (share - first) * fit.epochs * fit.batches >= STEPS - 1e-6 and now - begun >= SECONDS:
            self._paces[tag] = (now - begun) / (fit.work(share) - fit.work(first))
        left = [fit for fit in self._fits.values() if self._shares[fit.tag] < 1]
        under_way = [fit.tag for fit in left if fit.tag in self._begun]
        awaited = min(self._workers, len(left))
        if left and len(under_way) >= awaited and all(tag in self._paces for tag in under_way):
            self._said = True
            self._say(self._line(left))

    def _line(self, left: Sequence[PlannedFit]) -> str:
        seconds = [self._pace(fit) * (fit.work() - fit.work(self._shares[fit.tag])) for fit in left]
        whole = spoken(makespan(seconds, self._workers, [fit.cores for fit in left]))
        most = "at most " if any(fit.may_stop for fit in left) else ""
        return f"time: {most}about {whole} for {'the fit' if len(left) == 1 else f'the {len(left)} fits'}"

    def _pace(self, fit: PlannedFit) -> float:
        same = [pace for tag, pace in self._paces.items() if self._fits[tag].model == fit.model]
        return fmean(same or self._paces.values())
