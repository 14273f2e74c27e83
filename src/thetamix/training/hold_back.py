"""Whole blocks of the training part, held back to choose the best epoch."""

import numpy as np

#: Keeps the draw apart from others that start from the same seed.
_STREAM = 5


def hold_back(trained: np.ndarray, blocks: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Choose the validation part: calendar blocks, the same for all series.

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

    Returns
    -------
    numpy.ndarray
        Readings of the validation part, a subset of `trained`; none where all lie in one block.
    """
    known = np.unique(blocks[trained.any(axis=(0, 1, 2))])
    count = min(max(round(share * known.size), 1), known.size - 1)
    drawn = np.random.default_rng([seed, _STREAM]).choice(known, size=max(count, 0), replace=False)
    held: np.ndarray = trained & np.isin(blocks, drawn)
    return held
