import numpy as np
import pytest

from thetamix.simulation.evapotranspiration import (
    extraterrestrial_radiation,
    reference_evapotranspiration,
    saturation_pressure,
)

refet = pytest.importorskip("refet")

LATITUDE, LONGITUDE, ELEVATION = 49.76, 5.87, 330.0


def test_radiation_above_the_atmosphere_is_refets():
    from refet import calcs

    day = np.repeat(np.arange(1, 366, 13), 24)
    hour = np.tile(np.arange(24), day.size // 24)
    ours = extraterrestrial_radiation(day, hour + 0.5, LATITUDE, LONGITUDE)
    theirs = calcs.ra_hourly(np.radians(LATITUDE), np.radians(LONGITUDE), day, hour + 0.5, "asce")
    np.testing.assert_allclose(ours, theirs, atol=5e-3)


def test_reference_evapotranspiration_is_refets_by_day_and_night():
    random = np.random.default_rng(0)
    count = 2000
    day, hour = random.integers(1, 366, count), random.integers(0, 24, count)
    temperature = random.uniform(-5, 35, count)
    pressure = saturation_pressure(temperature) * random.uniform(0.3, 1.0, count)
    wind = random.uniform(0.5, 8, count)
    top = extraterrestrial_radiation(day, hour + 0.5, LATITUDE, LONGITUDE)
    radiation = (0.75 + 2e-5 * ELEVATION) * top * random.uniform(0.3, 1.0, count)
    theirs = refet.Hourly(
        tmean=temperature,
        rs=radiation,
        uz=wind,
        zw=2.0,
        elev=ELEVATION,
        lat=LATITUDE,
        lon=LONGITUDE,
        doy=day,
        time=hour,
        ea=pressure,
        method="asce",
    )
    # The cloud is the caller's affair: hand over what refet makes of it (fcd = 1.35 clearness - 0.35).
    clearness = (theirs.fcd + 0.35) / 1.35
    ours = reference_evapotranspiration(temperature, pressure, radiation, clearness, wind, ELEVATION)
    assert (theirs.rn < 0).sum() > 100 < (theirs.rn > 0).sum()
    np.testing.assert_allclose(ours, theirs.eto(), atol=2e-3)


def test_day_of_the_asce_manual_is_of_the_right_size():
    # A clear July noon, 30 degC, 40 % humidity, 3 m s-1: textbooks have 0.6-0.9 mm h-1.
    pressure = 0.4 * saturation_pressure(np.array([30.0]))
    one = np.ones(1)
    noon = reference_evapotranspiration(30 * one, pressure, 3.2 * one, one, 3 * one, 300.0)
    assert 0.6 < noon[0] < 0.9
