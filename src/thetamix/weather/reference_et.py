"""Penman-Monteith reference evapotranspiration: FAO-56 and its standardised form of ASCE-EWRI (2005).

Functions on arrays, hourly and daily. They differ in their coefficients (:data:`SURFACES`), in the net radiation at
night and in the heat that goes into the soil, and mixing them up is the classical error: 900/24 = 37.5 is not 37,
and daily radiation is in MJ m-2 d-1, hourly in MJ m-2 h-1. Even the Stefan-Boltzmann constant is rounded differently.

References
----------
Allen et al. 1998, FAO Irrigation and Drainage Paper 56. ASCE-EWRI 2005, The ASCE Standardized Reference
Evapotranspiration Equation, doi:10.1061/9780784408056.
"""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from thetamix.weather.humidity import (
    psychrometric_constant,
    saturation_pressure,
    saturation_slope,
    standard_pressure,
)
from thetamix.weather.solar import clear_sky_radiation

ALBEDO = 0.23
KELVIN = 273.16  # as FAO-56 has it
PER_MJ = 0.408  # [mm per MJ m-2] 1 / 2.45 MJ kg-1
#: Below this height of the sun [rad] clouds cannot be told from radiation (ASCE-EWRI 2005, appendix D).
LOWEST_SUN = 0.3


@dataclass(frozen=True)
class ReferenceSurface:
    """Coefficients of a reference surface.

    Attributes
    ----------
    daily
        Numerator and denominator (Cn, Cd) of a day.
    by_day, by_night
        The same of an hour.
    soil
        Share of net radiation that goes into the soil in an hour by day, and by night.
    stefan_boltzmann
        The constant of a day [MJ m-2 d-1 K-4] and of an hour [MJ m-2 h-1 K-4].
    """

    daily: tuple[float, float]
    by_day: tuple[float, float]
    by_night: tuple[float, float]
    soil: tuple[float, float]
    stefan_boltzmann: tuple[float, float]


_FAO, _ASCE = (4.903e-9, 4.903e-9 / 24), (4.901e-9, 2.042e-10)

#: Reference surface -> coefficients: ASCE-EWRI (2005) table 1, equations 17 and 44; FAO-56 equations 6, 39, 45, 46
#: and 53.
SURFACES: MappingProxyType[str, ReferenceSurface] = MappingProxyType(
    {
        "fao56": ReferenceSurface((900, 0.34), (37, 0.34), (37, 0.34), (0.1, 0.5), _FAO),
        "asce_short": ReferenceSurface((900, 0.34), (37, 0.24), (37, 0.96), (0.1, 0.5), _ASCE),
        "asce_tall": ReferenceSurface((1600, 0.38), (66, 0.25), (66, 1.7), (0.04, 0.2), _ASCE),
    }
)


def net_radiation(
    shortwave: np.ndarray,
    cloudiness: np.ndarray,
    vapour_pressure: np.ndarray,
    warmest: np.ndarray,
    coldest: np.ndarray,
    *,
    hours: float,
    surface: str = "fao56",
) -> np.ndarray:
    """Net radiation of the reference surface: FAO-56 equations 38-40.

    Parameters
    ----------
    shortwave
        Global radiation, any shape [MJ m-2 per interval].
    cloudiness
        Factor of clouds in the net longwave radiation, from :func:`cloud_factor` [1].
    vapour_pressure
        [kPa].
    warmest, coldest
        Highest and lowest air temperature; twice the mean for an hour [degC].
    hours
        Length of the interval: 24 for a day, or 1 [h].
    surface
        A key of :data:`SURFACES`, for its Stefan-Boltzmann constant.

    Returns
    -------
    numpy.ndarray
        [MJ m-2 per interval].
    """
    per_day, per_hour = SURFACES[surface].stefan_boltzmann
    constant = per_day if hours == 24 else per_hour * hours
    emitted = ((warmest + KELVIN) ** 4 + (coldest + KELVIN) ** 4) / 2 * constant
    longwave = emitted * (0.34 - 0.14 * np.sqrt(vapour_pressure)) * cloudiness
    net: np.ndarray = (1 - ALBEDO) * shortwave - longwave
    return net


