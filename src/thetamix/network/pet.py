"""Potential evapotranspiration from what a weather table has.

:func:`oudin` needs the air temperature and the latitude alone. Formulas on plain arrays come first;
:func:`potential_evapotranspiration` works on a network.
"""

from collections.abc import Callable
from types import MappingProxyType

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.errors import InputError, nearest
from thetamix.network.schema import midpoints, time_step

SOLAR_CONSTANT = 0.0820  # [MJ m-2 min-1] FAO-56
LATENT_HEAT = 2.45  # [MJ kg-1] of vaporisation; with 1 kg of water = 1 mm on 1 m2
DAY = np.timedelta64(1, "D")


def extraterrestrial_radiation(latitude: np.ndarray, day_of_year: np.ndarray) -> np.ndarray:
    """Solar radiation on a horizontal surface above the atmosphere, daily sum: FAO-56 equation 21.

    Parameters
    ----------
    latitude
        Any shape that broadcasts [degrees_north].
    day_of_year
        Any shape that broadcasts, 1 to 366.

    Returns
    -------
    numpy.ndarray
        Radiation [MJ m-2 d-1]; 0 in the polar night.

    References
    ----------
    Allen et al. 1998, FAO Irrigation and Drainage Paper 56, equations 21-25.

    Examples
    --------
    Example 8 of FAO-56: 3 September at 20 degrees south.

    >>> extraterrestrial_radiation(np.array(-20.0), np.array(246)).round(1)
    np.float64(32.2)
    """
    angle = 2 * np.pi * np.asarray(day_of_year) / 365
    phi = np.radians(latitude)
    distance = 1 + 0.033 * np.cos(angle)
    declination = 0.409 * np.sin(angle - 1.39)
    # Beyond the polar circles the sun stays up (pi) or down (0) all day.
    sunset = np.arccos(np.clip(-np.tan(phi) * np.tan(declination), -1, 1))
    height = sunset * np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.sin(sunset)
    radiation: np.ndarray = np.maximum(24 * 60 / np.pi * SOLAR_CONSTANT * distance * height, 0)
    return radiation


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


def potential_evapotranspiration(network: xr.Dataset, method: str) -> xr.DataArray:
    """Compute a network's potential evapotranspiration from its other forcing.

    Parameters
    ----------
    network
        With what the method needs: for ``oudin`` ``air_temperature`` (cluster, time) [degC] and ``latitude``
        (cluster), at daily steps.
    method
        A key of :data:`METHODS`.

    Returns
    -------
    xarray.DataArray
        PET (cluster, time) [mm h-1]; NaN where an input is missing.

    Raises
    ------
    InputError
        If the method is unknown, an input is missing, or the step does not suit the method.
    """
    if method not in METHODS:
        raise InputError(
            f"potential_evapotranspiration: unknown method {method!r}; {nearest(method, METHODS)}"
        )
    return METHODS[method](network)


def _oudin(network: xr.Dataset) -> xr.DataArray:
    for name in ("air_temperature", "latitude"):
        if name not in network.variables:
            raise InputError(
                f"potential_evapotranspiration: oudin needs {name}, which the network does not have; add it, or give "
                "PET itself"
            )
    step = time_step(network["time"])
    if step != DAY:
        raise InputError(
            "potential_evapotranspiration: oudin is a daily formula, the step is "
            f"{step / np.timedelta64(1, 'h'):g} h; import daily means, or give PET itself as forcing"
        )
    latitude = network["latitude"].to_numpy()
    lost = np.flatnonzero(~np.isfinite(latitude))
    if lost.size:
        name = network["cluster_id"].to_numpy()[lost[0]]
        raise InputError(f"potential_evapotranspiration: cluster {name} has no latitude; add its coordinates")
    day = pd.DatetimeIndex(midpoints(network["time"], step)).day_of_year.to_numpy()
    temperature = network["air_temperature"].transpose("cluster", "time").to_numpy().astype(np.float64)
    daily = oudin(temperature, extraterrestrial_radiation(latitude[:, None], day[None, :]))
    attributes = {
        "long_name": "potential evapotranspiration rate",
        "units": "mm h-1",
        "cell_methods": "time: mean",
        "coverage_content_type": "auxiliaryInformation",
        "comment": "from air temperature and latitude after Oudin et al. (2005), doi:10.1016/j.jhydrol.2004.08.026",
    }
    return xr.DataArray((daily / 24).astype(np.float32), dims=("cluster", "time"), attrs=attributes)


#: Method -> function of a network.
METHODS: MappingProxyType[str, Callable[[xr.Dataset], xr.DataArray]] = MappingProxyType({"oudin": _oudin})
