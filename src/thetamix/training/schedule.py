"""How a model is trained: batches, learning rates, when to stop."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

#: One cycle: share of the steps in which the rate rises, and what the peak is divided by at either end.
#: Smith and Topin (2019), Super-convergence, doi:10.1117/12.2520589; the numbers are those of fastai and torch.
RISING = 0.3
START_BELOW_PEAK = 25.0
END_BELOW_START = 1e4
#: Windows of a shard (:mod:`thetamix.training.shards`), at most.
SHARD = 64
#: Windows of a batch, from which on it has several shards.
TWO_FROM = 32


@dataclass(frozen=True)
class Schedule:
    """How a model is trained.

    Attributes
    ----------
    epochs
        Passes over the windows, at most.
    batch
        Windows in one step.
    learning_rate
        Of Adam: in the first epoch, or at the peak of one cycle.
    policy
        ``decay``: the rate is multiplied by a factor after each epoch. ``one_cycle``: it rises and falls once.
    learning_rate_factor
        Of ``decay``.
    windows_per_epoch
        How many windows, drawn anew, make an epoch; None means all.
    drop_optional
        Share of the windows in which an optional input is withheld.
    patience
        Epochs without a better CRPS of the validation part after which training stops; None means never.
    notebook
        True for the published notebook's loss.
    """

    epochs: int
    batch: int
    learning_rate: float
    policy: Literal["decay", "one_cycle"]
    learning_rate_factor: float
    windows_per_epoch: int | None
    drop_optional: float
    patience: int | None
    notebook: bool

    @property
    def shards(self) -> int:
        """Number of shards of a batch on the processor: so many cores can work on it."""
        return math.ceil(self.batch / shard(self.batch))


def shard(batch: int) -> int:
    """Give the size of a batch's shards, all nearly alike: two cores can work on any batch that is not small.

    Parameters
    ----------
    batch
        Windows in it.

    Returns
    -------
    int
        Windows in a shard, at most.

    Examples
    --------
    >>> [shard(batch) for batch in (8, 31, 32, 100, 129, 2048)]
    [8, 31, 16, 50, 43, 64]
    """
    pieces = max(math.ceil(batch / SHARD), 2 if batch >= TWO_FROM else 1)
    return math.ceil(batch / pieces)


def learning_rate(schedule: Schedule, epoch: int, share: float) -> float:
    """Give the learning rate of a step.

    Parameters
    ----------
    schedule
        How the model is trained.
    epoch
        The current one, from 1.
    share
        Of all steps, how much is done.

    Returns
    -------
    float
        Adam's learning rate.

    Examples
    --------
    >>> plan = Schedule(10, 32, 1e-3, "one_cycle", 1.0, None, 0.0, None, False)
    >>> [round(learning_rate(plan, 1, share), 7) for share in (0.0, 0.3, 1.0)]
    [4e-05, 0.001, 0.0]
    """
    if schedule.policy == "decay":
        return schedule.learning_rate * schedule.learning_rate_factor ** (epoch - 1)
    start = schedule.learning_rate / START_BELOW_PEAK
    if share < RISING:
        return _between(start, schedule.learning_rate, share / RISING)
    return _between(schedule.learning_rate, start / END_BELOW_START, (share - RISING) / (1 - RISING))


def best_epoch(schedule: Schedule, history: Sequence[Mapping[str, float]]) -> int | None:
    """Choose among the epochs by the CRPS of the validation part.

    Not by its likelihood: that of a few blocks hangs on a few readings far out. And not among epochs of one cycle
    that end before the rate has fallen to half of its peak: such weights have not settled, and please a few blocks by
    chance.

    Parameters
    ----------
    schedule
        How the model is trained.
    history
        A row for each epoch, with ``epoch`` and ``validation_crps``.

    Returns
    -------
    int or None
        The number of an epoch; None before there is one to choose, or without a validation part.
    """
    rows = [
        (row["validation_crps"], int(row["epoch"]))
        for row in history
        if "validation_crps" in row and _settled(schedule, int(row["epoch"]))
    ]
    return min(rows)[1] if rows else None


def may_stop(schedule: Schedule) -> bool:
    """Tell whether training can end before its last epoch.

    Parameters
    ----------
    schedule
        How the model is trained.

    Returns
    -------
    bool
        True where some epoch is early enough to be waited upon for so long.
    """
    if schedule.patience is None:
        return False
    last = schedule.epochs - schedule.patience
    return any(_settled(schedule, epoch) for epoch in range(1, last))


def _settled(schedule: Schedule, epoch: int) -> bool:
    share = epoch / schedule.epochs
    return schedule.policy == "decay" or (
        share > RISING and learning_rate(schedule, epoch, share) <= schedule.learning_rate / 2
    )


def _between(one: float, other: float, share: float) -> float:
    return other + (one - other) * (1 + math.cos(math.pi * share)) / 2