def cloud_factor(ratio: np.ndarray) -> np.ndarray:
    """Compute the factor of clouds: FAO-56 equation 39, ASCE-EWRI equation 18.

    Parameters
    ----------
    ratio
        Global radiation as a share of that under a clear sky, any shape [1].

    Returns
    -------
    numpy.ndarray
        0.05 (overcast) to 1 (clear).
    """
    factor: np.ndarray = 1.35 * np.clip(ratio, 0.3, 1.0) - 0.35
    return factor


def hourly_cloudiness(
    shortwave: np.ndarray, clear_sky: np.ndarray, height: np.ndarray, steps_per_day: int
) -> np.ndarray:
    """Compute the share of clear-sky radiation through the day and the night: ASCE-EWRI (2005), equations 18, 45, 46.

    Where the sun is lower than 0.3 rad, the last value before holds, at most for a day; where there is none (the
    first night of a record, winter beyond 50 degrees), the next within a day, and else the mean of all others of the
    place; without any, 0.7.

    Parameters
    ----------
    shortwave, clear_sky
        Global and clear-sky radiation (cluster, time), in one unit.
    height
        Of the sun in the middle of the step (cluster, time) [rad].
    steps_per_day
        How many steps a day has.

    Returns
    -------
    numpy.ndarray
        (cluster, time) [1]; missing radiation by day does not interrupt it.
    """
    seen = (height >= LOWEST_SUN) & np.isfinite(shortwave) & (clear_sky > 0)
    ratio = np.where(seen, shortwave / np.where(clear_sky > 0, clear_sky, 1), np.nan)
    steps = np.arange(ratio.shape[-1])
    before = np.maximum.accumulate(np.where(seen, steps, -1), axis=-1)
    after = np.flip(np.minimum.accumulate(np.flip(np.where(seen, steps, steps.size), axis=-1), axis=-1), axis=-1)
    filled = np.full_like(ratio, np.nan)
    for at, near in (
        (after, (after < steps.size) & (after - steps <= steps_per_day)),
        (before, (before >= 0) & (steps - before <= steps_per_day)),
    ):
        nearest = np.take_along_axis(ratio, np.clip(at, 0, steps.size - 1), axis=-1)
        filled = np.where(near, nearest, filled)
    count = seen.sum(axis=-1, keepdims=True)
    total = np.where(seen, np.clip(np.nan_to_num(ratio), 0.3, 1.0), 0.0).sum(axis=-1, keepdims=True)
    mean = np.where(count > 0, total / np.maximum(count, 1), 0.7)
    return np.where(np.isfinite(filled), filled, mean)


