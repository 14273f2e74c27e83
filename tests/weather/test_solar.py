"""The sun against the examples of FAO-56, refet, and the integral over its path."""

import numpy as np
import pytest
import refet.calcs
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from thetamix.weather.solar import (
    clear_sky_radiation,
    daily_extraterrestrial_radiation,
    extraterrestrial_radiation,
    solar_time,
    sun_height,
)

HOUR, DAY = np.timedelta64(1, "h"), np.timedelta64(24, "h")


def stamps(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[ns]")


@pytest.mark.parametrize(
    ("latitude", "day", "printed", "digits"),
    [
        (-20, 246, 32.2, 1),  # example 8: 20 S, 3 September
        (-(22 + 54 / 60), 135, 25.1, 1),  # example 10: Rio de Janeiro, May
        (13 + 44 / 60, 105, 38.06, 2),  # example 17: Bangkok, April
        (50 + 48 / 60, 187, 41.09, 2),  # example 18: Uccle, 6 July
        (45 + 43 / 60, 196, 40.6, 1),  # example 20: Lyon, July
    ],
)
def test_days_of_fao_56(latitude, day, printed, digits):
    found = daily_extraterrestrial_radiation(np.array(latitude), np.array(day))
    assert found.round(digits) == printed


def test_hours_of_fao_56():
    # Example 19: N'Diaye, 16 13 N, 16 15 W, 1 October; the zone's clock is that of 15 W: 14:30 is 15:30 UTC.
    place = np.array(16 + 13 / 60), np.array(-(16 + 15 / 60))
    middle = stamps("1995-10-01T03:30", "1995-10-01T15:30")
    found = extraterrestrial_radiation(*place, middle, HOUR)
    assert_allclose(found, [0, 3.543], atol=2e-3)


def test_against_refet():
    latitude, day = np.meshgrid(np.linspace(-60, 60, 13), np.arange(1, 366))
    ours = daily_extraterrestrial_radiation(latitude, day)
    assert_allclose(ours, refet.calcs.ra_daily(np.radians(latitude), day, method="asce"), rtol=1e-6)
    # Hours at Greenwich: refet takes the day of the year in UTC, as ours is there but at midnight.
    start = stamps("2021-05-05T00:00")[0] + np.arange(24) * HOUR
    ours = extraterrestrial_radiation(np.array(40.0), np.array(0.0), start + HOUR // 2, HOUR)
    theirs = refet.calcs.ra_hourly(np.radians(40.0), 0.0, np.full(24, 125), np.arange(24), method="asce")
    assert_allclose(ours, theirs, atol=0.005)


@given(st.floats(-90, 90), st.floats(-180, 360), st.integers(0, 8765), st.sampled_from([1, 2, 3, 6, 12, 24]))
def test_steps_are_the_integral_of_the_sine_of_the_height(latitude, longitude, hour, length):
    middle = np.datetime64("2021-01-01", "ns") + hour * HOUR
    place = np.array(latitude), np.array(longitude)
    found = float(extraterrestrial_radiation(*place, np.array(middle), length * HOUR))
    day, angle = solar_time(place[1], np.array(middle))
    # The day's declination holds through the step.
    turn = 2 * np.pi * int(day) / 365
    declination = 0.409 * np.sin(turn - 1.39)
    angles = angle + np.linspace(-1, 1, 20_001) * np.pi * length / 24
    phi = np.radians(latitude)
    height = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(angles)
    mean = np.trapezoid(np.maximum(height, 0)) / 20_000
    expected = length * 60 * 0.0820 * (1 + 0.033 * np.cos(turn)) * mean
    assert_allclose(found, expected, atol=2e-5 * length)


def test_the_hours_of_a_day_sum_to_the_day():
    start = np.datetime64("2020-06-21T00:00", "ns")
    middles = start + np.arange(24) * HOUR + HOUR // 2
    for latitude in (-70.0, -30.0, 0.0, 49.8, 80.0):
        hours = extraterrestrial_radiation(np.array(latitude), np.array(0.0), middles, HOUR)
        day = extraterrestrial_radiation(np.array(latitude), np.array(0.0), start + DAY // 2, DAY)
        assert_allclose(hours.sum(), day, atol=0.02)
    week = extraterrestrial_radiation(np.array(49.8), np.array(0.0), start + DAY // 2, 7 * DAY)
    assert_allclose(week / 7, extraterrestrial_radiation(np.array(49.8), np.array(0.0), start + DAY // 2, DAY))


def test_a_step_that_is_no_step():
    with pytest.raises(ValueError, match="neither a day or shorter, nor whole days"):
        extraterrestrial_radiation(np.array(0.0), np.array(0.0), stamps("2020-01-01"), 30 * HOUR)


def test_longitudes_both_ways_round():
    middle = stamps("2021-05-05T20:00", "2021-12-31T23:30")
    west = extraterrestrial_radiation(np.array(20.0), np.array(-155.9), middle, HOUR)
    east = extraterrestrial_radiation(np.array(20.0), np.array(204.1), middle, HOUR)
    assert_allclose(west, east)
    assert west[0] > 3  # ten in the morning in Hawaii


def test_clusters_and_times_broadcast():
    middle = stamps("2021-05-05T12:30", "2021-05-05T13:30", "2021-05-05T14:30")
    latitude, longitude = np.array([[10.0], [50.0]]), np.array([[0.0], [90.0]])
    assert extraterrestrial_radiation(latitude, longitude, middle, HOUR).shape == (2, 3)
    assert extraterrestrial_radiation(latitude, longitude, middle[:1], DAY).shape == (2, 1)


def test_sun_height_is_highest_at_solar_noon():
    times = np.datetime64("2021-06-21", "ns") + np.arange(24 * 60) * np.timedelta64(1, "m")
    height = np.degrees(sun_height(np.array(49.8), np.array(6.0), times))
    assert_allclose(height.max(), 90 - 49.8 + 23.44, atol=0.05)
    # Solar noon at 6 E: 12:00 - 24 min + 2 min.
    assert abs(int(height.argmax()) - (11 * 60 + 38)) <= 2
    assert height.min() < -16


def test_clear_sky_of_fao_56():
    # Example 18: Uccle at 100 m.
    assert clear_sky_radiation(np.array(41.09), 100.0).round(2) == 30.90
