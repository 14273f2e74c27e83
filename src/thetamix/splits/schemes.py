"""The schemes: who is trained on and who is evaluated.

Every scheme takes a mask of the readings that count and gives the part of each series that has some. A draw
depends on the seed and on the names and numbers of what is drawn, so that adding a cluster leaves the others' draws
alone, and a longer record those of its first years.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from thetamix.network.by_series import Key, Mask, Part
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


def by_blocks(present: Mask, blocks: np.ndarray, share: float, seed: int, names: Sequence[Sequence[str]]) -> Part:
    """Draw blocks for each series, shared by its replicates (the paper's split, its section 2.4.2).

    Parameters
    ----------
    present
        Where readings are.
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
    Part
        Blocks without readings belong to neither part.

    Notes
    -----
    Of each :data:`STRATUM` consecutive blocks the wanted share is evaluated, chosen by lot. The side of a block
    depends on the seed, the series and the block's number alone, so that a record which grows keeps its sides; only
    where all the blocks of a short record fall on one side, one of them changes to the other.
    """

    def draw(key: Key) -> np.ndarray:
        cluster, depth = key
        return _draw_blocks(blocks, np.any(present[key], axis=0), share, seed, names[cluster][depth])

    return _shared(present, draw)


def by_calendar(present: Mask, blocks: np.ndarray, share: float, seed: int) -> Part:
    """Draw blocks that are on the same side for every series; see :func:`by_blocks`, whose notes hold here too."""
    drawn = _draw_blocks(blocks, np.any(present.steps(), axis=0), share, seed, "calendar")
    return _shared(present, lambda _: drawn)


def by_clusters(present: Mask, share: float, seed: int, names: Sequence[str]) -> Part:
    """Keep whole clusters out of training: so many as are the share of all with readings.

    Raises
    ------
    InputError
        If fewer than two clusters have readings.
    """
    usable = np.unique([cluster for cluster, _ in present])
    if usable.size < 2:
        raise InputError(
            f"split: scheme clusters needs at least 2 clusters with readings, found {usable.size}; use scheme blocks"
        )
    # Every name draws a lot of its own: a new cluster moves one of the others at most.
    lots = [_generator(seed, names[cluster]).random() for cluster in usable.tolist()]
    kept_out = usable[np.argsort(lots)][: _number(share, usable.size)].tolist()
    return _shared(present, lambda key: EVALUATION if key[0] in kept_out else TRAINING)


def by_groups(present: Mask, groups: Sequence[str], folds: int, seed: int) -> Part:
    """Keep groups of clusters out of training, a fold of them with each seed.

    Groups are shared out to folds of nearly as many clusters, the largest first, equal ones by lots of their names;
    the seed says whose turn it is. So as many consecutive seeds as there are folds, such as 1 to 5, keep each
    cluster out once.

    Parameters
    ----------
    present
        Where readings are.
    groups
        Name of the group of each cluster (cluster).
    folds
        How many.
    seed
        Whose turn it is.

    Raises
    ------
    InputError
        If clusters with readings are of fewer groups than there are folds.
    """
    sizes = Counter(groups[cluster] for cluster in {cluster for cluster, _ in present})
    if len(sizes) < folds:
        raise InputError(
            f"split: {folds} folds need as many groups of clusters with readings, found {len(sizes)} "
            f"({', '.join(sorted(sizes)[:5])}); use fewer folds, smaller squares or scheme clusters"
        )
    lots = {name: _generator(0, name).random() for name in sizes}
    filled = np.zeros(folds, dtype=int)
    fold: dict[str, int] = {}
    for name in sorted(sizes, key=lambda name: (-sizes[name], lots[name])):
        fold[name] = int(filled.argmin())
        filled[fold[name]] += sizes[name]
    return _shared(present, lambda key: EVALUATION if fold[groups[key[0]]] == seed % folds else TRAINING)


def by_names(present: Mask, groups: Sequence[str], kept_out: Sequence[str]) -> Part:
    """Keep the groups of clusters (cluster) with these names out of training."""
    names = set(kept_out)
    return _shared(present, lambda key: EVALUATION if groups[key[0]] in names else TRAINING)


def by_period(present: Mask, midpoints: np.ndarray, start: np.datetime64, end: np.datetime64) -> Part:
    """Evaluate a period, ``start <= midpoint < end``, and train on what lies outside."""
    part = np.where((midpoints >= start) & (midpoints < end), EVALUATION, TRAINING)
    return _shared(present, lambda _: part)


def by_replicates(present: Mask, seed: int, names: Sequence[str]) -> Part:
    """Never show one profile of each cluster: it is evaluated at all times, the others are trained on.

    Every cluster has an order of its profiles, drawn by its name; the seed says whose turn it is. So as many
    consecutive seeds as a cluster has profiles, such as 1, 2 and 3, leave each of them out once. A cluster with one
    profile is only trained on.

    Raises
    ------
    InputError
        If no cluster has two profiles.
    """
    profiles = np.zeros((present.shape[0], present.shape[2]), dtype=bool)
    for (cluster, _), readings in present.items():
        profiles[cluster] |= readings.any(axis=1)
    if not (profiles.sum(axis=1) >= 2).any():
        raise InputError("split: scheme replicates needs a cluster with at least 2 replicates; use scheme blocks")
    label = np.full(profiles.shape, TRAINING)
    for cluster, there in enumerate(profiles):
        candidates = np.flatnonzero(there)
        if candidates.size >= 2:
            turns = _generator(0, names[cluster]).permutation(candidates)
            label[cluster, turns[seed % turns.size]] = EVALUATION
    arrays = (
        (key, np.where(readings.any(axis=1), label[key[0]], NEITHER)[:, None].repeat(readings.shape[1], axis=1))
        for key, readings in present.items()
    )
    return Part(present.shape, NEITHER, arrays)


def leave_gap(part: Part, steps: int) -> Part:
    """Drop the training steps that are nearer than a gap to an evaluation step of the same profile.

    Examples
    --------
    >>> part = np.array([1, 1, 1, 2, 2, 1, 1], dtype=np.int8)[None, None, None]
    >>> leave_gap(Part.of(part), 1)[0, 0]
    array([[1, 1, 0, 2, 2, 0, 1]], dtype=int8)
    """
    size = part.shape[-1]
    positions = np.arange(size)
    lower, upper = np.maximum(positions - steps, 0), np.minimum(positions + steps + 1, size)

    def without(labels: np.ndarray) -> np.ndarray:
        counts = np.pad((labels == EVALUATION).cumsum(axis=-1), ((0, 0), (1, 0)))
        near = counts[:, upper] > counts[:, lower]
        return np.where((labels == TRAINING) & near, NEITHER, labels)

    return part.map(without)


def _shared(present: Mask, label: Callable[[Key], np.ndarray | np.int8]) -> Part:
    """Give all replicates of each series that has readings the same labels (time)."""
    return Part(present.shape, NEITHER, ((key, np.broadcast_to(label(key), present.shape[2:])) for key in present))


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
    strata, stratum = np.unique(numbers // STRATUM, return_inverse=True)
    start = _generator(seed, name).random()
    # How many of a stratum are evaluated: whole numbers whose running sum follows the share.
    quota = np.floor(STRATUM * share * (strata + 1) + start) - np.floor(STRATUM * share * strata + start)
    ranks = np.stack(
        [_generator(seed, name, abs(number), int(number < 0)).permutation(STRATUM) for number in strata.tolist()]
    )
    lots: np.ndarray = ranks[stratum, numbers % STRATUM] - quota[stratum]
    return lots


def _number(share: float, size: int) -> int:
    # Both sides get something where there are two to share out; a single block is trained on.
    return min(max(round(share * size), 1), size - 1) if size > 1 else 0


def _generator(seed: int, name: str, *numbers: int) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(name.encode()), *numbers])
