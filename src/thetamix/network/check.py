"""Is this a network? Errors name the variable, the cluster and the time, and say what to do."""

from collections.abc import Iterable, Iterator

import numpy as np
import xarray as xr

from thetamix.network.limits import LARGEST_FRACTION, POSSIBLE
from thetamix.network.schema import MAX_DEPTHS, PLACES, REQUIRED, SERIES_DIMENSIONS, VARIABLES
from thetamix.system.errors import InputError

#: Values of a variable that are in memory at a time, unless one cluster has more.
VALUES = 2**22


def check_network(network: xr.Dataset, source: str, *, readings: bool = True) -> None:
    """Check that a data set is a network that everything else can work with.

    Parameters
    ----------
    network
        The data set. Values are read a few clusters at a time.
    source
        Where it came from, for the messages.
    readings
        False where it may do without soil moisture: to predict, forcing and attributes are enough.

    Raises
    ------
    InputError
        At the first thing that is wrong.
    """
    check_form(network, source, readings=readings)
    for clusters in _few_clusters(network):
        _check_values(clusters, source)


def check_form(network: xr.Dataset, source: str, *, readings: bool = True) -> None:
    """Check variables, axes and labels as :func:`check_network` does, and no values."""
    _check_variables(network, source, REQUIRED if readings else PLACES)
    _check_axes(network, source)
    _check_time(network, source, fewest=2 if readings else 1)
    _check_labels(network, source)


def _check_variables(network: xr.Dataset, source: str, required: tuple[str, ...]) -> None:
    absent = [name for name in required if name not in network.variables]
    if absent:
        raise InputError(
            f"{source}: not a network: variable {', '.join(absent)} missing; "
            "make one with `thetamix import` or `thetamix simulate`"
        )
    for name, expected in VARIABLES.items():
        variable = network.variables.get(name)
        if variable is None:
            continue
        if variable.dims != expected.dimensions:
            raise InputError(
                f"{source}: {name} has dimensions ({', '.join(map(str, variable.dims))}), "
                f"expected ({', '.join(expected.dimensions)})"
            )
        if name == "soil_moisture_flag" and not np.issubdtype(variable.dtype, np.integer):
            raise InputError(f"{source}: soil_moisture_flag holds {variable.dtype}, expected integers: flag bits")
        if expected.units is None:
            continue
        if not np.issubdtype(variable.dtype, np.number):
            raise InputError(f"{source}: {name} holds {variable.dtype}, expected numbers [{expected.units}]")
        units = variable.attrs.get("units")
        if units != expected.units:
            raise InputError(
                f"{source}: {name} has the unknown unit {units!r}, expected {expected.units!r}; "
                "convert the values or import the raw files with `thetamix import`"
            )


def _check_axes(network: xr.Dataset, source: str) -> None:
    """Raise unless each position of a dimension has a name, number or stamp of its own."""
    for name, dimension in (("cluster_id", "cluster"), ("depth", "depth"), ("replicate", "replicate")):
        variable = network.variables.get(name)
        if variable is None:
            continue
        if variable.dims != (dimension,):
            raise InputError(
                f"{source}: {name} has dimensions ({', '.join(map(str, variable.dims))}), expected ({dimension})"
            )
        if variable.size == 0:
            raise InputError(f"{source}: there is no {dimension} in it; a network needs at least one")
    depth = network.variables["depth"]
    if not np.issubdtype(depth.dtype, np.number):
        raise InputError(f"{source}: depth holds {depth.dtype}, expected numbers [m]")
    if depth.attrs.get("units", "m") != "m":
        raise InputError(f"{source}: depth has the unit {depth.attrs['units']!r}, expected 'm'; convert the values")
    for name, limits in (("latitude", (-90, 90)), ("longitude", (-180, 360))):
        if name not in network:
            continue
        values = network[name].to_numpy()
        outside = (values < limits[0]) | (values > limits[1])
        if outside.any():
            cluster = int(np.argmax(outside))
            raise InputError(
                f"{source}: {name} of cluster {network['cluster_id'].to_numpy()[cluster]} is {values[cluster]:g}, "
                f"expected degrees from {limits[0]} to {limits[1]}; projected coordinates must be converted"
            )


