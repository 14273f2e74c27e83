"""Potential evapotranspiration from fewer data than Penman-Monteith needs: arrays in, arrays out."""

import numpy as np

from thetamix.weather.humidity import psychrometric_constant, saturation_slope, standard_pressure

LATENT_HEAT = 2.45  # [MJ kg-1] of vaporisation; with 1 kg of water = 1 mm on 1 m2


def oudin(air_temperature: np.ndarray, radiation: np.ndarray) -> np.ndarray:
    """Daily potential evapotranspiration after Oudin et al. (2005), their equation 3.

    Parameters
    ----------
    air_temperature
        Daily mean, any shape [degC].
    radiation
        Extraterrestrial radiation, broadcasts [MJ m-2 d-1].

    Returns
    -------
    numpy.ndarray
        PET [mm d-1]: Ra / lambda * (T + 5) / 100, 0 at -5 degC and below; NaN where the temperature is.

    References
    ----------
    Oudin et al. 2005, J. Hydrol. 303, 290-306, doi:10.1016/j.jhydrol.2004.08.026.

    Examples
    --------
    >>> oudin(np.array([15.0, -8.0]), np.array([24.5, 24.5]))
    array([2., 0.])
    """
    rate: np.ndarray = radiation / LATENT_HEAT * np.maximum(np.asarray(air_temperature) + 5, 0) / 100
    return rate


def hargreaves_samani(coldest: np.ndarray, warmest: np.ndarray, radiation: np.ndarray) -> np.ndarray:
    """Daily reference evapotranspiration after Hargreaves and Samani (1985), as FAO-56 equation 52 has it.

    Parameters
    ----------
    coldest, warmest
        Lowest and highest air temperature of the day, any shape [degC].
    radiation
        Extraterrestrial radiation, broadcasts [MJ m-2 d-1].

    Returns
    -------
    numpy.ndarray
        [mm d-1]: 0.0023 (T + 17.8) sqrt(Tmax - Tmin) Ra / lambda, not below 0.

    References
    ----------
    Hargreaves and Samani 1985, Appl. Eng. Agric. 1, 96-99, doi:10.13031/2013.26773.

    Examples
    --------
    Example 20 of FAO-56 has 5.0 mm in July near Lyon: 14.8 to 26.6 degC, 40.55 MJ.

    >>> hargreaves_samani(np.array(14.8), np.array(26.6), np.array(40.55)).round(1)
    np.float64(5.0)
    """
    cold, warm = np.asarray(coldest), np.asarray(warmest)
    spread = np.sqrt(np.maximum(warm - cold, 0))
    rate: np.ndarray = np.maximum(0.0023 * ((cold + warm) / 2 + 17.8), 0) * spread * radiation / LATENT_HEAT
    return rate


def makkink(air_temperature: np.ndarray, shortwave: np.ndarray) -> np.ndarray:
    """Reference crop evapotranspiration after Makkink, as the KNMI computes it (de Bruin 1987).

    Parameters
    ----------
    air_temperature
        Mean, any shape [degC].
    shortwave
        Global radiation [MJ m-2 per interval].

    Returns
    -------
    numpy.ndarray
        [mm per interval]: 0.65 s / (s + gamma) K / lambda.

    References
    ----------
    De Bruin 1987, From Penman to Makkink, TNO Committee on Hydrological Research, Proceedings and Information 39,
    5-31. The temperature functions are those of Hooghart and Lablans 1988, KNMI.

    Examples
    --------
    >>> makkink(np.array(17.0), np.array(18.0)).round(2)
    np.float64(3.1)
    """
    temperature = np.asarray(air_temperature)
    # Slope of the saturation vapour pressure [hPa degC-1], psychrometric "constant", latent heat of the KNMI.
    below = 237.3 + temperature
    slope = 7.5 * 237.3 / below**2 * np.log(10) * 6.107 * 10 ** (7.5 * temperature / below)
    gamma = 0.646 + 0.0006 * temperature
    latent = 2.501 - 0.002375 * temperature  # [MJ kg-1]
    rate: np.ndarray = 0.65 * slope / (slope + gamma) * np.asarray(shortwave) / latent
    return rate


def priestley_taylor(air_temperature: np.ndarray, available: np.ndarray, elevation: np.ndarray | float) -> np.ndarray:
    """Potential evapotranspiration after Priestley and Taylor (1972).

    Parameters
    ----------
    air_temperature
        Mean, any shape [degC].
    available
        Net radiation less the heat into the soil [MJ m-2 per interval].
    elevation
        [m].

    Returns
    -------
    numpy.ndarray
        [mm per interval]: 1.26 s / (s + gamma) (Rn - G) / lambda.

    References
    ----------
    Priestley and Taylor 1972, Mon. Weather Rev. 100, 81-92,
    doi:10.1175/1520-0493(1972)100<0081:OTAOSH>2.3.CO;2.

    Examples
    --------
    >>> priestley_taylor(np.array(20.0), np.array(10.0), 100.0).round(2)
    np.float64(3.52)
    """
    slope = saturation_slope(np.asarray(air_temperature))
    gamma = psychrometric_constant(standard_pressure(elevation))
    rate: np.ndarray = 1.26 * slope / (slope + gamma) * np.asarray(available) / LATENT_HEAT
    return rate
