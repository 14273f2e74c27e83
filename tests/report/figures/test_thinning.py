import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from thetamix.report.figures.thinning import pick, thinned


@given(st.integers(0, 5000), st.integers(1, 500))
def test_no_more_positions_than_asked_for_and_all_where_there_are_few(size, most):
    chosen = pick(size, most)
    assert len(chosen) <= most
    assert (np.diff(chosen) > 0).all()
    assert size > most or len(chosen) == size


@given(arrays(float, st.integers(1, 300), elements=st.floats(-1, 1) | st.just(np.nan)), st.integers(1, 100))
def test_stretches_lose_no_extreme(values, most):
    found = thinned(values, most)
    assert len(found.middle) <= most
    known = values[np.isfinite(values)]
    if known.size:
        assert np.nanmin(found.low) == known.min()
        assert np.nanmax(found.high) == known.max()
        there = np.isfinite(found.mean)
        assert (found.low[there] <= found.mean[there] + 1e-12).all()
        assert (found.mean[there] <= found.high[there] + 1e-12).all()
    else:
        assert np.isnan(found.mean).all()


def test_short_series_are_drawn_as_they_are():
    values = np.array([0.1, np.nan, 0.3])
    found = thinned(values, 10)
    assert found.middle.tolist() == [0, 1, 2]
    for part in (found.low, found.mean, found.high):
        np.testing.assert_array_equal(part, values)
