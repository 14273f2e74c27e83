"""The annual cycle against a loop over days, years and readings."""

import numpy as np
import pandas as pd
import pytest
import scoringrules
from scipy.stats import norm

from thetamix.forecasters.annual_cycle import cycle, day_of_year, group_labels
from thetamix.mixture import GaussianMixture
from thetamix.system.errors import InputError

#: Moisture at which distribution functions are compared [m3 m-3], one below the other.
GRID = np.linspace(0, 0.8, 401)[:, None]


def two_years(make_network, seed: int = 0, **variables):
    """Three clusters at two depths, 2015 and the leap year 2016, with gaps and a training part."""
    rng = np.random.default_rng(seed)
    days = np.arange(731)
    season = 0.3 + 0.1 * np.cos(days / 365.25 * 2 * np.pi)
    readings = season + rng.normal(0, 0.03, (3, 2, 2, 1)) + rng.normal(0, 0.01, (3, 2, 2, 731))
    readings[rng.random(readings.shape) < 0.3] = np.nan
    geology = np.array(["marl", "marl", "schist"], dtype=object)
    network = make_network(readings, start="2015-01-01", geology=geology, **variables)
    trained = np.isfinite(readings) & (rng.random(731) < 0.9)
    return network, trained


def days_of(network) -> list[int]:
    return (pd.DatetimeIndex(network["time"].to_numpy()) - pd.Timedelta("12h")).day_of_year.tolist()


def near(network, trained, places, day: int) -> np.ndarray:
    """The training readings of some series within 20 days of a day of the year, one by one."""
    days = days_of(network)
    readings = network["soil_moisture"].to_numpy()
    found = []
    for c, d in places:
        for r, t in np.argwhere(trained[c, d]).tolist():
            apart = abs(days[t] - day)
            if min(apart, 366 - apart) <= 20:
                found.append(readings[c, d, r, t])
    return np.sort(found)


GROUPS = {
    ("geology", "depth"): lambda c, d: [(o, d) for o in ([0, 1] if c < 2 else [2])],
    ("cluster", "depth"): lambda c, d: [(c, d)],
    ("depth",): lambda _, d: [(0, d), (1, d), (2, d)],
    ("cluster",): lambda c, _: [(c, 0), (c, 1)],
}


@pytest.mark.parametrize("by", GROUPS)
def test_the_distribution_of_a_day_is_that_of_the_readings_around_it(make_network, forecast, by):
    network, trained = two_years(make_network)
    weight, mean, sd, _ = forecast("annual_cycle", network, trained=trained, by=by)
    days = days_of(network)
    # Around the new year, before and after, in the leap year's last days, and in summer.
    for step in (0, 15, 30, 200, 350, 364, 365, 400, 729, 730):
        for c, d in [(0, 0), (1, 1), (2, 0)]:
            pool = near(network, trained, GROUPS[by](c, d), days[step])
            w, m, s = (values[c, d, step].astype(float) for values in (weight, mean, sd))
            # The point forecast is the readings' mean, and the variance theirs beside the instrument's.
            assert w @ m == pytest.approx(pool.mean(dtype=float), rel=1e-6)
            assert w @ (m**2 + s**2) - (w @ m) ** 2 == pytest.approx(pool.var(dtype=float) + 0.02**2, abs=2e-8)
            every = norm.cdf(GRID, pool.astype(float), 0.02).mean(axis=1)
            np.testing.assert_allclose((w * norm.cdf(GRID, m, s)).sum(axis=1), every, atol=0.005)
    np.testing.assert_allclose(weight.sum(axis=-1), 1, rtol=1e-6)
    assert (sd >= np.float32(0.02)).all()
    assert (sd < 0.0224).all()  # within an interval of 0.02 the readings' own sd is 0.01 at most


def test_readings_beyond_the_training_part_are_never_looked_at(make_network, forecast):
    network, trained = two_years(make_network)
    readings = network["soil_moisture"].to_numpy()
    one = forecast("annual_cycle", network, trained=trained, by=["geology", "depth"])
    noise = np.random.default_rng(1).uniform(0, 9, readings.shape)
    other = np.where(trained, readings, noise).astype(np.float32)
    two = forecast("annual_cycle", network, trained=trained, readings=other, by=["geology", "depth"])
    for ours, theirs in zip(one[:3], two[:3], strict=True):
        assert ours.tobytes() == theirs.tobytes()


def test_few_readings_are_taken_as_they_are(make_network, forecast):
    readings = np.full((1, 1, 3, 365), np.nan)
    readings[0, 0, :, 100] = [0.1, 0.2, 0.4]
    network = make_network(readings, depths=[0.1])
    weight, mean, sd, _ = forecast("annual_cycle", network, by=["depth"])
    there = weight[0, 0, 90] > 0
    assert sorted(mean[0, 0, 90][there].tolist()) == pytest.approx([0.1, 0.2, 0.4])
    np.testing.assert_allclose(weight[0, 0, 90][there], 1 / 3, rtol=1e-6)
    # More than 20 days away there is nothing to say.
    said = np.isfinite(mean[0, 0, :, 0])
    assert np.flatnonzero(said).tolist() == list(range(80, 121))
    assert (np.isnan(weight) == np.isnan(mean)).all()
    assert (np.isnan(sd) == np.isnan(mean)).all()


@pytest.mark.parametrize("count", [1, 2, 3, 9, 40, 246, 5000])
@pytest.mark.parametrize("sensors", [1, 3])
def test_sharing_components_changes_the_score_by_less_than_two_hundred_thousandths(count, sensors):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        offset = rng.uniform(0.1, 0.5, sensors)[rng.integers(sensors, size=count)]
        readings = offset + rng.normal(0, 0.02, count)
        weight, mean, sd = (
            values[100] for values in cycle([readings[None]], [np.ones((1, count), bool)], np.full(count, 101))
        )
        assert weight.sum() == pytest.approx(1)
        assert weight @ mean == pytest.approx(readings.mean(), abs=1e-12)
        reading = rng.choice(readings, 300)[:, None]
        every = GaussianMixture(np.full(count, 1 / count), readings, 0.02)
        if count < 300:  # an independent score, whose memory grows with the square
            shares = np.broadcast_arrays(readings, 0.02, np.ones((5, 1)) / count)
            exact = scoringrules.crps_mixnorm(reading[:5, 0], *shares)
            np.testing.assert_allclose(every.crps(reading[:5, 0]), exact, atol=1e-9)
        shared = GaussianMixture(weight, mean, sd).crps(reading)
        assert np.abs(shared - every.crps(reading)).max() < 2e-5


def test_days_of_the_year_are_those_of_pandas():
    days = np.arange("1999-12-01", "2005-02-01", dtype="datetime64[h]").astype("datetime64[ns]")
    assert (day_of_year(days) == pd.DatetimeIndex(days).day_of_year).all()


def test_nothing_trained_is_missing(make_network):
    network = make_network(steps=10)
    readings = network["soil_moisture"].to_numpy()[0]
    mixture = cycle(readings, np.zeros(readings.shape, bool), np.arange(1, 11))
    assert all(np.isnan(values).all() and values.shape == (366, 1) for values in mixture)


def test_an_unknown_group_gets_the_nearest(make_network):
    with pytest.raises(InputError, match="no attribute 'geologie'; did you mean \"geology\""):
        group_labels(make_network(), ["geologie"])


def test_a_series_is_its_own_group_whatever_the_depths_are_called(make_network):
    labels = group_labels(make_network(clusters=3), ["cluster", "depth"])
    assert len({label for row in labels for label in row}) == 6
