"""Whole blocks of the training part, held back to choose the best epoch."""

import numpy as np

from thetamix.network.by_series import Key, Mask

#: Keeps the draw apart from others that start from the same seed.
_STREAM = 5


def hold_back(trained: Mask, blocks: np.ndarray, share: float, seed: int, *, by_series: bool) -> Mask:
    """Choose the validation part.

    It has to ask what the evaluation asks: where that draws blocks for each series, so does this, as evenly among the
    series as their numbers of blocks allow; elsewhere a block is held back for all series at once.

    Parameters
    ----------
    trained
        Readings of the training part.
    blocks
        Number of the calendar block of each step (time).
    share
        Of the blocks with trained readings, how many are held back; at least one, and never the last one of a series.
    seed
        Of the draw.
    by_series
        True where blocks are drawn for each series.

    Returns
    -------
    Mask
        A subset of `trained`; none of what lies in a single block.
    """
    rng = np.random.default_rng([seed, _STREAM])
    apart = [[key] for key in trained] if by_series else [list(trained)]
    turns = [rng.permutation(np.unique(blocks[_read(trained, group)])) for group in apart]
    # Each series offers all but one, spread over its share of the whole: a short record gives fewer.
    offered = [
        ((turn + rng.random()) / len(given), number, block)
        for number, given in enumerate(turns)
        for turn, block in enumerate(given[:-1])
    ]
    count = max(round(share * sum(map(len, turns))), 1)
    held: dict[Key, list[int]] = {}
    for _, number, block in sorted(offered)[:count]:
        for key in apart[number]:
            held.setdefault(key, []).append(block)
    arrays = ((key, trained[key] & np.isin(blocks, chosen)) for key, chosen in held.items())
    return Mask(trained.shape, np.False_, arrays)


def _read(trained: Mask, group: list[Key]) -> np.ndarray:
    """Say when some of several series is read (time)."""
    steps = np.zeros(trained.shape[3], dtype=bool)
    for key in group:
        steps |= trained[key].any(axis=0)
    return steps