def daily_reference(
    coldest: np.ndarray,
    warmest: np.ndarray,
    vapour_pressure: np.ndarray,
    shortwave: np.ndarray,
    wind: np.ndarray,
    extraterrestrial: np.ndarray,
    elevation: np.ndarray | float,
    *,
    surface: str = "fao56",
    soil_heat: float = 0.0,
    mean: np.ndarray | None = None,
) -> np.ndarray:
    """Reference evapotranspiration of a day: FAO-56 equation 6, ASCE-EWRI equation 1.

    Parameters
    ----------
    coldest, warmest
        Lowest and highest air temperature, any shape [degC].
    vapour_pressure
        Of the air [kPa].
    shortwave, extraterrestrial
        Global radiation, and that above the atmosphere [MJ m-2 d-1].
    wind
        At 2 m [m s-1].
    elevation
        [m].
    surface
        A key of :data:`SURFACES`.
    soil_heat
        Into the soil [MJ m-2 d-1]; 0 for days.
    mean
        Mean air temperature; None takes the middle of lowest and highest, as both papers do [degC].

    Returns
    -------
    numpy.ndarray
        [mm d-1].

    Examples
    --------
    Example 18 of FAO-56: Uccle, 6 July.

    >>> daily_reference(12.3, 21.5, 1.409, 22.07, 2.078, 41.09, 100.0).round(1)
    np.float64(3.9)
    """
    middle = (np.asarray(coldest) + np.asarray(warmest)) / 2 if mean is None else np.asarray(mean)
    saturation = (saturation_pressure(np.asarray(warmest)) + saturation_pressure(np.asarray(coldest))) / 2
    clear = clear_sky_radiation(extraterrestrial, elevation)
    ratio = np.divide(shortwave, clear, out=np.full(np.shape(clear + shortwave), 0.7), where=clear > 0)
    net = net_radiation(
        shortwave,
        cloud_factor(ratio),
        vapour_pressure,
        np.asarray(warmest),
        np.asarray(coldest),
        hours=24,
        surface=surface,
    )
    gamma = psychrometric_constant(standard_pressure(elevation))
    numerator, denominator = SURFACES[surface].daily
    return _combine(net - soil_heat, middle, saturation - vapour_pressure, wind, gamma, numerator, denominator)


def hourly_reference(
    temperature: np.ndarray,
    vapour_pressure: np.ndarray,
    shortwave: np.ndarray,
    cloudiness: np.ndarray,
    wind: np.ndarray,
    elevation: np.ndarray | float,
    *,
    surface: str = "asce_short",
    day: np.ndarray | None = None,
) -> np.ndarray:
    """Reference evapotranspiration at an hour's rate: FAO-56 equation 53, ASCE-EWRI equation 1.

    Parameters
    ----------
    temperature
        Of the air, any shape [degC].
    vapour_pressure
        Of the air [kPa].
    shortwave
        Global radiation [MJ m-2 h-1].
    cloudiness
        Global radiation as a share of that of a clear sky [1]; at night from :func:`hourly_cloudiness`.
    wind
        At 2 m [m s-1].
    elevation
        [m].
    surface
        A key of :data:`SURFACES`.
    day
        Whether it is day; None takes net radiation above zero (ASCE-EWRI 2005).

    Returns
    -------
    numpy.ndarray
        [mm h-1]; below zero it is dew.

    Examples
    --------
    Example 19 of FAO-56: N'Diaye, 14:00 to 15:00.

    >>> saturation = 0.6108 * np.exp(17.27 * 38 / (38 + 237.3))
    >>> hourly_reference(38.0, 0.52 * saturation, 2.450, 0.92, 3.3, 8.0, surface="fao56").round(2)
    np.float64(0.63)
    """
    warm = np.asarray(temperature)
    factor = cloud_factor(cloudiness)
    net = net_radiation(shortwave, factor, vapour_pressure, warm, warm, hours=1, surface=surface)
    day = net >= 0 if day is None else day
    cover = SURFACES[surface]
    soil = np.where(day, *cover.soil) * net
    numerator = np.where(day, cover.by_day[0], cover.by_night[0])
    denominator = np.where(day, cover.by_day[1], cover.by_night[1])
    gamma = psychrometric_constant(standard_pressure(elevation))
    deficit = saturation_pressure(warm) - vapour_pressure
    return _combine(net - soil, warm, deficit, wind, gamma, numerator, denominator)


def _combine(
    available: np.ndarray,
    temperature: np.ndarray,
    deficit: np.ndarray,
    wind: np.ndarray,
    gamma: np.ndarray,
    numerator: np.ndarray | float,
    denominator: np.ndarray | float,
) -> np.ndarray:
    slope = saturation_slope(temperature)
    aerodynamic = gamma * numerator / (temperature + 273) * wind * deficit
    reference: np.ndarray = (PER_MJ * slope * available + aerodynamic) / (slope + gamma * (1 + denominator * wind))
    return reference
