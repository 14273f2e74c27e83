"""Hourly reference evapotranspiration of short grass: the Penman-Monteith equation as ASCE standardised it.

ASCE-EWRI (2005), The ASCE Standardized Reference Evapotranspiration Equation, eqs. 1, 33-37, 42-48, 53-66; FAO-56
(Allen et al. 1998) has the same terms. Functions on arrays; one hour each.
"""

import numpy as np

SOLAR_CONSTANT = 4.92  # [MJ m-2 h-1]
STEFAN_BOLTZMANN = 2.042e-10  # [MJ m-2 h-1 K-4]
ALBEDO = 0.23


def saturation_pressure(temperature: np.ndarray) -> np.ndarray:
    """Give the saturation vapour pressure.

    Parameters
    ----------
    temperature
        Of the air, or the dew point [degC].

    Returns
    -------
    numpy.ndarray
        [kPa].
    """
    pressure: np.ndarray = 0.6108 * np.exp(17.27 * temperature / (temperature + 237.3))
    return pressure


def extraterrestrial_radiation(
    day_of_year: np.ndarray, hour: np.ndarray, latitude: float, longitude: float
) -> np.ndarray:
    """Give the radiation at the top of the atmosphere during an hour.

    Parameters
    ----------
    day_of_year
        1 to 366 (time).
    hour
        Middle of the hour, UTC (time) [h].
    latitude, longitude
        [degrees], east positive.

    Returns
    -------
    numpy.ndarray
        (time) [MJ m-2 h-1].
    """
    angle = 2 * np.pi * day_of_year / 365
    distance = 1 + 0.033 * np.cos(angle)
    declination = 0.409 * np.sin(angle - 1.39)
    phase = 2 * np.pi * (day_of_year - 81) / 364
    correction = 0.1645 * np.sin(2 * phase) - 0.1255 * np.cos(phase) - 0.025 * np.sin(phase)
    solar = np.pi / 12 * (hour + longitude / 15 + correction - 12)
    solar = (solar + np.pi) % (2 * np.pi) - np.pi
    phi = np.radians(latitude)
    sunset = np.arccos(np.clip(-np.tan(phi) * np.tan(declination), -1, 1))
    begin = np.clip(solar - np.pi / 24, -sunset, sunset)
    end = np.clip(solar + np.pi / 24, -sunset, sunset)
    high = (end - begin) * np.sin(phi) * np.sin(declination)
    high += np.cos(phi) * np.cos(declination) * (np.sin(end) - np.sin(begin))
    radiation: np.ndarray = np.maximum(12 / np.pi * SOLAR_CONSTANT * distance * high, 0.0)
    return radiation


def reference_evapotranspiration(
    temperature: np.ndarray,
    vapour_pressure: np.ndarray,
    radiation: np.ndarray,
    clearness: np.ndarray,
    wind: np.ndarray,
    elevation: float | np.ndarray,
) -> np.ndarray:
    """Give the hourly evapotranspiration of short grass that lacks nothing.

    Parameters
    ----------
    temperature
        Of the air [degC].
    vapour_pressure
        [kPa].
    radiation
        Global radiation [MJ m-2 h-1].
    clearness
        Global radiation as a share of that of a clear sky [1]; at night that of the day.
    wind
        At 2 m [m s-1].
    elevation
        [m].

    Returns
    -------
    numpy.ndarray
        [mm h-1]; below zero it is dew.
    """
    air_pressure = 101.3 * ((293 - 0.0065 * elevation) / 293) ** 5.26
    psychrometric = 0.000665 * air_pressure
    saturation = saturation_pressure(temperature)
    slope = 4098 * saturation / (temperature + 237.3) ** 2
    cloud = 1.35 * np.clip(clearness, 0.3, 1.0) - 0.35
    longwave = STEFAN_BOLTZMANN * (temperature + 273.16) ** 4 * cloud
    longwave *= 0.34 - 0.14 * np.sqrt(vapour_pressure)
    net = (1 - ALBEDO) * radiation - longwave
    day = net >= 0
    available = net * np.where(day, 0.9, 0.5)  # less the soil heat flux, eqs. 65 and 66
    resistance = np.where(day, 0.24, 0.96)
    aerodynamic = psychrometric * 37 / (temperature + 273) * wind * (saturation - vapour_pressure)
    reference: np.ndarray = (0.408 * slope * available + aerodynamic) / (
        slope + psychrometric * (1 + resistance * wind)
    )
    return reference
