"""Blocks held back: whole, of the training part."""

import numpy as np
import pytest

from thetamix.network.by_series import Mask
from thetamix.training import hold_back as module


@pytest.fixture
def trained():
    rng = np.random.default_rng(3)
    return rng.random((3, 2, 2, 200)) < 0.7


def hold_back(trained, blocks, share, seed, *, by_series):
    return module.hold_back(Mask.of(trained), blocks, share, seed, by_series=by_series).dense()


BLOCKS = np.repeat(np.arange(10), 20)


@pytest.mark.parametrize(("share", "count"), [(0.15, 2), (0.3, 3), (0.01, 1), (0.5, 5)])
def test_whole_blocks_of_what_is_trained(trained, share, count):
    held = hold_back(trained, BLOCKS, share, 1, by_series=False)
    drawn = np.unique(BLOCKS[held.any(axis=(0, 1, 2))])
    assert drawn.size == count
    assert (held == (trained & np.isin(BLOCKS, drawn))).all()


def test_blocks_without_trained_readings_are_not_drawn(trained):
    trained[..., 40:] = False
    held = hold_back(trained, BLOCKS, 0.5, 1, by_series=False)
    assert held.any()
    assert (trained & ~held).any()


def test_the_only_block_is_never_held_back(trained):
    trained[..., 20:] = False
    assert not hold_back(trained, BLOCKS, 0.5, 1, by_series=False).any()


def test_another_seed_draws_others(trained):
    draws = {
        tuple(np.flatnonzero(hold_back(trained, BLOCKS, 0.3, seed, by_series=False).any(axis=(0, 1, 2))))
        for seed in range(9)
    }
    assert len(draws) > 3
    assert (
        hold_back(trained, BLOCKS, 0.3, 4, by_series=False) == hold_back(trained, BLOCKS, 0.3, 4, by_series=False)
    ).all()


def given(held):
    """How many blocks each series gives."""
    return [np.unique(BLOCKS[held[place].any(axis=0)]).size for place in np.ndindex(held.shape[:2])]


@pytest.mark.parametrize("share", [0.01, 0.05, 0.1, 0.25, 0.5])
def test_series_give_the_share_together_and_as_evenly_as_they_can(trained, share):
    counts = given(hold_back(trained, BLOCKS, share, 1, by_series=True))
    assert sum(counts) == max(round(share * 60), 1)
    assert max(counts) - min(counts) <= 1


def test_which_series_give_is_drawn(trained):
    asked = {tuple(given(hold_back(trained, BLOCKS, 0.05, seed, by_series=True))) for seed in range(9)}
    assert len(asked) > 3


def test_a_short_record_gives_as_small_a_share_as_a_long_one(trained):
    blocks = np.arange(200)
    trained[:2, :, :, 10:] = False  # four series of ten blocks, two of two hundred
    trained[..., :10] = True
    trained[2] = True
    held = hold_back(trained, blocks, 0.2, 1, by_series=True)
    short = [held[place].any(axis=0).sum() for place in np.ndindex(2, 2)]
    assert sum(short) <= 12
    assert max(short) <= 3
    assert held.any(axis=2).sum() == round(0.2 * 440)


def test_each_series_has_its_own_blocks_that_its_replicates_share(trained):
    held = hold_back(trained, BLOCKS, 0.3, 1, by_series=True)
    draws = set()
    for place in np.ndindex(3, 2):
        drawn = np.unique(BLOCKS[held[place].any(axis=0)])
        assert drawn.size == 3
        assert (held[place] == (trained[place] & np.isin(BLOCKS, drawn))).all()
        draws.add(tuple(drawn))
    assert len(draws) > 3
