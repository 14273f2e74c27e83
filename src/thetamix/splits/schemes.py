"""The schemes: who is trained on and who is evaluated.

Every scheme is a function of plain arrays that returns an int8 part over (cluster, depth, replicate, time). A draw
depends on the seed and on the names and numbers of what is drawn, so that adding a cluster leaves the others' draws
alone, and a longer record those of its first years.
"""

import zlib
from collections.abc import Sequence

import numpy as np

from thetamix.splits.parts import EVALUATION, NEITHER, TRAINING
from thetamix.system.errors import InputError

EPOCH = np.datetime64("1970-01-01", "ns")
#: So many consecutive blocks are shared out together, in the wanted share; 2 of 5 are evaluated in the paper's.
STRATUM = 5


def block_numbers(midpoints: np.ndarray, length: np.timedelta64) -> np.ndarray:
    """Number the blocks: they start at 1970-01-01 + n × length, UTC.

    Parameters
    ----------
    midpoints
        Middles of the intervals (time), datetime64.
    length
        Length of a block.

    Returns
    -------
    numpy.ndarray
        The number of the block (time), int64; partial blocks keep theirs.

    Examples
    --------
    >>> days = np.array(["1970-01-01T12", "1970-03-31T12", "1970-04-01T12"], dtype="datetime64[ns]")
    >>> block_numbers(days, np.timedelta64(90, "D"))
    array([0, 0, 1])
    """
    numbers: np.ndarray = (midpoints.astype("datetime64[ns]") - EPOCH) // np.timedelta64(length, "ns")
    return numbers.astype(np.int64)


def by_blocks(
    present: np.ndarray, blocks: np.ndarray, share: float, seed: int, names: Sequence[Sequence[str]]
) -> np.ndarray:
    """Draw blocks for each series, shared by its replicates (the paper's split, its section 2.4.2).

    Parameters
    ----------
    present
        Where readings are (cluster, depth, replicate, time), boolean.
    blocks
        Number of the block (time).
    share
        Share of the blocks that is evaluated.
    seed
        Of the draw.
    names
        Of the series, by cluster and depth.

    Returns
    -------
    numpy.ndarray
        Part (cluster, depth, replicate, time), int8. Blocks without readings belong to neither part.

    Notes
    -----
    Of each :data:`STRATUM` consecutive blocks the wanted share is evaluated, chosen by lot. The side of a block
    depends on the seed, the series and the block's number alone, so that a record which grows keeps its sides; only
    where all the blocks of a short record fall on one side, one of them changes to the other.
    """
    part = np.full(present.shape, NEITHER, dtype=np.int8)
    for cluster, depth in np.ndindex(present.shape[:2]):
        there = np.any(present[cluster, depth], axis=0)
        part[cluster, depth] = _draw_blocks(blocks, there, share, seed, names[cluster][depth])
    return part


