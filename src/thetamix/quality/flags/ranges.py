"""Flags of readings outside the physical range: the ISMN's C01, C02 and C03."""

import numpy as np
import xarray as xr

from thetamix.network.limits import UPPER_LIMIT
from thetamix.network.schema import FLAGS


def range_flags(soil_moisture: np.ndarray, porosity: np.ndarray | None = None) -> np.ndarray:
    """Flag readings outside the physical range: the ISMN's C01, C02 and C03.

    Parameters
    ----------
    soil_moisture
        Readings (cluster, depth, replicate, time) [m3 m-3].
    porosity
        Of the soil (cluster) [1], where known; readings above it are C03.

    Returns
    -------
    numpy.ndarray
        Flag bits (cluster, depth, replicate, time), int32; missing readings have none.
    """
    flags = np.zeros(soil_moisture.shape, dtype=np.int32)
    flags[soil_moisture < 0] |= FLAGS["C01"][0]
    flags[soil_moisture > UPPER_LIMIT] |= FLAGS["C02"][0]
    if porosity is not None:
        flags[soil_moisture > porosity[:, None, None, None]] |= FLAGS["C03"][0]
    return flags


def flag_ranges(network: xr.Dataset) -> np.ndarray:
    """Flag a network's readings by their range, and by ``porosity`` where that is there: see :func:`range_flags`."""
    porosity = network["porosity"].to_numpy() if "porosity" in network else None
    return range_flags(network["soil_moisture"].to_numpy(), porosity)
