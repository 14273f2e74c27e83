"""Whole blocks of the training part, held back to choose the best epoch."""

import numpy as np

#: Keeps the draw apart from others that start from the same seed.
_STREAM = 5


def hold_back(
    trained: np.ndarray, blocks: np.ndarray, share: float, seed: int, *, by_series: bool
) -> np.ndarray:
    """Choose the validation part.

    It has to ask what the evaluation asks: where that draws blocks for each series, so does this; elsewhere a block
    is held back for all series at once.

    Parameters
    ----------
    trained
        Readings of the training part (cluster, depth, replicate, time), boolean.
    blocks
        Number of the calendar block of each step (time).
    share
        Of the blocks with trained readings, how many are held back; at least one, and never all.
    seed
        Of the draw.
    by_series
        True where blocks are drawn for each series.

    Returns
    -------
    numpy.ndarray
        Readings of the validation part, a subset of `trained`; none of what lies in a single block.
    """
    held = np.zeros_like(trained)
    if by_series:
        for place in np.ndindex(trained.shape[:2]):
            held[place] = _whole_blocks(trained[place], blocks, share, [seed, _STREAM, *place])
    else:
        held[:] = _whole_blocks(trained, blocks, share, [seed, _STREAM])
    return held


def _whole_blocks(trained: np.ndarray, blocks: np.ndarray, share: float, seed: list[int]) -> np.ndarray:
    known = np.unique(blocks[trained.reshape(-1, blocks.size).any(axis=0)])
    count = min(max(round(share * known.size), 1), known.size - 1)
    drawn = np.random.default_rng(seed).choice(known, size=max(count, 0), replace=False)
    held: np.ndarray = trained & np.isin(blocks, drawn)
    return held
