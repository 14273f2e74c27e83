"""Sensors whose names in the series say where they are: no table of sensors is needed."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from thetamix.network.units import conversion, convert
from thetamix.readers.tables.mapping import Mapping
from thetamix.readers.tables.opening import natural_order, open_table
from thetamix.readers.tables.place_table import (
    SmallTable,
    cluster_means,
    coordinates,
    place_attributes,
    place_columns,
)
from thetamix.readers.tables.sensors import DEEPEST, Found, SensorLayout, make_layout
from thetamix.readers.tables.table_keys import ClusterTable, SensorNames
from thetamix.system.errors import InputError

_ANY_STEP = np.timedelta64(1, "h")


def name_sensors(folder: Path, mapping: Mapping, names: Sequence[str], source: Path) -> SensorLayout:
    """Make the layout from the names of sensors.

    Parameters
    ----------
    folder
        The folder that is imported.
    mapping
        With ``sensors`` (names) and perhaps ``depths``.
    names
        What stands in the series: sensors and perhaps other columns.
    source
        The first table of readings, for messages.

    Returns
    -------
    SensorLayout
        The places, names and attributes. Names that do not fit are no sensors.

    Raises
    ------
    InputError
        If no name fits, two sensors share a place, or a depth is none.
    """
    keys = mapping.sensors
    assert isinstance(keys, SensorNames)
    known = natural_order(names)
    for name in keys.leave_out:
        if name not in known:
            raise InputError(f"{source}: sensors.leave_out: there is no {name!r}; it has {', '.join(known[:5])}")
    fits = {name: match for name in known if name not in keys.leave_out and (match := re.fullmatch(keys.names, name))}
    if not fits:
        raise InputError(
            f"{source}: no name fits the pattern {keys.names!r} of the mapping (sensors.names); it has "
            f"{', '.join(map(repr, known[:5]))}"
        )
    sensors = list(fits)
    where = {name: f"{source}: sensor {name!r}" for name in sensors}
    how = conversion("sensor_depth", keys.depth_unit, f"{source}: sensors.depth_unit")
    depth = np.full(len(sensors), np.nan)
    for at, name in enumerate(sensors):
        text = fits[name]["depth"] or ""
        if re.fullmatch(r"\d+(\.\d+)?", text):
            depth[at] = float(convert(np.array(float(text)), how, _ANY_STEP))
        if not 0 <= depth[at] <= DEEPEST:
            raise InputError(f"{where[name]}: {text!r} is no depth [{keys.depth_unit}] (at most {DEEPEST:g} m)")
    groups = [fits[name].groupdict() for name in sensors]
    for name, group in zip(sensors, groups, strict=True):
        if not group["cluster"]:
            raise InputError(f"{where[name]}: the pattern {keys.names!r} finds no cluster in it")
    clusters = [str(group["cluster"]) for group in groups]
    replicates = [str(group.get("replicate") or "A") for group in groups]
    found = Found(source, sensors, clusters, replicates, depth, lambda row: where[sensors[row]], "the series")
    attributes, units, notes = _places(folder, keys.places, mapping, natural_order(clusters))
    return make_layout(found, mapping.depths, attributes, units, notes)


def _places(
    folder: Path, keys: ClusterTable | None, mapping: Mapping, cluster_id: Sequence[str]
) -> tuple[dict[str, np.ndarray], dict[str, str], list[str]]:
    if keys is None:
        return {}, {}, []
    columns = {"cluster": keys.cluster} | place_columns(keys)
    if keys.elevation is not None:
        columns["elevation"] = keys.elevation
    columns |= {f"attributes.{name}": column for name, column in keys.attributes.items()}
    rows = SmallTable(open_table(folder, keys, mapping), columns)
    position = {name: at for at, name in enumerate(cluster_id)}
    names = rows.texts("cluster")
    at = np.array([position.get(name, -1) for name in names])
    absent = [name for name in cluster_id if name not in names]
    if len(absent) == len(cluster_id):
        raise InputError(
            f"{rows.table.path}: none of the clusters {', '.join(cluster_id[:3])} is in it; it has "
            f"{', '.join(names[:3])}: correct the pattern of sensors.names or the column of places.cluster"
        )
    attributes, units = place_attributes(rows, keys, cluster_id, at)
    if (where := coordinates(rows, keys)) is not None:
        attributes["latitude"], attributes["longitude"] = (
            cluster_means(values, at, len(cluster_id)) for values in where
        )
    notes = [f"{len(absent)} cluster(s) not in {rows.table.path.name}: {', '.join(absent[:10])}"] if absent else []
    return attributes, units, notes
