"""The line from soil to sensor beside an ordinary regression, and the spread by moisture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thetamix.forecasters.process.readings import (
    GAIN,
    READINGS_IN_BIN,
    SMALLEST_SD,
    dress,
    fit_gain,
    fit_spread,
    sum_readings,
)


def regression(readings, trained, moisture):
    """Gain and mean square error by numpy's least squares with a dummy for each replicate."""
    replicate, time = np.nonzero(trained)
    dummies = np.eye(len(readings))[replicate]
    design = np.concatenate([moisture[time][:, None], dummies[:, dummies.any(axis=0)]], axis=1)
    solution, *_ = np.linalg.lstsq(design, readings[trained], rcond=None)
    return solution[0], np.mean((readings[trained] - design @ solution) ** 2)


@given(st.integers(0, 10_000), st.floats(0.1, 2.5))
def test_line_is_that_of_a_regression_with_dummies(seed, slope):
    rng = np.random.default_rng(seed)
    moisture = rng.uniform(0.1, 0.4, (60, 3))
    readings = slope * moisture[:, 0] + rng.normal(0.0, 0.1, (3, 1)) + rng.normal(0, 0.01, (3, 60))
    trained = rng.random((3, 60)) < [[0.8], [0.3], [0.0]]
    gain, cost = fit_gain(sum_readings(readings, trained, np.arange(60)), moisture)
    for column in range(3):
        expected, error = regression(readings, trained, moisture[:, column])
        if GAIN[0] < expected < GAIN[1]:
            assert gain[column] == pytest.approx(expected, rel=1e-9)
            assert cost[column] == pytest.approx(error, rel=1e-9)
        else:
            assert gain[column] in GAIN
            assert cost[column] > error


def test_records_of_several_steps_count_each_reading():
    rng = np.random.default_rng(0)
    moisture = rng.uniform(0.1, 0.4, 5)
    first = np.array([0, 3, 4, 9, 10])
    steps = np.repeat(moisture, np.diff([*first, 12]))
    readings = 0.5 * steps + rng.normal(0, 0.05, (2, 12))
    trained = rng.random((2, 12)) < 0.7
    readings[~trained] = np.nan  # nothing else may be looked at
    gain, cost = fit_gain(sum_readings(readings, trained, first), moisture[:, None])
    expected, error = regression(readings, trained, steps)
    assert gain[0] == pytest.approx(expected)
    assert cost[0] == pytest.approx(error)


def test_one_gaussian_about_all_replicates():
    moisture = np.linspace(0.2, 0.4, 400)
    offsets = np.array([[-0.1], [0.0], [0.1], [9.0]])
    readings = 1.5 * moisture + 0.05 + offsets
    trained = np.ones((4, 400), bool)
    trained[3] = False
    mean, sd = dress(moisture, readings, trained)
    np.testing.assert_allclose(mean, 1.5 * moisture + 0.05)
    np.testing.assert_allclose(sd, np.sqrt(2 / 3) * 0.1, rtol=5e-3)  # bins cut through a time


def test_a_sensor_that_drops_out_does_not_bend_the_line():
    moisture = np.linspace(0.2, 0.4, 400)
    readings = moisture + np.array([[0.0], [0.2]])
    trained = np.ones((2, 400), bool)
    trained[1, :200] = False  # the high sensor is there while it is wet: without offsets, twice the gain
    mean, _ = dress(moisture, readings, trained)
    np.testing.assert_allclose(np.diff(mean), np.diff(moisture))


def test_spread_by_moisture():
    rng = np.random.default_rng(1)
    mean = np.linspace(0.1, 0.5, 50_000)
    true = 0.01 + 0.1 * mean
    readings = (mean + true * rng.standard_normal(mean.size))[None]
    centre, sd = fit_spread(mean, readings, np.ones_like(readings, bool))
    np.testing.assert_allclose(sd, 0.01 + 0.1 * centre, rtol=0.05)
    assert (np.diff(centre) > 0).all()


def test_few_readings_one_spread():
    mean = np.linspace(0.1, 0.5, READINGS_IN_BIN - 1)
    readings = np.stack([mean + 0.03, np.full(mean.size, np.nan)])
    centre, sd = fit_spread(mean, readings, np.isfinite(readings))
    assert centre == pytest.approx([0.3])
    assert sd == pytest.approx([0.03])


def test_readings_that_never_change():
    mean, sd = dress(np.linspace(0.2, 0.4, 300), np.full((1, 300), 0.25), np.ones((1, 300), bool))
    np.testing.assert_allclose(mean, 0.25)
    np.testing.assert_allclose(sd, SMALLEST_SD)


def test_a_single_reading():
    trained = np.zeros((2, 10), bool)
    trained[1, 4] = True
    readings = np.where(trained, 0.3, np.nan)
    mean, sd = dress(np.linspace(0.2, 0.4, 10), readings, trained)
    np.testing.assert_allclose(mean, 0.3)
    np.testing.assert_allclose(sd, SMALLEST_SD)
