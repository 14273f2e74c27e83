"""Which position in the network each series of the raw files has: from a table of sensors, or from their names."""

import re
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from thetamix.network.schema import MAX_DEPTHS
from thetamix.places.matching import great_circle
from thetamix.places.slips import doubtful_places
from thetamix.readers.tables.mapping import Depths, Mapping
from thetamix.readers.tables.opening import natural_order
from thetamix.readers.tables.place_keys import SensorNames, SensorTable
from thetamix.readers.tables.place_table import SmallTable, in_network_unit, place_attributes
from thetamix.system.errors import InputError

#: Sensors of one cluster that are further than this [m] from its middle are worth a remark.
WIDE_CLUSTER = 1000.0
#: No soil moisture sensor is deeper [m].
DEEPEST = 100.0


@dataclass(frozen=True)
class SensorLayout:
    """Where each sensor of the source sits in the network.

    Attributes
    ----------
    source
        The table, for messages.
    position
        Sensor -> its (cluster, depth, replicate).
    cluster_id, replicate_label
        Names (cluster), (replicate), in natural order.
    depth
        Nominal depths (depth) [m].
    sensor_id, sensor_depth
        (cluster, depth, replicate), the latter in [m]; "" and NaN where there is no sensor.
    attributes
        Per cluster: ``latitude``, ``longitude``, ``elevation`` and what the mapping names.
    attribute_units
        Units of the numeric attributes that the network file gives no unit to.
    notes
        What a careful user wants to know.
    """

    source: Path
    position: AbstractMapping[str, tuple[int, int, int]]
    cluster_id: Sequence[str]
    replicate_label: Sequence[str]
    depth: np.ndarray
    sensor_id: np.ndarray
    sensor_depth: np.ndarray
    attributes: AbstractMapping[str, np.ndarray]
    attribute_units: AbstractMapping[str, str]
    notes: Sequence[str]


@dataclass(frozen=True)
class PlacedSensor:
    """A sensor of a source: names of it, its cluster and replicate, its depth [m], and where that stands."""

    name: str
    cluster: str
    replicate: str
    depth: float
    where: str


def read_sensors(folder: Path, mapping: Mapping) -> SensorLayout:
    """Read the table of sensors.

    Parameters
    ----------
    folder
        The folder that is imported.
    mapping
        With ``sensors`` (a table) and perhaps ``depths``.

    Raises
    ------
    InputError
        If a cell is missing or not a number, a sensor stands twice, two sensors share a position, a depth is far
        from all nominal ones, or there are more than 12 depths.
    """
    keys = mapping.sensors
    assert isinstance(keys, SensorTable)
    rows = SmallTable(folder, keys, mapping)
    names = rows.require_once("sensor", "stands twice (first in line {line}); each sensor has one row")
    clusters = rows.texts("cluster")
    depth = rows.converted("depth", "sensor_depth")
    lost = np.flatnonzero(~((depth >= 0) & (depth <= DEEPEST)))
    if lost.size:
        raise InputError(
            f"{rows.where('depth', lost[0])}: {rows.texts('depth', required=False)[lost[0]]!r} is no depth; "
            f"every sensor needs one, positive down, at most {DEEPEST:g} m"
        )
    replicates = ["A"] * len(names) if keys.replicate is None else rows.texts("replicate")
    where = (rows.where("depth", row) for row in range(len(names)))
    sensors = list(map(PlacedSensor, names, clusters, replicates, depth.tolist(), where))
    cluster_id = natural_order(clusters)
    at = {name: number for number, name in enumerate(cluster_id)}
    cluster_at = np.array([at[name] for name in clusters])
    attributes, units, notes = place_attributes(rows, cluster_id, cluster_at)
    if (coordinates := rows.coordinates()) is not None:
        away = great_circle(*coordinates, attributes["latitude"][cluster_at], attributes["longitude"][cluster_at])
        away = np.nan_to_num(away)
        wide = {clusters[row]: away[row] for row in np.argsort(away) if away[row] > WIDE_CLUSTER}
        notes += [
            f"cluster {name} has a sensor {metres / 1000:.1f} km from its middle: check the coordinates"
            for name, metres in wide.items()
        ]
    return _layout(rows.path, f"column {keys.depth.column!r}", sensors, mapping.depths, attributes, units, notes)


