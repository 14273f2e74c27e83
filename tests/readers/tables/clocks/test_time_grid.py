"""The grid under stamps that are near it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thetamix.readers.tables.clocks.time_grid import Scan, nearest_grid
from thetamix.system.errors import InputError

HOUR, MINUTE = np.timedelta64(3600 * 10**9, "ns"), np.timedelta64(60 * 10**9, "ns")
START = np.datetime64("2020-01-01", "ns")


def scan(ends, snap=5 * MINUTE):
    result = Scan(HOUR, snap)
    half = len(ends) // 2
    for part in (slice(None, half), slice(half, None)):
        result.add(ends[part], np.arange(len(ends))[part] + 2)
    return result


@given(st.lists(st.integers(-300, 300), min_size=1, max_size=40), st.integers(0, 3))
def test_stamps_go_to_the_nearest_point_or_nowhere(seconds, quarter):
    phase = int(quarter * 15 * MINUTE.astype(int))
    points = START + np.timedelta64(phase, "ns") + np.arange(len(seconds)) * HOUR
    ends = points + np.array(seconds) * np.timedelta64(10**9, "ns")
    moved = nearest_grid(ends, phase, HOUR, 2 * MINUTE)
    near = np.abs(seconds) <= 120
    assert (moved[near] == points[near]).all()
    assert np.isnat(moved[~near]).all()


def test_half_a_step_goes_to_the_interval_that_it_lies_in():
    end = np.array([START - 30 * MINUTE])
    assert nearest_grid(end, 0, HOUR, 30 * MINUTE) == START


@pytest.mark.parametrize(
    ("minutes", "phase"),
    [
        ([0, 0, 0, 0, 7], 0),  # a row that is off does not pull the grid
        ([3, 0, 0, 0, 0], 0),
        ([2, 2, 2, 3, 3], 0),  # a round place in reach
        ([30, 31, 30, 29, 30], 30),
        ([58, 59, 59, 58, 59], 0),
        ([47, 47, 46, 46, 46], 45),
        ([22.5] * 5, 20),
    ],
)
def test_the_grid_is_a_round_place_in_reach_of_most(minutes, phase):
    ends = START + np.arange(5) * HOUR + (np.array(minutes) * 60).astype(int) * np.timedelta64(10**9, "ns")
    assert scan(ends).main_phase == phase * MINUTE.astype(int)


def test_without_snap_most_stamps_are_the_grid():
    ends = START + np.arange(5) * HOUR + np.array([7, 7, 7, 0, 0]) * MINUTE
    assert scan(ends, 0 * MINUTE).main_phase == 7 * MINUTE.astype(int)


def test_how_many_are_moved_and_how_far():
    ends = START + np.arange(4) * HOUR + np.array([0, 1, -2, 0]) * MINUTE
    assert scan(ends).moved(0) == (2, 2 * MINUTE)


@pytest.mark.parametrize(
    ("minutes", "advice"),
    [
        ([0, 0, 0, 3], "snap: 5min"),
        ([0, 15, 30, 45], "give it step: 15min"),
        ([0, 30, 0, 30], "snap: 30min"),
        ([0, 0, 0, 59], "snap: 1min"),
    ],
)
def test_advice(minutes, advice):
    ends = START + np.arange(4) * HOUR + np.array(minutes) * MINUTE
    with pytest.raises(InputError, match=advice):
        scan(ends, 0 * MINUTE).require_phase(0, "f.csv", "the grid")
