"""Radiation that loggers leave blank at night."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from thetamix.readers.tables.blank_nights import without_blank_nights
from thetamix.readers.tables.clocks.times import Axis
from thetamix.readers.tables.places.stations import Clusters, Stations
from thetamix.weather.solar import extraterrestrial_radiation

HOUR = np.timedelta64(3600 * 10**9, "ns")
AXIS = Axis(np.datetime64("2021-06-01T01", "ns"), HOUR, 240)
NOBODY = Stations("", [], np.empty(0), np.empty(0))


def clusters(**where: float) -> Clusters:
    return Clusters(Path("n.nc"), ["P"], {name: np.array([value]) for name, value in where.items()})


@pytest.fixture
def sun() -> np.ndarray:
    above = extraterrestrial_radiation(np.array(50.0), np.array(6.0), AXIS.ends - HOUR // 2, HOUR)
    return (150 * above).astype(np.float32)


@pytest.mark.parametrize("threshold", [0.0, 1.0, 40.0])
def test_nights_are_0(sun, threshold):
    """Whether a logger leaves the night blank, or all that is less than a few watts."""
    blank = np.where(sun <= threshold, np.nan, sun)
    values, number = without_blank_nights(blank, AXIS, "", NOBODY, clusters(latitude=50.0, longitude=6.0))
    inner = slice(24, -24)
    assert_allclose(values[inner], np.where(sun <= threshold, 0, sun)[inner])
    assert number == np.isfinite(values).sum() - np.isfinite(blank).sum()


def test_gaps_by_day_stay(sun):
    blank = np.where(sun <= 0, np.nan, sun)
    blank[50:90] = np.nan  # from morning to the evening of the next day
    blank[108:111] = np.nan
    values, _ = without_blank_nights(blank, AXIS, "", NOBODY, clusters(latitude=50.0, longitude=6.0))
    day = sun > 0.1 * sun.max()
    assert np.isnan(values[50:90][day[50:90]]).all()
    assert np.isnan(values[108:111]).all()
    assert (values[50:90][sun[50:90] == 0] == 0).all()


def test_without_a_place_or_readings_nothing_is_written(sun):
    blank = np.where(sun <= 0, np.nan, sun)
    assert without_blank_nights(blank, AXIS, "", NOBODY, clusters())[1] == 0
    assert without_blank_nights(np.full(240, np.nan), AXIS, "", NOBODY, clusters(latitude=50, longitude=6))[1] == 0


def test_the_sun_is_that_of_the_station(sun):
    """A station on the other side of the Earth has its night at noon."""
    blank = np.where(sun <= 0, np.nan, sun)
    there = Stations("s", ["S"], np.array([50.0]), np.array([6.0]))
    values, _ = without_blank_nights(blank, AXIS, "S", there, clusters(latitude=-40.0, longitude=-174.0))
    assert np.isfinite(values[24:-24]).all()