def name_sensors(folder: Path, mapping: Mapping, names: Sequence[str], source: Path) -> SensorLayout:
    """Read from the names of sensors where they are; names that do not fit are no sensors.

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

    Raises
    ------
    InputError
        If no name fits, two sensors share a position, or a depth is none.
    """
    keys = mapping.sensors
    assert isinstance(keys, SensorNames)
    names = natural_order(names)
    for name in keys.leave_out:
        if name not in names:
            raise InputError(f"{source}: sensors.leave_out: there is no {name!r}; it has {', '.join(names[:5])}")
    fits = {name: match for name in names if name not in keys.leave_out and (match := re.fullmatch(keys.names, name))}
    if not fits:
        raise InputError(
            f"{source}: no name fits the pattern {keys.names!r} of the mapping (sensors.names); it has "
            f"{', '.join(map(repr, names[:5]))}"
        )
    words = [match["depth"] or "" for match in fits.values()]
    depth = np.array([float(word) if re.fullmatch(r"\d+(\.\d+)?", word) else np.nan for word in words])
    depth = in_network_unit(depth, "sensor_depth", keys.depth_unit, f"{source}: sensors.depth_unit")
    sensors = []
    for name, word, metres in zip(fits, words, depth.tolist(), strict=True):
        where = f"{source}: sensor {name!r}"
        cluster, replicate = fits[name]["cluster"], fits[name].groupdict().get("replicate") or "A"
        if not 0 <= metres <= DEEPEST:
            raise InputError(f"{where}: {word!r} is no depth [{keys.depth_unit}] (at most {DEEPEST:g} m)")
        if not cluster:
            raise InputError(f"{where}: the pattern {keys.names!r} finds no cluster in it")
        sensors.append(PlacedSensor(name, cluster, replicate, metres, where))
    if keys.places is None:
        return _layout(source, "the series", sensors, mapping.depths, {}, {}, [])
    cluster_id = natural_order(sensor.cluster for sensor in sensors)
    rows = SmallTable(folder, keys.places, mapping)
    listed = rows.texts("cluster")
    absent = [name for name in cluster_id if name not in listed]
    if len(absent) == len(cluster_id):
        raise InputError(
            f"{rows.path}: none of the clusters {', '.join(cluster_id[:3])} is in it; it has "
            f"{', '.join(listed[:3])}: correct the pattern of sensors.names or the column of places.cluster"
        )
    at = {name: number for number, name in enumerate(cluster_id)}
    attributes, units, notes = place_attributes(rows, cluster_id, np.array([at.get(name, -1) for name in listed]))
    notes += [f"{len(absent)} cluster(s) not in {rows.path.name}: {', '.join(absent[:10])}"] if absent else []
    return _layout(source, "the series", sensors, mapping.depths, attributes, units, notes)


def _layout(
    source: Path,
    column: str,
    sensors: Sequence[PlacedSensor],
    depths: Depths | None,
    attributes: AbstractMapping[str, np.ndarray],
    units: AbstractMapping[str, str],
    notes: Sequence[str],
) -> SensorLayout:
    """Give each sensor its position; `attributes` and `units` are those of the clusters in natural order."""
    depth, depth_at = _snap(source, column, sensors, depths)
    cluster_id = natural_order(sensor.cluster for sensor in sensors)
    replicate_label = natural_order(sensor.replicate for sensor in sensors)
    shape = (len(cluster_id), len(depth), len(replicate_label))
    sensor_id, sensor_depth = np.full(shape, "", dtype=object), np.full(shape, np.nan)
    cluster_at, replicate_at = (
        {name: number for number, name in enumerate(names)} for names in (cluster_id, replicate_label)
    )
    absent = np.full(len(cluster_id), np.nan)
    doubts = doubtful_places(cluster_id, *(attributes.get(name, absent) for name in ("latitude", "longitude")))
    taken: dict[tuple[int, int, int], PlacedSensor] = {}
    for sensor, nominal in zip(sensors, depth_at.tolist(), strict=True):
        at = cluster_at[sensor.cluster], nominal, replicate_at[sensor.replicate]
        if at in taken:
            pair = (f"{each.name!r} ({each.where.rpartition(', ')[2]})" for each in (taken[at], sensor))
            raise InputError(
                f"{source}: sensors {' and '.join(pair)} are both cluster {sensor.cluster}, {depth[nominal]:g} m, "
                f"replicate {sensor.replicate}; replicates at a place need different names (mapping: "
                "sensors.replicate), depths that differ need nominal depths of their own"
            )
        taken[at] = sensor
        sensor_id[at], sensor_depth[at] = sensor.name, sensor.depth
    return SensorLayout(
        source=source,
        position={sensor.name: at for at, sensor in taken.items()},
        cluster_id=cluster_id,
        replicate_label=replicate_label,
        depth=depth,
        sensor_id=sensor_id,
        sensor_depth=sensor_depth,
        attributes=attributes,
        attribute_units=units,
        notes=[*notes, *doubts],
    )


def _snap(
    source: Path, column: str, sensors: Sequence[PlacedSensor], depths: Depths | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the nominal depths (depth) [m], those that occur where `depths` is None, and that of each sensor."""
    true_depth = np.array([sensor.depth for sensor in sensors])
    if depths is None:
        nominal = np.unique(true_depth.round(4))
        if nominal.size > MAX_DEPTHS:
            raise InputError(
                f"{source}: {column} has {nominal.size} different depths "
                f"({nominal[0]:g} to {nominal[-1]:g} m), at most {MAX_DEPTHS} are possible; name nominal ones in the "
                "mapping, for example depths: {nominal: [0.1, 0.3, 0.5], tolerance: 0.05}"
            )
        return nominal, np.searchsorted(nominal, true_depth.round(4))
    nominal = np.array(depths.nominal)
    at: np.ndarray = np.abs(true_depth[:, None] - nominal).argmin(axis=1)
    far = np.flatnonzero(np.abs(true_depth - nominal[at]) > depths.tolerance + 1e-9)
    if far.size:
        sensor = sensors[int(far[0])]
        raise InputError(
            f"{sensor.where}: {sensor.depth:g} m is more than {depths.tolerance:g} m from the "
            f"nominal depths {depths.nominal} ({far.size} sensor(s)); correct the unit of depth, add a "
            "nominal depth, or widen depths.tolerance"
        )
    return nominal, at
