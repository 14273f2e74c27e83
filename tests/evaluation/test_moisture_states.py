"""Bins of soil moisture."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from thetamix.evaluation.moisture_states import NO_STATE, STATES, state_limits, state_name, state_number


@given(st.floats(0.0, 0.9999))
def test_moisture_lies_within_its_bin(moisture):
    low, high = state_limits(int(state_number(np.array([moisture]))[0]))
    assert low - 1e-7 <= moisture < high


def test_limits_belong_to_the_upper_bin():
    edges = np.array([round(0.05 * i, 2) for i in range(STATES)])
    np.testing.assert_array_equal(state_number(edges), np.arange(STATES))
    assert state_number(np.array([1.0, np.inf, -1e-9])).tolist() == [NO_STATE] * 3


def test_names():
    assert [state_name(i) for i in (0, 3, 19)] == ["0.00-0.05", "0.15-0.20", "0.95-1.00"]
    assert np.isnan(state_limits(NO_STATE)).all()