def _check_time(network: xr.Dataset, source: str, fewest: int) -> None:
    time = network.variables["time"]
    if time.dims != ("time",) or not np.issubdtype(time.dtype, np.datetime64):
        raise InputError(f"{source}: time is not a date axis; write it as CF 'hours since …', UTC")
    stamps = time.to_numpy()
    if stamps.size < fewest:
        raise InputError(f"{source}: time has {stamps.size} step(s), at least {fewest} are needed")
    if np.isnat(stamps).any():
        raise InputError(f"{source}: time has missing stamps")
    steps = np.diff(stamps)
    zero = np.timedelta64(0, "ns")
    for bad, what in ((steps == zero, "duplicated"), (steps < zero, "not increasing")):
        if bad.any():
            first = int(np.argmax(bad))
            raise InputError(
                f"{source}: time is {what} at {_stamp(stamps[first + 1])}; sort it, keep each stamp once"
            )
    uneven = steps != steps[:1]
    if uneven.any():
        first = int(np.argmax(uneven))
        raise InputError(
            f"{source}: time is not regular: {_hours(steps[0])} between the first stamps, "
            f"{_hours(steps[first])} before {_stamp(stamps[first + 1])}; "
            "write every step, with NaN where nothing was read"
        )


def _check_labels(network: xr.Dataset, source: str) -> None:
    if "soil_moisture" in network and network["soil_moisture"].dims != SERIES_DIMENSIONS:
        raise InputError(f"{source}: soil_moisture must be on (cluster, depth, replicate, time)")
    names = [str(name) for name in network["cluster_id"].to_numpy()]
    repeated = _first_repeated(names)
    if repeated is not None:
        raise InputError(f"{source}: cluster_id {repeated!r} occurs twice; names must be unique")
    if "" in names:
        raise InputError(f"{source}: cluster_id {names.index('')} is empty; every cluster needs a name")
    depth = network["depth"].to_numpy()
    if depth.size > MAX_DEPTHS:
        raise InputError(f"{source}: {depth.size} depths, at most {MAX_DEPTHS}; snap sensors to nominal depths")
    if not (np.isfinite(depth).all() and (depth >= 0).all() and (np.diff(depth) > 0).all()):
        raise InputError(f"{source}: depth must increase and be positive down [m], found {depth.tolist()}")


def _few_clusters(network: xr.Dataset) -> Iterator[xr.Dataset]:
    """Cut a network into parts of few values, each read when it is asked for."""
    sizes = [variable.size for variable in network.variables.values() if "cluster" in variable.dims]
    together = max(VALUES * network.sizes["cluster"] // max(sizes, default=1), 1)
    if together >= network.sizes["cluster"]:
        yield network
        return
    for first in range(0, network.sizes["cluster"], together):
        yield network.isel(cluster=slice(first, first + together))


def _check_values(network: xr.Dataset, source: str) -> None:
    for name in network.data_vars:
        variable = network.variables[name]
        values = variable.to_numpy()
        if values.dtype.kind not in "fiu":
            continue
        if values.dtype.kind == "f" and np.isinf(values).any():
            raise InputError(f"{source}: {name} is infinite at {_place(network, variable, np.isinf(values))}")
        if name == "soil_moisture":
            _check_fractions(network, values, source)
        if name in POSSIBLE:
            _check_weather(network, str(name), values, source)


def _check_fractions(network: xr.Dataset, values: np.ndarray, source: str) -> None:
    for cluster, depth in np.ndindex(values.shape[:2]):
        readings = values[cluster, depth]
        readings = readings[np.isfinite(readings)]
        if readings.size and np.median(readings) > LARGEST_FRACTION:
            raise InputError(
                f"{source}: soil_moisture of cluster {network['cluster_id'].to_numpy()[cluster]} at "
                f"{float(network['depth'][depth]):g} m has a median of {np.median(readings):.3g}: "
                + (
                    "this looks like percent, not m3 m-3; divide by 100"
                    if np.median(readings) <= 100
                    else "these look like raw counts of a probe; convert them by its calibration"
                )
            )


def _check_weather(network: xr.Dataset, name: str, values: np.ndarray, source: str) -> None:
    lowest, highest = POSSIBLE[name]
    bad = (values < lowest) | (values > highest)
    if not bad.any():
        return
    first = float(values[bad][0])
    why = "which cannot be; mark missing values as NaN, or correct the unit"
    if name == "air_temperature" and highest < first < highest + 273.15:
        why = "which looks like kelvin; subtract 273.15"
    where = _place(network, network.variables[name], bad)
    raise InputError(f"{source}: {name} is {first:g} {VARIABLES[name].units} at {where}, {why}")


def _place(network: xr.Dataset, variable: xr.Variable, bad: np.ndarray) -> str:
    index = dict(zip(variable.dims, np.argwhere(bad)[0], strict=True))
    words = []
    if "cluster" in index:
        words.append(f"cluster {network['cluster_id'].to_numpy()[index['cluster']]}")
    if "depth" in index:
        words.append(f"{float(network['depth'][index['depth']]):g} m")
    if "time" in index:
        words.append(_stamp(network["time"].to_numpy()[index["time"]]))
    return ", ".join(words) or "its only value"


def _first_repeated(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _stamp(time: np.datetime64) -> str:
    return str(np.datetime_as_string(time, "m"))


def _hours(step: np.timedelta64) -> str:
    return f"{step / np.timedelta64(1, 'h'):g} h"
