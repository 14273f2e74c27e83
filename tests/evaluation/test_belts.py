"""Belts against root finding and brute force; matched belts against the law that they are drawn from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import ks_2samp, norm

from thetamix.evaluation.belts import (
    DRAWN,
    INSTRUMENT_SD,
    belt_of_forecast,
    belt_of_readings,
    draw_readings,
    series_belts,
)
from thetamix.evaluation.paired_series import PairedSeries
from thetamix.evaluation.series_forecast import SeriesForecast, distinct_rows
from thetamix.network.series import Series

MOISTURE = st.floats(0.0, 0.7)
OF_ONE_SENSOR = 2 * norm.ppf(0.8) * INSTRUMENT_SD


def quantile(level: float, weight: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> float:
    def excess(x: float) -> float:
        return float((weight * norm.cdf(x, mean, sd)).sum() - level)

    return brentq(excess, (mean - 9 * sd).min(), (mean + 9 * sd).max(), xtol=1e-15)


def belt(weight: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> float:
    return quantile(0.8, weight, mean, sd) - quantile(0.2, weight, mean, sd)


def forecast(weight, mean, sd, replicate=None) -> SeriesForecast:
    arrays = [np.asarray(a, dtype=np.float32) for a in np.broadcast_arrays(weight, mean, sd)]
    return SeriesForecast(*arrays, None if replicate is None else np.array(replicate))


def evaluated(readings: np.ndarray, observed: np.ndarray | None = None, **forecasts: SeriesForecast):
    return PairedSeries(
        series=Series(0, 0, "c00", 0.1, (True,) * readings.shape[1]),
        steps=np.arange(len(readings)),
        readings=readings,
        observed=readings.mean(axis=1) if observed is None else observed,
        forecasts=forecasts,
        unpredicted=dict.fromkeys(forecasts, 0),
    )


@given(st.lists(MOISTURE, min_size=2, max_size=4))
def test_the_belt_of_readings_is_that_of_their_mixture(readings):
    # of five distant readings, a fifth lies below a whole interval: there is no one quantile
    values = np.array(readings)
    expected = belt(np.full(values.size, 1 / values.size), values, np.full(values.size, INSTRUMENT_SD))
    assert belt_of_readings(values[None])[0] == pytest.approx(expected, abs=1e-11)


@pytest.mark.parametrize("replicates", [2, 3, 7])
def test_identical_sensors_have_the_belt_of_one(replicates):
    assert belt_of_readings(np.full((4, replicates), 0.3)) == pytest.approx([OF_ONE_SENSOR] * 4, abs=1e-12)
    assert pytest.approx(0.0336648, abs=1e-7) == OF_ONE_SENSOR


@given(MOISTURE, MOISTURE, MOISTURE, st.floats(-0.1, 0.1))
def test_a_belt_depends_on_differences_alone_and_is_never_below_that_of_one_sensor(a, b, c, shift):
    readings = np.array([[a, b, c], [c + shift, a + shift, b + shift]])
    one, other = belt_of_readings(readings)
    assert one == pytest.approx(other, abs=1e-11)
    assert one >= OF_ONE_SENSOR - 1e-12


def test_two_readings_far_apart_and_near():
    difference = np.array([0.0, 1e-9, 0.019, 0.199, 0.2, 0.201, 0.9])
    readings = np.stack([np.full(7, 0.05), 0.05 + difference], axis=1)
    half, sd = np.full(2, 0.5), np.full(2, INSTRUMENT_SD)
    expected = [belt(half, row, sd) for row in readings]
    np.testing.assert_allclose(belt_of_readings(readings), expected, atol=1e-11)


def test_one_reading_or_a_missing_one_has_no_belt():
    assert np.isnan(belt_of_readings(np.array([[0.3]]))).all()
    got = belt_of_readings(np.array([[0.2, np.nan, 0.3], [0.2, 0.25, 0.3]]))
    assert np.isnan(got[0])
    assert np.isfinite(got[1])
    assert np.isnan(belt_of_readings(np.array([[np.nan, 0.2]]))).all()
    assert belt_of_readings(np.empty((0, 3))).shape == (0,)


def test_the_belt_of_a_forecast():
    rng = np.random.default_rng(0)
    weight = rng.dirichlet(np.ones(3), 6)
    mean, sd = rng.uniform(0.1, 0.5, (6, 3)), rng.uniform(0.01, 0.1, (6, 3))
    said = forecast(weight, mean, sd)
    expected = [
        belt(w / w.sum(), m, s)
        for w, m, s in zip(*(a.astype(float) for a in vars(said).values() if a is not None), strict=True)
    ]
    np.testing.assert_allclose(belt_of_forecast(said), expected, atol=1e-10)


def test_repeated_mixtures_are_the_same_mixture():
    said = forecast(0.5, np.repeat([[0.1, 0.2], [0.1, 0.4], [0.1, 0.2]], [3, 1, 2], axis=0), 0.02)
    first, number = distinct_rows(said.mean, said.sd, said.weight)
    np.testing.assert_array_equal(first, [0, 3, 4])
    np.testing.assert_array_equal(number, [0, 0, 0, 1, 2, 2])
    got = belt_of_forecast(said)
    assert got[0] == got[2] == got[5] < got[3]


def test_a_point_and_a_missing_forecast_have_no_belt():
    point = forecast(1.0, np.full((3, 1), 0.2), 0.0)
    missing = forecast(np.nan, np.full((3, 2), np.nan), np.nan)
    for said in (point, missing):
        assert np.isnan(belt_of_forecast(said)).all()
        assert np.isnan(draw_readings(said, np.arange(2), np.random.default_rng(0))).all()
        belts = series_belts(evaluated(np.full((3, 2), 0.2), x=said), seed=1)
        assert np.isnan(belts.matched["x"]).all()


def test_draws_follow_the_mixture_and_are_independent():
    weight, mean, sd = [0.2, 0.8], [0.1, 0.4], [0.02, 0.05]
    said = forecast([weight] * 8000, [mean], [sd])
    drawn = draw_readings(said, np.arange(3), np.random.default_rng(1))
    assert drawn.shape == (8000, 3)
    rng = np.random.default_rng(2)
    component = (rng.random(24_000) >= 0.2).astype(int)
    brute = rng.normal(np.array(mean)[component], np.array(sd)[component])
    assert ks_2samp(drawn.ravel(), brute).pvalue > 0.01
    correlation = np.corrcoef(drawn.T)
    assert np.abs(correlation[np.triu_indices(3, 1)]).max() < 0.04


def test_told_replicates_are_drawn_once_each():
    said = forecast(1 / 3, [[0.1, 0.3, 0.5]] * 50, 1e-4, replicate=[2, 0, 1])
    drawn = draw_readings(said, np.array([0, 2]), np.random.default_rng(0))
    np.testing.assert_allclose(drawn, np.broadcast_to([0.3, 0.1], (50, 2)), atol=1e-3)


def test_a_replicate_that_is_not_told_makes_no_matched_belt():
    said = forecast(0.5, [[0.1, 0.3]] * 5, 0.02, replicate=[0, 1])
    assert np.isnan(draw_readings(said, np.array([0, 1, 2]), np.random.default_rng(0))).all()


def test_matched_belts_are_those_of_readings_from_the_law():
    """Three readings of N(m, s²): by brute force, and with a mean below the belt of the law itself."""
    steps, sd = 3000, 0.05
    rng = np.random.default_rng(5)
    readings = rng.normal(0.3, sd, (steps, 3))
    belts = series_belts(evaluated(readings, law=forecast(1.0, np.full((steps, 1), 0.3), sd)), seed=1)
    assert belts.matched["law"].shape == (DRAWN,)
    assert ks_2samp(belts.matched["law"], belts.observed).pvalue > 0.01
    np.testing.assert_allclose(belts.predicted["law"], 2 * norm.ppf(0.8) * sd, rtol=1e-6)


def test_draws_depend_on_seed_series_and_name_alone():
    readings = np.full((20, 3), 0.3)
    said = forecast(0.5, [[0.2, 0.3]] * 20, 0.05)
    alone = series_belts(evaluated(readings, a=said), seed=1)
    together = series_belts(evaluated(readings, b=said, a=said), seed=1)
    np.testing.assert_array_equal(alone.matched["a"], together.matched["a"])
    assert (together.matched["a"] != together.matched["b"]).all()
    every = series_belts(evaluated(readings, a=said), seed=1, at_every_step=True)
    np.testing.assert_array_equal(every.drawn_at, np.arange(20))
    assert every.matched["a"].shape == (20,)


@pytest.mark.parametrize("steps", [1, 7, 4999, 20_000])
def test_draws_are_spread_evenly_over_the_steps(steps):
    belts = series_belts(evaluated(np.full((steps, 2), 0.3)), seed=1)
    times = np.bincount(belts.drawn_at, minlength=steps)
    assert times.size == steps
    assert belts.drawn_at.size == DRAWN == pytest.approx(steps / belts.steps_of_a_draw)
    pieces = np.add.reduceat(times, np.arange(0, steps, max(steps // 5, 1)))[:5] / DRAWN
    np.testing.assert_allclose(pieces[:-1], 1 / 5 if steps >= 5 else 1, atol=0.06)


def test_steps_without_all_replicates_and_absent_replicates_are_left_out():
    readings = np.array([[0.2, np.nan, 0.3], [0.2, np.nan, np.nan], [0.1, np.nan, 0.3]])
    observed = np.array([0.25, np.nan, 0.2])
    belts = series_belts(evaluated(readings, observed, x=forecast(1.0, np.full((3, 1), 0.2), 0.05)), seed=1)
    np.testing.assert_array_equal(belts.steps, [0, 2])
    np.testing.assert_array_equal(belts.replicates, [0, 2])
    np.testing.assert_array_equal(belts.readings, [[0.2, 0.3], [0.1, 0.3]])
    np.testing.assert_array_equal(belts.state, [0.25, 0.2])
    assert set(belts.drawn_at) == {0, 1}
    assert np.isfinite(belts.observed).all()
