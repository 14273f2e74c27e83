"""A cluster at a longer step: means of the readings that are not rejected, of rates and of states."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import xarray as xr

from thetamix.network.observations import cluster_observations
from thetamix.network.resampling import ENOUGH, SHARES, over_moments, union_of_flags
from thetamix.network.schema import time_step
from thetamix.network.streaming import series_variables
from thetamix.system.durations import format_duration
from thetamix.system.errors import InputError

EPOCH = np.datetime64("1970-01-01", "ns")
_DAY = np.timedelta64(86_400 * 10**9, "ns")


def interval_ends(time: xr.DataArray, step: np.timedelta64, source: str) -> np.ndarray:
    """Return the ends of the intervals that lie in a record: days end at 00:00 UTC.

    Parameters
    ----------
    time
        Of the network.
    step
        Length of the intervals: a divisor or a multiple of a day, and a multiple of the network's step. They end at
        1970-01-01 + n × `step`.
    source
        Of the network, for the messages.

    Returns
    -------
    numpy.ndarray
        Stamps (time) as ``datetime64[ns]``. An interval that the record does not cover from begin to end is none.

    Raises
    ------
    InputError
        If the network's step does not go into `step`, or its intervals lie across the ends.
    """
    step = np.timedelta64(step, "ns")
    between = time_step(time)
    stamps = time.to_numpy().astype("datetime64[ns]")
    zero = np.timedelta64(0, "ns")
    if step % between != zero:
        raise InputError(
            f"{source}: has a time step of {format_duration(between)}, which does not go into "
            f"{format_duration(step)}; take a multiple of {format_duration(between)} as step"
        )
    if step % _DAY != zero and _DAY % step != zero:
        raise InputError(
            f"step {format_duration(step)} neither divides a day nor is a multiple of one; take such as 1d"
        )
    if (stamps[0] - EPOCH) % between != zero:
        raise InputError(
            f"{source}: its intervals end at such as {np.datetime_as_string(stamps[0], 'm')}, across the ends of "
            f"those of {format_duration(step)}, which are counted from 00:00 UTC; import it with a "
            "step whose stamps are full ones"
        )
    first = EPOCH - (EPOCH - (stamps[0] - between)) // step * step + step
    ends = np.arange(first, stamps[-1] + np.timedelta64(1, "ns"), step)
    if not ends.size:
        raise InputError(f"{source}: its record is shorter than one step of {format_duration(step)}")
    return ends


def resampled(
    cluster: xr.Dataset, ends: np.ndarray, step: np.timedelta64, reject: Sequence[str]
) -> dict[str, np.ndarray]:
    """Bring what changes in time at a cluster to a longer step.

    Parameters
    ----------
    cluster
        Of a network, at its own step; its variables of :func:`changing`.
    ends
        See :func:`interval_ends`.
    step
        Length of the intervals.
    reject
        Flags of the readings that enter no mean.

    Returns
    -------
    dict
        Variable -> values (…, time). Rates, states and readings are means, what is declared as a minimum or maximum
        of its interval (``cell_methods``) stays one; missing where too little is there (:data:`SHARES`). A reading's
        flags are those of all readings in its mean.
    """
    moments, between = cluster["time"].to_numpy().astype("datetime64[ns]"), time_step(cluster["time"])
    result = {}
    for name, variable in cluster.data_vars.items():
        if name == "soil_moisture_flag":
            values = np.where(np.isfinite(cluster_observations(cluster, reject)), variable.to_numpy(), 0)
        else:
            values = cluster_observations(cluster, reject) if name == "soil_moisture" else variable.to_numpy()
        if name == "soil_moisture_flag" or "flag_masks" in variable.attrs:
            result[str(name)] = union_of_flags(values, moments, ends, step)
        else:
            enough = SHARES.get(str(name), ENOUGH)
            take = kind_of_mean(variable)
            means = over_moments(values, moments, between, ends, step, take=take, enough=enough)
            result[str(name)] = means.astype(np.float32)
    if {"soil_moisture", "soil_moisture_flag"} <= result.keys():
        result["soil_moisture_flag"] *= np.isfinite(result["soil_moisture"])
    return result


def kind_of_mean(variable: xr.DataArray | xr.Variable) -> Literal["mean", "minimum", "maximum"]:
    """Return what a variable is of its interval, as it declares it."""
    method = str(variable.attrs.get("cell_methods", ""))
    return "minimum" if "time: minimum" in method else "maximum" if "time: maximum" in method else "mean"


def changing(network: xr.Dataset) -> list[str]:
    """Return the variables that change in time at each cluster and can be averaged: numbers and flags."""
    names = series_variables(network)
    return [name for name in names if network[name].dtype.kind in "fiu" and "flag_values" not in network[name].attrs]
