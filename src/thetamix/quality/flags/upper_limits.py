"""How much water the soil of a cluster can hold, as users write it: peat holds more than mineral soil."""

import re
from collections.abc import Sequence

import numpy as np
import xarray as xr

from thetamix.network.assemble import label_variable
from thetamix.network.limits import LARGEST_FRACTION
from thetamix.system.errors import InputError, nearest

LIMIT = "soil_moisture_limit"


def with_upper_limits(network: xr.Dataset, words: Sequence[str]) -> xr.Dataset:
    """Set the soil moisture above which readings are flagged C02, for all clusters or by an attribute.

    Parameters
    ----------
    network
        The network; not changed.
    words
        ``0.95`` for all clusters, ``land_use=peat:0.95`` for those with that value of an attribute,
        ``cluster_id=c12:0.95`` for a single cluster [m3 m-3]; later ones prevail.

    Returns
    -------
    xarray.Dataset
        The network with ``soil_moisture_limit`` (cluster); as it was where there are no words.

    Raises
    ------
    InputError
        If there is no such attribute or value, or the limit is no fraction.
    """
    if not words:
        return network
    limits = np.full(network.sizes["cluster"], np.nan)
    if LIMIT in network:
        limits = network[LIMIT].to_numpy().astype(np.float64)
    for word in words:
        match = re.fullmatch(r"(?:(?P<name>[^=]+)=(?P<value>.*):)?(?P<limit>[^:=]+)", word)
        if match is None:
            raise InputError(f"--upper: {word!r} is not understood; write 0.95 or land_use=peat:0.95")
        limit = _fraction(match["limit"])
        limits[_clusters(network, match["name"], match["value"])] = limit
    return network.assign({LIMIT: label_variable(LIMIT, limits)})


def _fraction(text: str) -> float:
    try:
        limit = float(text)
    except ValueError:
        limit = np.nan
    if not 0 < limit <= LARGEST_FRACTION:
        raise InputError(f"--upper: {text!r} is no soil moisture from 0 to {LARGEST_FRACTION:g} m3 m-3; write 0.95")
    return limit


def _clusters(network: xr.Dataset, name: str | None, value: str | None) -> np.ndarray:
    """Return which clusters (cluster) are meant: those where an attribute has a value, or all."""
    if name is None:
        return np.ones(network.sizes["cluster"], dtype=bool)
    attributes = [str(variable) for variable in network.variables if network[variable].dims == ("cluster",)]
    if name not in attributes:
        raise InputError(f"--upper: the network has no attribute {name!r}; {nearest(name, attributes)}")
    values = [str(text) for text in network[name].to_numpy()]
    if value not in values:
        raise InputError(f"--upper: no cluster has {name} {value!r}; {nearest(str(value), sorted(set(values)))}")
    return np.array([text == value for text in values])
