"""Weather variables that a network may hold beside its own forcing: what evapotranspiration is computed from."""

from types import MappingProxyType

import numpy as np
import xarray as xr

from thetamix.network.schema import Variable

_ON = ("cluster", "time")

#: Weather variables by name, with the unit that the network file has them in.
WEATHER: MappingProxyType[str, Variable] = MappingProxyType(
    {
        "minimum_air_temperature": Variable(_ON, "degC", "lowest air temperature of the interval", "air_temperature"),
        "maximum_air_temperature": Variable(
            _ON, "degC", "highest air temperature of the interval", "air_temperature"
        ),
        "relative_humidity": Variable(_ON, "percent", "relative humidity", "relative_humidity"),
        "dew_point_temperature": Variable(_ON, "degC", "dew point temperature", "dew_point_temperature"),
        "vapour_pressure": Variable(_ON, "kPa", "vapour pressure of the air", "water_vapor_partial_pressure_in_air"),
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
    """
    variable = WEATHER[name]
    extreme = {"minimum": "time: minimum", "maximum": "time: maximum"}
    cell_methods = extreme.get(name.partition("_")[0], "time: mean")
    return xr.Variable(variable.dimensions, values, variable.attributes() | {"cell_methods": cell_methods})
