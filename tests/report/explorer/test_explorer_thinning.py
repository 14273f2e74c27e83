"""Thinned lines keep what a reader would miss."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from thetamix.report.explorer.explorer_thinning import kept_steps, liveliest


@given(st.integers(0, 10_000), st.integers(10, 120), st.integers(4, 400))
def test_extremes_of_every_replicate_are_kept(seed, count, steps):
    rng = np.random.default_rng(seed)
    readings = 0.3 + 0.1 * rng.standard_normal((3, steps)).cumsum(axis=1) * 0.01
    readings[rng.random((3, steps)) < 0.2] = np.nan
    kept = kept_steps(readings, count)
    assert (np.diff(kept) > 0).all()
    assert {0, steps - 1} <= set(kept.tolist())
    assert kept.size <= max(count, 4) + 2
    deviation = readings - np.array([np.nanmedian(r) if np.isfinite(r).any() else 0 for r in readings])[:, None]
    if np.isfinite(deviation).any():
        assert np.nanmax(deviation[:, kept]) == np.nanmax(deviation)
        assert np.nanmin(deviation[:, kept]) == np.nanmin(deviation)


def test_a_spike_of_the_drier_replicate_is_kept():
    readings = np.full((2, 1000), [[0.5], [0.1]])
    readings[1, 777] = 0.3  # below the other replicate all the same
    assert 777 in kept_steps(readings, 50)


def test_a_short_series_is_kept_whole_and_a_window_too():
    readings = np.random.default_rng(1).random((2, 500))
    assert kept_steps(readings, 500).tolist() == list(range(500))
    kept = set(kept_steps(readings, 100, slice(200, 240)).tolist())
    assert set(range(200, 240)) <= kept
    assert len(kept) <= 102


def test_a_long_gap_stays_a_gap():
    readings = np.full((1, 1000), 0.2)
    readings[:, 300:600] = np.nan
    assert any(300 <= step < 600 for step in kept_steps(readings, 40))


def test_the_liveliest_stretch_holds_the_event():
    readings = np.full((2, 400), 0.2)
    readings[:, 250:260] += np.linspace(0, 0.08, 10)
    found = liveliest(readings, 50)
    assert found.start <= 250
    assert found.stop >= 260
    assert liveliest(readings, 1000) == slice(0, 400)
    assert liveliest(np.full((1, 10), np.nan), 3) == slice(0, 3)
