"""Arrays by series are what one dense array would be, in the same order, and take no memory for nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from thetamix.network.by_series import NOTHING, BySeries, Mask, Readings

SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 6))
MASKS = SHAPES.flatmap(lambda shape: hnp.arrays(bool, shape))


def with_gaps(mask: np.ndarray) -> np.ndarray:
    values = np.random.default_rng(1).random(mask.shape).astype(np.float32)
    return np.where(mask, values, NOTHING)


@given(MASKS)
def test_indexing_gives_what_the_dense_array_has(mask):
    dense = with_gaps(mask)
    readings = Readings.of(dense)
    assert readings.shape == dense.shape
    for key in np.ndindex(mask.shape[:2]):
        np.testing.assert_array_equal(readings[key], dense[key])
        assert readings[key].dtype == np.float32
        assert (key in readings) == mask[key].any()
    np.testing.assert_array_equal(readings.dense(), dense)
    assert list(readings) == [key for key in np.ndindex(mask.shape[:2]) if mask[key].any()]


@given(st.data())
def test_selected_values_come_in_the_order_of_the_dense_array(data):
    mask = data.draw(MASKS)
    other = data.draw(hnp.arrays(bool, mask.shape))
    dense = with_gaps(np.ones_like(mask))
    both = Mask.of(mask).map(np.logical_and, Mask.of(other))
    np.testing.assert_array_equal(Readings.of(dense).select(both), dense[mask & other])
    steps = other[:, 0, 0]
    np.testing.assert_array_equal(Mask.of(mask).within(steps).dense(), mask & steps[:, None, None])
    np.testing.assert_array_equal(Mask.of(mask).steps(), mask.any(axis=(1, 2)))


def test_series_without_readings_and_replicates_that_never_were_take_no_memory():
    dense = np.full((3, 2, 4, 1000), NOTHING)
    dense[1, 1, 2, 5] = 0.3
    readings = Readings.of(dense)
    assert sum(values.nbytes for _, values in readings._stored.values()) == 4000
    shared = BySeries((1, 1, 4, 1000), np.int8(0), [((0, 0), np.broadcast_to(np.ones(1000, np.int8), (4, 1000)))])
    assert sum(values.nbytes for _, values in shared._stored.values()) <= 1000
    assert shared.dense().sum() == 4000


def test_a_single_row_is_that_of_the_first_replicate_however_it_lies_in_memory():
    single = np.broadcast_to(np.True_, (1, 5))
    for row in (single, single.copy()):
        mask = Mask((1, 1, 3, 5), np.False_, [((0, 0), row)])
        assert mask[0, 0].sum(axis=1).tolist() == [5, 0, 0]


def test_what_is_given_cannot_be_written_to():
    readings = Readings.of(np.ones((1, 2, 1, 3), np.float32))
    with pytest.raises(ValueError, match="read-only"):
        readings[0, 1][0, 0] = 2
    assert len(readings) == 2


@given(st.data())
def test_masks_and_labels_come_back_however_often_they_change(data):
    shape = (1, 1, data.draw(st.integers(1, 3)), 300)
    edges = data.draw(st.lists(st.integers(0, shape[2] * 300), max_size=40))
    labels = (np.isin(np.arange(shape[2] * 300), edges).cumsum() % 3).astype(np.int8).reshape(shape)
    labels[..., -1] = 1
    kept = BySeries.of(labels)
    np.testing.assert_array_equal(kept[0, 0], labels[0, 0])
    assert kept[0, 0].dtype == np.int8
    mask = data.draw(hnp.arrays(bool, shape))
    np.testing.assert_array_equal(BySeries.of(mask).dense(), mask)


def test_a_mask_of_long_stretches_takes_little_memory_and_of_short_ones_no_more_than_itself():
    mask = np.zeros((1, 1, 2, 10_000), dtype=bool)
    mask[..., 2000:7000] = True
    restless = np.arange(20_000).reshape(mask.shape) % 2 == 0
    sizes = [next(iter(Mask.of(each)._stored.values()))[1].nbytes for each in (mask, restless)]
    assert sizes[0] < 50
    assert sizes[1] == 20_000
