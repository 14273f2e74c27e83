"""Potential evapotranspiration of a network from its other forcing, by the best formula that the data allow.

================== ======================================================= ====== =========
method             needs (beside latitude, longitude, elevation)           step   source
================== ======================================================= ====== =========
asce_short         temperature, humidity, radiation, wind                  both   ASCE-EWRI 2005
asce_tall          the same: for alfalfa                                   both   ASCE-EWRI 2005
fao56              the same                                                both   FAO-56
priestley_taylor   temperature, humidity, radiation                        both   Priestley and Taylor 1972
makkink            temperature, radiation                                  both   de Bruin 1987
hargreaves_samani  lowest and highest temperature                          day    Hargreaves and Samani 1985
oudin              mean temperature                                        day    Oudin et al. 2005
================== ======================================================= ====== =========

``auto`` takes the first of asce_short, priestley_taylor, makkink, hargreaves_samani (of days) and oudin whose data
are there. At steps shorter than a day the last two are computed for the days of the sun's clock and spread over the
steps in proportion to the radiation above the atmosphere. What was taken stands in the variable's attributes.
"""

import numpy as np
import xarray as xr

from thetamix.network.schema import midpoints, time_step
from thetamix.system.errors import InputError, nearest
from thetamix.weather.pet_methods import EXTREMES, HUMIDITY, METHODS, TEMPERATURE, Method, Site
from thetamix.weather.plausible import require_plausible_weather
from thetamix.weather.solar import DAY

#: Hourly formulas are taken at steps up to this one.
LONGEST_HOURLY = np.timedelta64(3, "h")


def potential_evapotranspiration(
    network: xr.Dataset, method: str = "auto", *, wind_height: float = 2.0
) -> xr.DataArray:
    """Compute a network's potential evapotranspiration from its other forcing.

    Parameters
    ----------
    network
        With what the method needs: (cluster, time) ``air_temperature`` and variables of
        :data:`thetamix.network.weather_variables.WEATHER`; (cluster) ``latitude``, ``longitude``, ``elevation``.
    method
        A key of :data:`METHODS`, or ``auto``.
    wind_height
        Height of the anemometers above the ground [m].

    Returns
    -------
    xarray.DataArray
        PET (cluster, time) [mm h-1], not below 0; NaN where an input is missing, but for radiation while the sun is
        down, which is 0 then. Its attribute ``comment`` names
        method, inputs and source.

    Raises
    ------
    InputError
        If the method is unknown, an input is missing or implausible, or the step does not suit the method.
    """
    if method not in {"auto", *METHODS}:
        raise InputError(
            f"potential_evapotranspiration: unknown method {method!r}; {nearest(method, ['auto', *METHODS])}"
        )
    step = time_step(network["time"])
    if step > DAY or (step < DAY and DAY % step):
        raise InputError(
            f"potential_evapotranspiration: the step is {step / np.timedelta64(1, 'h'):g} h; PET is computed for "
            "days and for steps that divide a day: import at such a step, or give PET itself as forcing"
        )
    if method == "auto":
        method = _best(network, step)
    chosen = METHODS[method]
    _require(network, method, chosen, step)
    require_plausible_weather(network)
    shape = (network.sizes["cluster"], network.sizes["time"])
    rates = np.full(shape, np.nan, dtype=np.float32)
    middle = midpoints(network["time"], step)
    blanks = 0
    for at in range(shape[0]):
        site = _site(network, at, middle, step, wind_height)
        rates[at] = np.maximum(chosen.rate(site), 0)
        blanks += int(site.dark_blanks().sum()) if ("shortwave_radiation",) in chosen.needs else 0
    return xr.DataArray(rates, dims=("cluster", "time"), attrs=_attributes(network, method, chosen, step, blanks))


def _best(network: xr.Dataset, step: np.timedelta64) -> str:
    for method in ("asce_short", "priestley_taylor", "makkink", "hargreaves_samani", "oudin"):
        chosen = METHODS[method]
        if step < DAY and (method == "hargreaves_samani" or (chosen.hourly and step > LONGEST_HOURLY)):
            continue
        if not _absent(network, chosen, step):
            return method
    raise InputError(
        "potential_evapotranspiration: nothing to compute it from: at least air_temperature is needed "
        "(oudin), and latitude and longitude of every cluster; add them as forcing, or give PET itself"
    )


def _groups(chosen: Method, step: np.timedelta64) -> tuple[tuple[str, ...], ...]:
    """Return groups of which each must have a variable; a day's extremes come from shorter steps by themselves."""
    if step == DAY:
        return chosen.needs
    return tuple(group if group[0] not in EXTREMES else TEMPERATURE for group in chosen.needs)


def _absent(network: xr.Dataset, chosen: Method, step: np.timedelta64) -> list[str]:
    missing = [
        " or ".join(group)
        for group in _groups(chosen, step)
        if not any(name in network and bool(network[name].notnull().any()) for name in group)
        and not (group == TEMPERATURE and step == DAY and all(name in network for name in EXTREMES))
    ]
    places = chosen.places if step == DAY else dict.fromkeys((*chosen.places, "longitude"))
    return missing + [name for name in places if name not in network.variables]


def _require(network: xr.Dataset, method: str, chosen: Method, step: np.timedelta64) -> None:
    absent = _absent(network, chosen, step)
    if absent:
        raise InputError(
            f"potential_evapotranspiration: {method} needs {', '.join(absent)}, which the network does not have; add "
            "it, take another method, or give PET itself"
        )
    if chosen.hourly and LONGEST_HOURLY < step < DAY:
        raise InputError(
            f"potential_evapotranspiration: {method} is for days and for steps up to 3 h, the step is "
            f"{step / np.timedelta64(1, 'h'):g} h; take oudin, or give PET itself"
        )
    for name in chosen.places:
        lost = np.flatnonzero(~np.isfinite(network[name].to_numpy()))
        if lost.size:
            cluster = network["cluster_id"].to_numpy()[lost[0]]
            raise InputError(
                f"potential_evapotranspiration: cluster {cluster} has no {name}; add it to the table of sensors"
            )


def _site(network: xr.Dataset, at: int, middle: np.ndarray, step: np.timedelta64, wind_height: float) -> Site:
    cluster = network.isel(cluster=at)
    names = {*TEMPERATURE, *EXTREMES, *HUMIDITY, "shortwave_radiation", "wind_speed"}
    weather = {name: cluster[name].to_numpy().astype(np.float64) for name in names if name in network}
    where = {
        name: float(cluster[name]) if name in network.variables else 0.0
        for name in ("latitude", "longitude", "elevation")
    }
    return Site(
        np.asarray(where["latitude"]),
        np.asarray(where["longitude"]),
        where["elevation"],
        middle,
        step,
        weather,
        wind_height,
    )


def _attributes(
    network: xr.Dataset, method: str, chosen: Method, step: np.timedelta64, blanks: int
) -> dict[str, object]:
    taken = [
        next((name for name in group if name in network), " and ".join(EXTREMES)) for group in _groups(chosen, step)
    ]
    night = f"; {blanks} blank(s) of shortwave_radiation while the sun is down are 0" if blanks else ""
    spread = "" if chosen.hourly or step == DAY else "; of days, spread over the steps with the sun"
    return {
        "long_name": "potential evapotranspiration rate",
        "units": "mm h-1",
        "cell_methods": "time: mean",
        "coverage_content_type": "auxiliaryInformation",
        "comment": f"method {method} from {', '.join(dict.fromkeys(taken))}: {chosen.source}{spread}{night}",
    }
