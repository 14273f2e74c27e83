"""Rainy days and discharge against pandas."""

import numpy as np
import pandas as pd
import pytest

from thetamix.evaluation.monthly_weather import discharge_by_group, mean_by_group, rainy_days

HOUR = np.timedelta64(1, "h")


def hourly(make_network, rain, **variables):
    return make_network(
        steps=rain.shape[1],
        clusters=rain.shape[0],
        depths=(0.1,),
        step=HOUR,
        start="2013-01-30",
        precipitation=rain,
        **variables,
    )


def test_days_are_those_of_the_middles_of_the_hours(make_network):
    rng = np.random.default_rng(0)
    rain = rng.gamma(0.05, 2.0, (2, 24 * 40)).astype(np.float32)
    network = hourly(make_network, rain)
    middle = pd.DatetimeIndex(network["time"].to_numpy()) - pd.Timedelta("30min")
    for cluster in range(2):
        amount = pd.Series(rain[cluster].astype(float)).groupby(middle.floor("D")).transform("sum")
        np.testing.assert_array_equal(rainy_days(network)[cluster], (amount.to_numpy() >= 1).astype(float))


def test_one_millimetre_is_rainy(make_network):
    rain = np.zeros((1, 48), dtype=np.float32)
    rain[0, :24] = 1 / 24
    np.testing.assert_array_equal(rainy_days(hourly(make_network, rain))[0], np.repeat([1.0, 0.0], 24))


def test_daily_rates_are_amounts_of_a_day(make_network):
    rain = np.array([[0.5 / 24, 1.5 / 24, np.nan]], dtype=np.float32)
    network = make_network(steps=3, clusters=1, precipitation=rain)
    np.testing.assert_array_equal(rainy_days(network), [[0, 1, np.nan]])


def test_an_incomplete_day_is_rainy_or_unknown(make_network):
    rain = np.zeros((1, 72), dtype=np.float32)
    rain[0, 5], rain[0, 3] = 2.0, np.nan
    rain[0, 30] = np.nan
    rainy = rainy_days(hourly(make_network, rain))[0]
    np.testing.assert_array_equal(rainy, np.repeat([1.0, np.nan, 0.0], 24))


def test_without_precipitation_or_with_long_steps_nothing_is_known(make_network):
    assert np.isnan(rainy_days(make_network(precipitation=None))).all()
    assert np.isnan(rainy_days(make_network(step=np.timedelta64(5, "D")))).all()


def test_share_of_rainy_days():
    rainy = np.array([[1.0, 1.0, 0.0, 0.0, np.nan], [0.0, 0.0, 0.0, 0.0, 1.0]])
    share = mean_by_group(rainy, np.array([0, 0, 0, 0, 2]))
    np.testing.assert_allclose(share, [0.25, np.nan, 1.0])


@pytest.mark.parametrize("named", [True, False])
def test_every_gauge_counts_once(make_network, named):
    discharge = np.array([[1.0, 2.0, 9.0], [1.0, 2.0, 9.0], [4.0, np.nan, 5.0]], dtype=np.float32)
    names = np.array(["brook", "brook", "river"], dtype=object)
    network = make_network(steps=3, clusters=3, discharge=discharge, **({"discharge_gauge": names} if named else {}))
    got = discharge_by_group(network, np.array([0, 0, 1]))
    np.testing.assert_allclose(got, [(1.5 + 4) / 2, 7.0])


def test_without_discharge_it_is_unknown(make_network):
    assert np.isnan(discharge_by_group(make_network(), np.zeros(120, dtype=int))).all()
