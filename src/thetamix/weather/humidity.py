"""Humidity, pressure and wind, which potential evapotranspiration is computed from (:mod:`thetamix.weather.pet`).

The formulas are those of FAO-56 (Allen et al. 1998, FAO Irrigation and Drainage
Paper 56), equation numbers are given.
"""

import numpy as np


def saturation_pressure(temperature: np.ndarray) -> np.ndarray:
    """Saturation vapour pressure over water: FAO-56 equation 11.

    Parameters
    ----------
    temperature
        Of the air, or the dew point; any shape [degC].

    Returns
    -------
    numpy.ndarray
        [kPa].

    Examples
    --------
    Example 3 of FAO-56: 24.5 and 15 degC.

    >>> saturation_pressure(np.array([24.5, 15.0])).round(3)
    array([3.075, 1.705])
    """
    pressure: np.ndarray = 0.6108 * np.exp(17.27 * temperature / (temperature + 237.3))
    return pressure


def saturation_slope(temperature: np.ndarray) -> np.ndarray:
    """Slope of the saturation vapour pressure with temperature: FAO-56 equation 13.

    Parameters
    ----------
    temperature
        Any shape [degC].

    Returns
    -------
    numpy.ndarray
        [kPa degC-1].

    Examples
    --------
    >>> saturation_slope(np.array(30.2)).round(3)
    np.float64(0.246)
    """
    slope: np.ndarray = 4098 * saturation_pressure(temperature) / (temperature + 237.3) ** 2
    return slope


def standard_pressure(elevation: np.ndarray | float) -> np.ndarray:
    """Air pressure that belongs to an elevation: FAO-56 equation 7.

    Parameters
    ----------
    elevation
        Any shape [m].

    Returns
    -------
    numpy.ndarray
        [kPa].

    Examples
    --------
    Example 2 of FAO-56: 1800 m.

    >>> standard_pressure(np.array(1800.0)).round(1)
    np.float64(81.8)
    """
    pressure: np.ndarray = 101.3 * ((293 - 0.0065 * np.asarray(elevation)) / 293) ** 5.26
    return pressure


def psychrometric_constant(pressure: np.ndarray) -> np.ndarray:
    """Return the psychrometric constant: FAO-56 equation 8.

    Parameters
    ----------
    pressure
        Of the air, any shape [kPa].

    Returns
    -------
    numpy.ndarray
        [kPa degC-1].

    Examples
    --------
    >>> psychrometric_constant(np.array(81.8)).round(3)
    np.float64(0.054)
    """
    constant: np.ndarray = 0.665e-3 * np.asarray(pressure)
    return constant


def wind_at_two_metres(wind_speed: np.ndarray, height: float) -> np.ndarray:
    """Bring wind speed to 2 m above short grass: FAO-56 equation 47.

    Parameters
    ----------
    wind_speed
        As measured, any shape [m s-1].
    height
        Of the anemometer above the ground [m].

    Returns
    -------
    numpy.ndarray
        [m s-1]; unchanged where `height` is 2.

    Examples
    --------
    Example 14 of FAO-56: 3.2 m/s at 10 m.

    >>> wind_at_two_metres(np.array(3.2), 10.0).round(1)
    np.float64(2.4)
    """
    if height == 2:
        return np.asarray(wind_speed)
    speed: np.ndarray = np.asarray(wind_speed) * 4.87 / np.log(67.8 * height - 5.42)
    return speed
