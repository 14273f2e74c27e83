"""Weather variables beside the network's own forcing, and what follows from them: humidity, pressure, wind.

A network may hold any of :data:`WEATHER`; potential evapotranspiration is computed from them
(:mod:`thetamix.network.pet`). The formulas are those of FAO-56 (Allen et al. 1998, FAO Irrigation and Drainage
Paper 56), equation numbers are given.
"""

from types import MappingProxyType

import numpy as np
import xarray as xr

from thetamix.network.schema import Variable

_ON = ("cluster", "time")

#: Weather variables by name, with the unit that the network file has them in.
WEATHER: MappingProxyType[str, Variable] = MappingProxyType(
    {
        "minimum_air_temperature": Variable(
            _ON, "degC", "lowest air temperature of the interval", "air_temperature"
        ),
        "maximum_air_temperature": Variable(
            _ON, "degC", "highest air temperature of the interval", "air_temperature"
        ),
        "relative_humidity": Variable(_ON, "percent", "relative humidity", "relative_humidity"),
        "dew_point_temperature": Variable(_ON, "degC", "dew point temperature", "dew_point_temperature"),
        "vapour_pressure": Variable(
            _ON, "kPa", "vapour pressure of the air", "water_vapor_partial_pressure_in_air"
        ),
        "wind_speed": Variable(_ON, "m s-1", "wind speed", "wind_speed"),
        "shortwave_radiation": Variable(
            _ON, "W m-2", "global radiation", "surface_downwelling_shortwave_flux_in_air"
        ),
    }
)


def weather_variable(name: str, values: np.ndarray) -> xr.Variable:
    """Label a weather variable as the network file has it.

    Parameters
    ----------
    name
        A key of :data:`WEATHER`.
    values
        (cluster, time), in its unit.

    Returns
    -------
    xarray.Variable
        With unit and names.
    """
    known = WEATHER[name]
    extreme = {"minimum": "time: minimum", "maximum": "time: maximum"}
    attributes = {
        "long_name": known.long_name,
        "units": str(known.units),
        "coverage_content_type": "physicalMeasurement",
        "cell_methods": extreme.get(name.partition("_")[0], "time: mean"),
    }
    if known.standard_name is not None:
        attributes["standard_name"] = known.standard_name
    if known.units == "degC":
        attributes["units_metadata"] = "temperature: on_scale"
    return xr.Variable(known.dimensions, values, attributes)


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
    """Give the psychrometric constant: FAO-56 equation 8.

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
