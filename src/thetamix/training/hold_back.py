"""Whole blocks of the training part, held back to choose the best epoch."""

import numpy as np

#: Keeps the draw apart from others that start from the same seed.
_STREAM = 5


def hold_back(trained: np.ndarray, blocks: np.ndarray, share: float, seed: int, *, by_series: bool) -> np.ndarray:
    """Choose the validation part.

    It has to ask what the evaluation asks: where that draws blocks for each series, so does this, as evenly among the
    series as their numbers of blocks allow; elsewhere a block is held back for all series at once.

    Parameters
    ----------
    trained
        Readings of the training part (cluster, depth, replicate, time), boolean.
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
    numpy.ndarray
        Readings of the validation part, a subset of `trained`; none of what lies in a single block.
    """
    rng = np.random.default_rng([seed, _STREAM])
    apart = trained.reshape(trained.shape[0] * trained.shape[1] if by_series else 1, -1, blocks.size)
    known = [rng.permutation(np.unique(blocks[one.any(axis=0)])) for one in apart]
    # Each series offers all but one, spread over its share of the whole: a short record gives fewer.
    offered = [
        ((turn + rng.random()) / len(given), number, block)
        for number, given in enumerate(known)
        for turn, block in enumerate(given[:-1])
    ]
    count = max(round(share * sum(map(len, known))), 1)
    held = np.zeros_like(apart)
    for _, number, block in sorted(offered)[:count]:
        held[number] |= apart[number] & (blocks == block)
    return held.reshape(trained.shape)
