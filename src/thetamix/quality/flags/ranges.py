"""Flags of readings outside the physical range: the ISMN's C01, C02 and C03."""

import numpy as np
import xarray as xr

from thetamix.network.limits import UPPER_LIMIT
from thetamix.network.schema import FLAGS

#: Attributes of clusters that their readings are held against, in the order in which :func:`range_flags` has them.
LIMITS = ("porosity", "soil_moisture_limit")


def range_flags(
    soil_moisture: np.ndarray, porosity: np.ndarray | None = None, limit: np.ndarray | None = None
) -> np.ndarray:
    """Flag readings outside the physical range: the ISMN's C01, C02 and C03.

    Parameters
    ----------
    soil_moisture
        Readings (cluster, depth, replicate, time) [m3 m-3].
    porosity
        Of the soil (cluster) [1], where known; readings above it are C03.
    limit
        ``soil_moisture_limit`` (cluster) [m3 m-3]: readings above it are C02. NaN, or None: 0.60.

    Returns
    -------
    numpy.ndarray
        Flag bits (cluster, depth, replicate, time), int32; missing readings have none.
    """
    flags = np.zeros(soil_moisture.shape, dtype=np.int32)
    flags[soil_moisture < 0] |= FLAGS["C01"][0]
    above = np.full(len(soil_moisture), np.nan) if limit is None else limit
    # In the precision of the readings: one of 0.6 is not above 0.6.
    above = np.where(np.isfinite(above), above, UPPER_LIMIT).astype(soil_moisture.dtype)
    flags[soil_moisture > above[:, None, None, None]] |= FLAGS["C02"][0]
    if porosity is not None:
        flags[soil_moisture > porosity[:, None, None, None]] |= FLAGS["C03"][0]
    return flags


def flag_ranges(network: xr.Dataset) -> np.ndarray:
    """Flag a network's readings by their range, with the limits of its clusters: see :func:`range_flags`."""
    limits = (network[name].to_numpy() if name in network else None for name in LIMITS)
    return range_flags(network["soil_moisture"].to_numpy(), *limits)
