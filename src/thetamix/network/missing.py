"""How much of a network there is: the share of each variable that is missing, and where it is missing throughout."""

import math
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

#: Dimensions of what is counted beside the readings.
_THROUGH_TIME = (("cluster", "time"), ("cluster", "depth", "time"))


#: What clusters without a value of an attribute are called where they are grouped by it.
UNKNOWN = "unknown"


@dataclass
class Gaps:
    """What is missing of a variable.

    Attributes
    ----------
    missing
        Share of its values that are missing, where there could be any: not in places without a sensor.
    without
        Clusters without a single value.
    places
        Sensors of the readings, or clusters and depths of weather, that are counted.
    """

    missing: float = 0.0
    without: list[str] = field(default_factory=list)
    places: int = 0


def count_gaps(network: xr.Dataset) -> dict[str, Gaps]:
    """Count what is missing, reading one cluster at a time.

    Parameters
    ----------
    network
        The network.

    Returns
    -------
    dict
        Variable -> its gaps: ``soil_moisture``, if it is there, and all that has cluster and time.
    """
    names = [str(name) for name, values in network.data_vars.items() if values.dims in _THROUGH_TIME]
    names = ["soil_moisture"] * ("soil_moisture" in network) + names
    counted = {name: Gaps() for name in names}
    sensors = _sensors(network)
    for at, cluster in enumerate(network["cluster_id"].to_numpy()):
        for name in names:
            there = network[name].isel(cluster=at).notnull().to_numpy().reshape(-1, network.sizes["time"])
            read = np.atleast_1d(there.any(axis=1))
            if name == "soil_moisture":
                read = read | sensors[at]
            elif read.any():
                read = read.copy()
            else:
                read = np.ones_like(read[:1])
            entry = counted[name]
            entry.places += int(read.sum())
            entry.missing += float(read.sum() - there[: read.size][read].mean(axis=1).sum())
            if not there.any():
                entry.without.append(str(cluster))
    for entry in counted.values():
        entry.missing = entry.missing / entry.places if entry.places else 1.0
    return counted


def _sensors(network: xr.Dataset) -> np.ndarray:
    """Mark the places that have a sensor by name or depth (cluster, depth and replicate)."""
    size = network.sizes["depth"] * network.sizes.get("replicate", 1)
    sensors = np.zeros((network.sizes["cluster"], size), dtype=bool)
    if "sensor_id" in network:
        sensors |= (network["sensor_id"].to_numpy() != "").reshape(sensors.shape)
    if "sensor_depth" in network:
        sensors |= np.isfinite(network["sensor_depth"].to_numpy()).reshape(sensors.shape)
    return sensors


def percent(share: float) -> str:
    """Write a share so that little is not nothing, and nearly all is not all.

    Examples
    --------
    >>> [percent(share) for share in (0.0, 0.000213, 0.46, 0.9996, 1.0)]
    ['0 %', '0.021 %', '46 %', '99.96 %', '100 %']
    """
    value = 100 * share
    rest = min(value, 100 - value)
    text = f"{value:.{1 - math.floor(math.log10(rest)) if 0 < rest < 10 else 0}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def is_absent(values: np.ndarray) -> np.ndarray:
    """Return where an attribute has no value (cluster): not finite, or empty text."""
    if values.dtype.kind in "fiu":
        absent: np.ndarray = ~np.isfinite(values)
        return absent
    return np.array([not str(value) for value in values])
