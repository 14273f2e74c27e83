"""Whole blocks of the training part, held back to choose the best epoch."""

import numpy as np

#: Keeps the draw apart from others that start from the same seed.
_STREAM = 5


def hold_back(
    trained: np.ndarray, blocks: np.ndarray, share: float, seed: int, *, by_series: bool
) -> np.ndarray:
    """Choose the validation part.

    It has to ask what the evaluation asks: where that draws blocks for each series, so does this, from one series
    after the other in a random order until there are enough; elsewhere a block is held back for all series at once.

    Parameters
    ----------
    trained
        Readings of the training part (cluster, depth, replicate, time), boolean.
    blocks
        Number of the calendar block of each step (time).
    share
        Of the blocks with trained readings, how many are held back; at least one, and never all of a series.
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
    # Each gives one block in each turn, as long as it has another one left.
    offered = [
        (number, known[number][turn])
        for turn in range(max(map(len, known)))
        for number in rng.permutation(len(known))
        if turn < len(known[number]) - 1
    ]
    count = max(round(share * sum(map(len, known))), 1)
    held = np.zeros_like(apart)
    for number, block in offered[:count]:
        held[number] |= apart[number] & (blocks == block)
    return held.reshape(trained.shape)