def by_calendar(present: np.ndarray, blocks: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Draw blocks that are on the same side for every series.

    Parameters
    ----------
    present, blocks, share, seed
        As in :func:`by_blocks`, whose notes hold here too.

    Returns
    -------
    numpy.ndarray
        Part (cluster, depth, replicate, time), int8.
    """
    there = np.any(present, axis=(0, 1, 2))
    drawn = _draw_blocks(blocks, there, share, seed, "calendar")
    return np.where(_has_series(present), drawn, NEITHER)


def by_clusters(present: np.ndarray, share: float, seed: int, names: Sequence[str]) -> np.ndarray:
    """Keep whole clusters out of training.

    Parameters
    ----------
    present, share, seed
        As in :func:`by_blocks`; `share` is that of the clusters.
    names
        Of the clusters (cluster).

    Returns
    -------
    numpy.ndarray
        Part (cluster, depth, replicate, time), int8.

    Raises
    ------
    InputError
        If fewer than two clusters have readings.
    """
    usable = np.flatnonzero(present.any(axis=(1, 2, 3)))
    if usable.size < 2:
        raise InputError(
            f"split: scheme clusters needs at least 2 clusters with readings, found {usable.size}; use scheme blocks"
        )
    # Every name draws a lot of its own: a new cluster moves one of the others at most.
    lots = [_generator(seed, names[cluster]).random() for cluster in usable.tolist()]
    kept_out = usable[np.argsort(lots)][: _number(share, usable.size)]
    part = np.full(present.shape[0], TRAINING)
    part[kept_out] = EVALUATION
    return np.where(_has_series(present), part[:, None, None, None], NEITHER)


def by_period(present: np.ndarray, midpoints: np.ndarray, start: np.datetime64, end: np.datetime64) -> np.ndarray:
    """Evaluate a period and train on what lies outside.

    Parameters
    ----------
    present
        Where readings are (cluster, depth, replicate, time), boolean.
    midpoints
        Middles of the intervals (time).
    start, end
        The period that is evaluated, ``start <= t < end``.

    Returns
    -------
    numpy.ndarray
        Part (cluster, depth, replicate, time), int8.
    """
    inside = (midpoints >= start) & (midpoints < end)
    part = np.where(inside, EVALUATION, TRAINING)
    return np.where(_has_series(present), part, NEITHER)


def by_replicates(present: np.ndarray, seed: int, names: Sequence[str]) -> np.ndarray:
    """Never show one profile of each cluster: it is evaluated at all times, the others are trained on.

    Every cluster has an order of its profiles, drawn by its name; the seed says whose turn it is. So as many
    consecutive seeds as a cluster has profiles, such as 1, 2 and 3, leave each of them out once.

    Parameters
    ----------
    present, seed, names
        As in :func:`by_clusters`.

    Returns
    -------
    numpy.ndarray
        Part (cluster, depth, replicate, time), int8. A cluster with one profile is only trained on.

    Raises
    ------
    InputError
        If no cluster has two profiles.
    """
    profiles = np.any(present, axis=(1, 3))
    if not (profiles.sum(axis=1) >= 2).any():
        raise InputError("split: scheme replicates needs a cluster with at least 2 replicates; use scheme blocks")
    part = np.where(present.any(axis=3), TRAINING, NEITHER)
    for cluster, there in enumerate(profiles):
        candidates = np.flatnonzero(there)
        if candidates.size >= 2:
            turns = _generator(0, names[cluster]).permutation(candidates)
            hidden = turns[seed % turns.size]
            part[cluster, :, hidden] *= 2  # TRAINING becomes EVALUATION, NEITHER stays
    return np.broadcast_to(part[..., None], present.shape).astype(np.int8)


def leave_gap(part: np.ndarray, steps: int) -> np.ndarray:
    """Drop the training steps that are nearer than a gap to an evaluation step of the same profile.

    Parameters
    ----------
    part
        Int8 (cluster, depth, replicate, time).
    steps
        Width of the gap.

    Returns
    -------
    numpy.ndarray
        Part (cluster, depth, replicate, time), int8; the evaluation part is untouched.

    Examples
    --------
    >>> part = np.array([1, 1, 1, 2, 2, 1, 1], dtype=np.int8)[None, None, None]
    >>> leave_gap(part, 1)[0, 0, 0]
    array([1, 1, 0, 2, 2, 0, 1], dtype=int8)
    """
    evaluated = part == EVALUATION
    padded = np.concatenate([np.zeros((*part.shape[:-1], 1), np.int64), evaluated.cumsum(axis=-1)], axis=-1)
    size = part.shape[-1]
    positions = np.arange(size)
    lower, upper = np.maximum(positions - steps, 0), np.minimum(positions + steps + 1, size)
    near = padded[..., upper] > padded[..., lower]
    kept: np.ndarray = np.where((part == TRAINING) & near, NEITHER, part)
    return kept


def _draw_blocks(blocks: np.ndarray, there: np.ndarray, share: float, seed: int, name: str) -> np.ndarray:
    candidates = np.unique(blocks[there])
    part = np.full(blocks.shape, NEITHER)
    if candidates.size == 0:
        return part
    lots = _lots(candidates, share, seed, name)
    evaluated = lots < 0
    if candidates.size > 1:  # both sides get something; a single block is trained on
        evaluated[lots.argmin()] = True
        if evaluated.all():
            evaluated[lots.argmax()] = False
    else:
        evaluated[:] = False
    part[np.isin(blocks, candidates)] = TRAINING
    part[np.isin(blocks, candidates[evaluated])] = EVALUATION
    return part


def _lots(numbers: np.ndarray, share: float, seed: int, name: str) -> np.ndarray:
    """Draw a lot for each block by its number: those below zero are evaluated."""
    strata, place = np.unique(numbers // STRATUM, return_inverse=True)
    start = _generator(seed, name).random()
    # How many of a stratum are evaluated: whole numbers whose running sum follows the share.
    quota = np.floor(STRATUM * share * (strata + 1) + start) - np.floor(STRATUM * share * strata + start)
    ranks = np.stack(
        [_generator(seed, name, abs(number), int(number < 0)).permutation(STRATUM) for number in strata.tolist()]
    )
    lots: np.ndarray = ranks[place, numbers % STRATUM] - quota[place]
    return lots


def _number(share: float, size: int) -> int:
    # Both sides get something where there are two to share out; a single block is trained on.
    return min(max(round(share * size), 1), size - 1) if size > 1 else 0


def _has_series(present: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.any(present, axis=(2, 3), keepdims=True), present.shape)


def _generator(seed: int, name: str, *numbers: int) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(name.encode()), *numbers])
