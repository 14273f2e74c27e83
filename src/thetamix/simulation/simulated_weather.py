"""Hourly weather of a small temperate catchment: air, sky, wind, demand.

Each element is a season, a day and persistent noise (first-order autoregressions; Richardson 1981,
doi:10.1029/WR017i001p00182, at an hourly step), tied together where nature ties them: the slow regime that brings
storms also brings cloud, rain comes from cloudy skies, clear days are warm at noon, dry in summer. Levels are those
of Luxembourg (Pfister et al. 2017, doi:10.1002/hyp.11134, and the normals 1981-2010 of Findel): 9 degC in the
mean, 17.5 in July, 1 in January, relative humidity near 80 %, 650 to 700 mm a-1 of reference evapotranspiration.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from thetamix.simulation.rainfall import REGIME_HALF_LIFE, season
from thetamix.simulation.seeds import Stream, stream
from thetamix.weather.humidity import saturation_pressure
from thetamix.weather.reference_et import hourly_reference
from thetamix.weather.solar import clear_sky_radiation, extraterrestrial_radiation

HOUR = np.timedelta64(3600, "s")
REFERENCE_ELEVATION = 330.0  # [m] to which the temperatures below belong
LAPSE = -0.0065  # [K m-1] standard atmosphere
OROGRAPHIC = 0.0006  # [m-1] more rain with elevation: 6 % in 100 m
MEAN_TEMPERATURE, SEASONAL_AMPLITUDE = 9.0, 8.3  # [degC], [K]
DAILY_AMPLITUDE = (3.0, 8.5)  # [K] half the daily range under a clear sky, winter and summer
SYNOPTIC_SD, SYNOPTIC_HOURS = 3.4, 72.0  # [K], [h]
LOCAL_SD, LOCAL_HOURS = 0.4, 12.0  # [K], [h] between stations at the same elevation
CLOUD_HOURS = 14.0  # [h]
# Error of the rain that radar reports: sd of the logarithm, time [h]. The numbers are our choice; that radar
# rain errs, in the Attert too: Neuper & Ehret (2019, doi:10.5194/hess-23-3711-2019).
RADAR_SD, RADAR_HOURS = 0.3, 24.0
WIND_MEAN, WIND_SD, WIND_HOURS = (2.6, 1.8), 0.5, 10.0  # [m s-1] winter, summer; sd of the logarithm; [h]


@dataclass(frozen=True)
class Weather:
    """What happens above the ground.

    Attributes
    ----------
    precipitation, potential_evapotranspiration
        (time, site) [mm h-1].
    air_temperature
        (time, site) [degC].
    """

    precipitation: np.ndarray
    potential_evapotranspiration: np.ndarray
    air_temperature: np.ndarray


@dataclass(frozen=True)
class Sky:
    """What the whole catchment shares (time).

    Attributes
    ----------
    temperature, dew_point
        At the reference elevation [degC].
    radiation
        Global [MJ m-2 h-1].
    clearness
        Radiation as a share of a clear sky's, mean of the last day [1].
    wind
        At 2 m [m s-1].
    """

    temperature: np.ndarray
    dew_point: np.ndarray
    radiation: np.ndarray
    clearness: np.ndarray
    wind: np.ndarray


def persistent(noise: np.ndarray, hours: float) -> np.ndarray:
    """Filter white noise into a stationary first-order autoregression.

    Parameters
    ----------
    noise
        Standard normal (..., time).
    hours
        Time over which the correlation falls to 1/e [h].

    Returns
    -------
    numpy.ndarray
        Standard normal (..., time), correlated.
    """
    keep = float(np.exp(-1 / hours))
    scaled = noise * np.sqrt(1 - keep**2)
    scaled[..., 0] = noise[..., 0]
    series: np.ndarray = lfilter([1.0], [1.0, -keep], scaled, axis=-1)
    return series


def regime(seed: int, hours: int) -> np.ndarray:
    """Draw the slow weather regime that modulates storms and cloud.

    Returns
    -------
    numpy.ndarray
        Standard normal (time); positive is wet.
    """
    noise = stream(seed, Stream.REGIME).standard_normal(hours)
    return persistent(noise, REGIME_HALF_LIFE / np.log(2))


def sky(
    seed: int,
    start: np.datetime64,
    wetness: np.ndarray,
    raining: np.ndarray,
    latitude: float,
    longitude: float,
) -> Sky:
    """Draw what the whole catchment shares.

    Parameters
    ----------
    seed
        Seed of the whole simulation.
    start
        Beginning of the first hour, UTC.
    wetness
        The slow regime (time).
    raining
        Share of the catchment on which it rains (time) [1].
    latitude, longitude
        [degrees].
    """
    hours = wetness.size
    day, hour = calendar(start, hours)
    summer = season(day)
    cloud_noise = persistent(stream(seed, Stream.CLOUD).standard_normal(hours), CLOUD_HOURS)
    # Seven tenths of the sky are covered in the mean, more in winter and wherever it rains: with that the radiation
    # is 3,900 MJ m-2 a-1 (Findel).
    cloud = 1 / (1 + np.exp(-(2.2 - 0.7 * summer + 0.5 * wetness + 1.6 * cloud_noise + 3.0 * raining)))
    clearness = 1 - 0.75 * cloud**3.4  # Kasten & Czeplak (1980), doi:10.1016/0038-092X(80)90391-6
    middle = start.astype("datetime64[s]") + np.arange(hours) * HOUR + HOUR // 2
    top = extraterrestrial_radiation(np.array(latitude), np.array(longitude), middle, HOUR)
    radiation = clear_sky_radiation(top, REFERENCE_ELEVATION) * clearness
    # A day's range follows the day's own cloud, not the hour's: the mean over the last day.
    clear = lfilter(np.full(24, 1 / 24), [1.0], clearness)
    clear[:24] = clear[min(24, hours - 1)]
    low, high = DAILY_AMPLITUDE
    amplitude = (low + (high - low) * summer) * clear
    synoptic = persistent(stream(seed, Stream.SYNOPTIC).standard_normal(hours), SYNOPTIC_HOURS)
    level = MEAN_TEMPERATURE + SEASONAL_AMPLITUDE * (2 * summer - 1)
    # Wet weather is mild in winter and cool in summer.
    level += SYNOPTIC_SD * synoptic * (1 - 0.3 * summer) + 0.8 * wetness * (1 - 2 * summer)
    temperature = level + amplitude * np.cos(2 * np.pi * (hour + longitude / 15 - 15) / 24)
    dew_point = np.minimum(level - 0.8 * amplitude - 0.8, temperature)
    wind_noise = persistent(stream(seed, Stream.WIND).standard_normal(hours), WIND_HOURS)
    wind = WIND_MEAN[0] + (WIND_MEAN[1] - WIND_MEAN[0]) * summer
    wind = wind * np.exp(WIND_SD * wind_noise - WIND_SD**2 / 2)
    return Sky(temperature, dew_point, radiation, clear, wind)


def weather(
    seed: int,
    start: np.datetime64,
    precipitation: np.ndarray,
    *,
    wetness: np.ndarray,
    raining: np.ndarray,
    elevation: np.ndarray,
    latitude: float,
    longitude: float,
) -> Weather:
    """Draw the weather that goes with the rain.

    Parameters
    ----------
    seed
        Seed of the whole simulation.
    start
        Beginning of the first hour, UTC.
    precipitation
        At the reference elevation (time, site) [mm h-1].
    wetness
        The slow regime (time).
    raining
        Share of the catchment on which it rains (time) [1].
    elevation
        Of the sites (site) [m].
    latitude, longitude
        Of the catchment [degrees].

    Returns
    -------
    Weather
        Hourly (time, site).
    """
    above = sky(seed, start, wetness, raining, latitude, longitude)
    higher = elevation - REFERENCE_ELEVATION
    temperature = np.empty_like(precipitation)
    demand = np.empty_like(precipitation)
    for site in range(elevation.size):
        local = persistent(stream(seed, Stream.LOCAL_AIR, site).standard_normal(wetness.size), LOCAL_HOURS)
        lifted = LAPSE * higher[site]
        temperature[:, site] = above.temperature + lifted + LOCAL_SD * local
        demand[:, site] = hourly_reference(
            temperature[:, site],
            # The air holds no more than it can where it is locally cooler.
            saturation_pressure(above.dew_point + lifted + np.minimum(LOCAL_SD * local, 0)),
            above.radiation,
            above.clearness,
            above.wind,
            elevation[site],
        )
    # Dew is small and not a demand.
    return Weather(precipitation * (1 + OROGRAPHIC * higher), np.maximum(demand, 0.0), temperature)


def radar_factor(seed: int, pixel: int, hours: int) -> np.ndarray:
    """Draw the error of the rain that a radar pixel reports.

    Returns
    -------
    numpy.ndarray
        Reported over true rain (time) [1]: persistent through an event, 1 in the mean.
    """
    error = persistent(stream(seed, Stream.RADAR, pixel).standard_normal(hours), RADAR_HOURS)
    return np.exp(RADAR_SD * error - RADAR_SD**2 / 2)


def calendar(start: np.datetime64, hours: int) -> tuple[np.ndarray, np.ndarray]:
    """Return day of the year and hour of the day in the middle of each hour.

    Parameters
    ----------
    start
        Beginning of the first hour, UTC.
    hours
        How many.

    Returns
    -------
    day, hour : numpy.ndarray
        From 1, and from 0.5 to 23.5 (time).
    """
    begin = start.astype("datetime64[h]") + np.arange(hours)
    day = (begin.astype("datetime64[D]") - begin.astype("datetime64[Y]")).astype(float) + 1
    hour = (begin - begin.astype("datetime64[D]")).astype(float) + 0.5
    return day, hour
