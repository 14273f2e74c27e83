"""How a model is trained: batches, learning rates, when to stop."""

import math
from collections.abc import Mapping, Sequence

from thetamix.training.settings import Training

#: One cycle: share of the steps in which the rate rises, and what the peak is divided by at either end.
#: Smith and Topin (2019), Super-convergence, doi:10.1117/12.2520589; the numbers are those of fastai and torch.
RISING = 0.3
START_BELOW_PEAK = 25.0
END_BELOW_START = 1e4
#: Windows of a shard (:mod:`thetamix.training.shards`), at most.
SHARD = 64
#: Windows of a batch, from which on it has several shards.
TWO_FROM = 32


def shards(batch: int) -> int:
    """Return the number of shards of a batch on the processor: so many cores can work on it."""
    return math.ceil(batch / shard(batch))


def shard(batch: int) -> int:
    """Return the size of a batch's shards, all nearly alike: two cores can work on any batch that is not small.

    Examples
    --------
    >>> [shard(batch) for batch in (8, 31, 32, 100, 129, 2048)]
    [8, 31, 16, 50, 43, 64]
    """
    pieces = max(math.ceil(batch / SHARD), 2 if batch >= TWO_FROM else 1)
    return math.ceil(batch / pieces)


def learning_rate(settings: Training, epoch: int, share: float) -> float:
    """Return Adam's learning rate in an epoch, counted from 1, when a share of all steps is done.

    Examples
    --------
    >>> settings = Training(epochs=10, learning_rate=1e-3, learning_rate_policy="one_cycle")
    >>> [round(learning_rate(settings, 1, share), 7) for share in (0.0, 0.3, 1.0)]
    [4e-05, 0.001, 0.0]
    """
    if settings.learning_rate_policy == "decay":
        return settings.learning_rate * settings.learning_rate_factor ** (epoch - 1)
    start = settings.learning_rate / START_BELOW_PEAK
    if share < RISING:
        return _between(start, settings.learning_rate, share / RISING)
    return _between(settings.learning_rate, start / END_BELOW_START, (share - RISING) / (1 - RISING))


def best_epoch(settings: Training, history: Sequence[Mapping[str, float]]) -> int | None:
    """Choose among the epochs by the CRPS of the validation part.

    Not by its likelihood: that of a few blocks hangs on a few readings far out. And not among epochs of one cycle
    that end before the rate has fallen to half of its peak: such weights have not settled, and please a few blocks by
    chance.

    Parameters
    ----------
    settings
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
        if "validation_crps" in row and _settled(settings, int(row["epoch"]))
    ]
    return min(rows)[1] if rows else None


def may_stop(settings: Training) -> bool:
    """Return whether training can end before its last epoch: one is early enough to be waited upon for so long."""
    if settings.patience is None:
        return False
    last = settings.epochs - settings.patience
    return any(_settled(settings, epoch) for epoch in range(1, last))


def _settled(settings: Training, epoch: int) -> bool:
    share = epoch / settings.epochs
    return settings.learning_rate_policy == "decay" or (
        share > RISING and learning_rate(settings, epoch, share) <= settings.learning_rate / 2
    )


def _between(first: float, last: float, share: float) -> float:
    return last + (first - last) * (1 + math.cos(math.pi * share)) / 2
