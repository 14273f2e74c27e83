"""What does not change: attributes of the clusters from the table of sensors and from the mapping's constants."""

import re
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.network.schema import VARIABLES
from thetamix.readers.tables.mapping import Mapping
from thetamix.readers.tables.sensors import SensorLayout
from thetamix.system.errors import InputError, nearest

#: What an attribute may be called beside names of its own.
KNOWN = tuple(name for name, known in VARIABLES.items() if known.dimensions == ("cluster",))

_TAKEN = ("cluster", "cluster_id", "depth", "replicate", "replicate_label", "time", "time_bounds", "bound")


def cluster_attributes(layout: SensorLayout, keys: Mapping, path: Path) -> dict[str, np.ndarray | xr.Variable]:
    """Give all attributes of the clusters.

    Parameters
    ----------
    layout
        With those of the table of sensors.
    keys
        The mapping, with ``constants``.
    path
        The mapping file, for messages.

    Returns
    -------
    dict
        Name -> values (cluster): arrays for what the network file knows, variables with attributes for the rest.

    Raises
    ------
    InputError
        If a name cannot be used, stands twice, or text is given where a number belongs.
    """
    found: dict[str, np.ndarray | xr.Variable] = {}
    for name, values in layout.attributes.items():
        found[name] = _labelled(name, values, layout.attribute_units.get(name), path)
    for name, value in keys.constants.items():
        if name in found:
            raise InputError(f"{path}: constants.{name}: the table of sensors has {name} too; keep one of them")
        text = VARIABLES[name].units is None if name in VARIABLES else isinstance(value, str)
        if isinstance(value, str) and not text:
            raise InputError(f"{path}: constants.{name}: {value!r} is not a number [{VARIABLES[name].units}]")
        values = np.full(len(layout.cluster_id), str(value) if text else value, dtype=object if text else np.float64)
        found[name] = _labelled(name, values, None, path)
    return found


def _labelled(name: str, values: np.ndarray, units: str | None, path: Path) -> np.ndarray | xr.Variable:
    if name in KNOWN:
        return values
    if name in VARIABLES or name in _TAKEN or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise InputError(f"{path}: {name!r} cannot be the name of an attribute; {nearest(name, KNOWN)}")
    attributes = {"long_name": name.replace("_", " ")}
    if values.dtype.kind == "f":
        attributes |= {"units": units or "1", "coverage_content_type": "auxiliaryInformation"}
    return xr.Variable("cluster", values, attributes)
