"""Blocks held back: whole, of the training part, the same for all series."""

import numpy as np
import pytest

from thetamix.training.hold_back import hold_back


@pytest.fixture
def trained():
    rng = np.random.default_rng(3)
    return rng.random((3, 2, 2, 200)) < 0.7


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
        hold_back(trained, BLOCKS, 0.3, 4, by_series=False)
        == hold_back(trained, BLOCKS, 0.3, 4, by_series=False)
    ).all()


def given(held):
    """How many blocks each series gives."""
    return [np.unique(BLOCKS[held[place].any(axis=0)]).size for place in np.ndindex(held.shape[:2])]


@pytest.mark.parametrize("share", [0.01, 0.05, 0.1, 0.25, 0.5])
def test_series_give_the_share_together_and_as_evenly_as_they_can(trained, share):
    trained[0, 0, :, 60:] = False  # three blocks, of which it can give two
    held = hold_back(trained, BLOCKS, share, 1, by_series=True)
    counts = given(held)
    assert sum(counts) == max(round(share * 53), 1)
    most = max(counts[1:])
    assert min(counts[1:]) >= most - 1
    assert counts[0] in (min(most, 2), min(most - 1, 2))
    asked = {tuple(given(hold_back(trained, BLOCKS, share, seed, by_series=True))) for seed in range(9)}
    assert len(asked) > 1 or share in (0.25, 0.5)  # which ones give is drawn


def test_each_series_has_its_own_blocks_that_its_replicates_share(trained):
    held = hold_back(trained, BLOCKS, 0.3, 1, by_series=True)
    draws = set()
    for place in np.ndindex(3, 2):
        drawn = np.unique(BLOCKS[held[place].any(axis=0)])
        assert drawn.size == 3
        assert (held[place] == (trained[place] & np.isin(BLOCKS, drawn))).all()
        draws.add(tuple(drawn))
    assert len(draws) > 3
