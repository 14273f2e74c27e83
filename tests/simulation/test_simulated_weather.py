import numpy as np

from thetamix.simulation.simulated_weather import calendar, persistent, radar_factor, regime, sky, weather
from thetamix.weather.humidity import saturation_pressure

START = np.datetime64("2013-01-01", "h")


def draw(seed=1, hours=8766 * 4, elevation=(330.0, 530.0)):
    wetness = regime(seed, hours)
    raining = np.random.default_rng(seed).random(hours) < 0.1
    rain = np.where(raining, 1.0, 0.0)[:, None].repeat(len(elevation), axis=1)
    return weather(
        seed,
        START,
        rain,
        wetness=wetness,
        raining=raining,
        elevation=np.array(elevation),
        latitude=49.76,
        longitude=5.87,
    )


def test_persistence_is_that_of_the_autoregression():
    series = persistent(np.random.default_rng(0).standard_normal((3, 200_000)), 20.0)
    np.testing.assert_allclose(series.std(axis=1), 1, atol=0.05)
    lagged = [np.corrcoef(row[:-20], row[20:])[0, 1] for row in series]
    np.testing.assert_allclose(lagged, np.exp(-1), atol=0.04)


def test_calendar_is_that_of_the_middle_of_the_hour():
    day, hour = calendar(np.datetime64("2012-12-31T23", "h"), 3)
    np.testing.assert_array_equal(day, [366, 1, 1])
    np.testing.assert_array_equal(hour, [23.5, 0.5, 1.5])


def test_climate_is_that_of_luxembourg():
    air = draw()
    day, hour = calendar(START, air.air_temperature.shape[0])
    temperature, demand = air.air_temperature[:, 0], air.potential_evapotranspiration[:, 0]
    assert 8 < temperature.mean() < 10
    assert 16 < temperature[(day > 182) & (day <= 213)].mean() < 20
    assert -1 < temperature[day <= 31].mean() < 3.5
    assert 580 < demand.sum() / 4 < 760
    noon, night = (temperature[(hour == h) & (day > 150) & (day < 240)].mean() for h in (13.5, 3.5))
    assert 5 < noon - night < 15
    assert demand[(hour < 2)].mean() < 0.1 * demand[(hour > 11) & (hour < 14)].mean()


def test_air_is_colder_and_rain_more_with_elevation():
    air = draw(hours=8766)
    assert np.isclose(np.diff(air.air_temperature.mean(axis=0))[0], -0.0065 * 200, atol=0.1)
    np.testing.assert_allclose(air.precipitation[:, 1], air.precipitation[:, 0] * 1.12)
    assert np.diff(air.potential_evapotranspiration.sum(axis=0))[0] < 0


def test_humidity_and_radiation_are_possible():
    wetness = regime(2, 8766)
    above = sky(2, START, wetness, np.zeros(8766), 49.76, 5.87)
    humidity = saturation_pressure(above.dew_point) / saturation_pressure(above.temperature)
    assert humidity.max() <= 1
    assert 0.7 < humidity.mean() < 0.9
    assert above.radiation.min() == 0
    assert 3300 < above.radiation.sum() < 4700
    assert 0.25 <= above.clearness.min() < above.clearness.max() <= 1


def test_the_radar_is_right_in_the_mean():
    factor = radar_factor(1, 0, 400_000)
    assert abs(factor.mean() - 1) < 0.02
    assert abs(np.log(factor).std() - 0.3) < 0.02
