"""What reaches the soil of a real network: gaps bridged, a year to forget the start, snow and leaves passed.

Missing forcing of at most a day is bridged by looking back: no precipitation, the air as 24 hours before. A longer
gap leaves the state of the soil unknown: nothing is predicted in it and for :data:`MEMORY` after it. The record's
first year runs twice, the first time to forget the wet soil that it begins with; that is the only way in which
forcing acts on what was before it, and no reading is looked at for it.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from thetamix.forecasters.process.soil_layers import Records
from thetamix.network.schema import time_step
from thetamix.simulation.surface import COVERS, pass_surface
from thetamix.system.errors import InputError

NAMES = ("precipitation", "potential_evapotranspiration", "air_temperature")
LONGEST_BRIDGE = 24.0  # [h]
MEMORY = 90 * 24.0  # [h] in which the soil forgets a gap
SPIN_UP = 365 * 24.0  # [h] whole, so that the seasons meet
CANOPY = COVERS["mixed"].canopy  # [mm]; the land covers of real networks have names of all sorts


@dataclass(frozen=True)
class SurfaceForcing:
    """Water and demand at the soil surface, spin-up first.

    Attributes
    ----------
    supply, demand
        Throughfall with melt, and what the air would take (time, cluster) [mm h-1].
    complete
        Where the soil's state can be told (cluster, time), without the spin-up.
    step
        [h].
    spin_up
        How many steps come before the record.
    """

    supply: np.ndarray
    demand: np.ndarray
    complete: np.ndarray
    step: float
    spin_up: int


def surface_of(network: xr.Dataset) -> SurfaceForcing:
    """Prepare the forcing of a network for its soils.

    Parameters
    ----------
    network
        With precipitation, potential evapotranspiration [mm h-1] and air temperature [degC] (cluster, time). What is
        below zero in the first two counts as zero.

    Returns
    -------
    SurfaceForcing
        Of all clusters.

    Raises
    ------
    InputError
        If one of the three is not there.
    """
    absent = [name for name in NAMES if name not in network]
    if absent:
        raise InputError(
            f"process: the network has no {', '.join(absent)}; add it, or leave forecasters of kind process out"
        )
    step = float(time_step(network["time"]) / np.timedelta64(1, "h"))
    rain, evapotranspiration, temperature = (
        network[name].transpose("time", "cluster").to_numpy().astype(np.float64) for name in NAMES
    )
    complete = complete_steps(network)
    spin_up = min(round(SPIN_UP / step), len(rain))
    rain, evapotranspiration, temperature = (
        np.concatenate([a[:spin_up], a])
        for a in (np.nan_to_num(rain), as_before(evapotranspiration, step), as_before(temperature, step))
    )
    ground = pass_surface(
        np.maximum(rain, 0),
        temperature,
        np.maximum(evapotranspiration, 0),
        np.full(rain.shape[1], CANOPY),
        step,
    )
    return SurfaceForcing(ground.supply, ground.demand, complete, step, spin_up)


def complete_steps(network: xr.Dataset) -> np.ndarray:
    """Return where no gap hides the soil's state (cluster, time), boolean."""
    step = float(time_step(network["time"]) / np.timedelta64(1, "h"))
    forcing = (network[name].transpose("time", "cluster").to_numpy() for name in NAMES)
    complete: np.ndarray = ~np.any([hidden(values, step) for values in forcing], axis=0).T
    return complete


def as_before(values: np.ndarray, step: float) -> np.ndarray:
    """Fill what is missing with what was 24 hours before.

    Parameters
    ----------
    values
        Of a variable with a daily course (time, cluster).
    step
        [h].

    Returns
    -------
    numpy.ndarray
        The same without gaps; where nothing was before, 0.

    Examples
    --------
    >>> as_before(np.array([[1.0], [2.0], [np.nan], [np.nan], [np.nan]]), 12.0).ravel()
    array([1., 2., 1., 2., 1.])
    """
    back = max(round(24 / step), 1)
    filled = values.copy()
    for now in np.flatnonzero(np.isnan(values).any(axis=1)):
        before = filled[now - back] if now >= back else np.zeros(values.shape[1])
        filled[now] = np.where(np.isnan(values[now]), before, values[now])
    return filled


def hidden(values: np.ndarray, step: float) -> np.ndarray:
    """Return where gaps that are too long to be bridged hide the state of the soil.

    Parameters
    ----------
    values
        (time, cluster).
    step
        [h].

    Returns
    -------
    numpy.ndarray
        Boolean (time, cluster).
    """
    bridged, memory = int(LONGEST_BRIDGE / step), int(np.ceil(MEMORY / step))
    result = np.zeros(values.shape, dtype=bool)
    for cluster, series in enumerate(values.T):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], np.isnan(series), [False]])))
        for first, end in edges.reshape(-1, 2):
            if end - first > bridged:
                result[first : end + memory, cluster] = True
    return result


def into_records(surface: SurfaceForcing, *, longest: float, most: float) -> tuple[Records, np.ndarray]:
    """Combine steps where little happens, and divide those with much rain into parts.

    Parameters
    ----------
    surface
        The forcing.
    longest
        Time that steps are put together to, and that one part of a longer step takes at most [h].
    most
        Water that may enter in one part of a record, in any cluster [mm].

    Returns
    -------
    records : Records
        Those of the spin-up are skipped. In a record, supply and demand are the means of its steps.
    first : numpy.ndarray
        The first step of each record that is not skipped (record), counted from the start of the network's time.
    """
    amounts = (surface.supply.max(axis=1) * surface.step).tolist()
    starts, water, skip = [0], [amounts[0]], 0
    for now, amount in enumerate(amounts[1:], start=1):
        full = water[-1] + amount > most or (now + 1 - starts[-1]) * surface.step > longest
        if full or now == surface.spin_up:
            if now == surface.spin_up:
                skip = len(starts)
            starts.append(now)
            water.append(0.0)
        water[-1] += amount
    first = np.array(starts)
    steps = np.diff(np.append(first, len(amounts)))
    supply, demand = (np.add.reduceat(a, first, axis=0) / steps[:, None] for a in (surface.supply, surface.demand))
    length = steps * surface.step
    parts = np.maximum(np.ceil(np.array(water) / most), np.ceil(length / longest)).astype(np.int64)
    return Records(supply, demand, length, parts, skip), first[skip:] - surface.spin_up
