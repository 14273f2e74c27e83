"""Which position in the network each series of the raw files has: from a table of sensors, or from their names."""

import re
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import numpy as np

from thetamix.places.matching import great_circle
from thetamix.places.slips import doubtful_places
from thetamix.readers.tables.files.opening import natural_order
from thetamix.readers.tables.mapping import Depths, Mapping
from thetamix.readers.tables.places.cluster_attributes import place_attributes
from thetamix.readers.tables.places.place_keys import SensorNames, SensorTable
from thetamix.readers.tables.places.place_table import SmallTable
from thetamix.readers.tables.places.sensor_depths import nominal_depths, read_depths
from thetamix.readers.tables.places.sensor_history import ALWAYS, Span, Stay, read_spans, require_successive
from thetamix.system.errors import InputError, first_ten

#: Sensors of one cluster that are further than this [m] from its middle are worth a remark.
WIDE_CLUSTER = 1000.0


@dataclass(frozen=True)
class SensorLayout:
    """Where each sensor of the source sits in the network.

    Attributes
    ----------
    source
        The table, for messages.
    position
        Sensor -> its (cluster, depth, replicate), the first where it moved.
    stays
        Of sensors that came, went or moved, in order of their start.
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
    stays: Sequence[Stay]
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
    """A sensor of a source: names of it, its cluster and replicate, its depth [m], where that stands, and when."""

    name: str
    cluster: str
    replicate: str
    depth: float
    where: str
    span: Span | None = None


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
    spans = read_spans(rows, [keys, *mapping.soil_moisture, mapping])
    names = rows.texts("sensor")
    if spans is None:
        rows.require_once("sensor", "stands twice (first in line {line}); each sensor has one row")
    clusters = rows.texts("cluster")
    depth, remarks = read_depths(
        rows.without_codes("depth"), rows.table.decimal, rows.unit("depth"), lambda row: rows.where("depth", row)
    )
    replicates = ["A"] * len(names) if keys.replicate is None else rows.texts("replicate")
    where = (rows.where("depth", row) for row in range(len(names)))
    sensors = list(map(PlacedSensor, names, clusters, replicates, depth.tolist(), where, spans or repeat(None)))
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
    return _layout(rows.path, sensors, mapping.depths, attributes, units, [*remarks, *notes])


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
    for name, match in fits.items():
        # ".+" takes all of a number but its last digit.
        cluster = match["cluster"] or ""
        if cluster[-1:].isdigit() and match.end("cluster") == match.start("depth") and len(match["depth"] or "") == 1:
            raise InputError(
                f"{source}: sensor {name!r}: the pattern {keys.names!r} finds the depth {match['depth']} in the "
                r"middle of a number; write (?P<cluster>.+?) or (?P<cluster>\D+) for (?P<cluster>.+)"
            )
    words = [match["depth"] or "" for match in fits.values()]
    named = [f"{source}: sensor {name!r}" for name in fits]
    depth, remarks = read_depths(words, ".", keys.depth_unit, named.__getitem__)
    sensors = []
    for name, where, metres in zip(fits, named, depth.tolist(), strict=True):
        cluster, replicate = fits[name]["cluster"], fits[name].groupdict().get("replicate") or "A"
        if not cluster:
            raise InputError(f"{where}: the pattern {keys.names!r} finds no cluster in it")
        sensors.append(PlacedSensor(name, cluster, replicate, metres, where))
    if keys.places is None:
        return _layout(source, sensors, mapping.depths, {}, {}, remarks)
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
    notes += [f"{len(absent)} cluster(s) not in {rows.path.name}: {first_ten(absent)}"] if absent else []
    return _layout(source, sensors, mapping.depths, attributes, units, [*remarks, *notes])


def _layout(
    source: Path,
    sensors: Sequence[PlacedSensor],
    depths: Depths | None,
    attributes: AbstractMapping[str, np.ndarray],
    units: AbstractMapping[str, str],
    notes: Sequence[str],
) -> SensorLayout:
    """Give each sensor its position; `attributes` and `units` are those of the clusters in natural order."""
    profiles = [(sensor.cluster, sensor.replicate, sensor.span and sensor.span[0]) for sensor in sensors]
    true_depth = np.array([sensor.depth for sensor in sensors])
    depth, depth_at, joined = nominal_depths(true_depth, profiles, lambda row: sensors[row].where, depths)
    cluster_id = natural_order(sensor.cluster for sensor in sensors)
    replicate_label = natural_order(sensor.replicate for sensor in sensors)
    shape = (len(cluster_id), len(depth), len(replicate_label))
    sensor_id, sensor_depth = np.full(shape, "", dtype=object), np.full(shape, np.nan)
    cluster_at, replicate_at = (
        {name: number for number, name in enumerate(names)} for names in (cluster_id, replicate_label)
    )
    absent = np.full(len(cluster_id), np.nan)
    doubts = doubtful_places(cluster_id, *(attributes.get(name, absent) for name in ("latitude", "longitude")))
    stays = [
        Stay(
            sensor.name,
            (cluster_at[sensor.cluster], nominal, replicate_at[sensor.replicate]),
            *(sensor.span or ALWAYS),
        )
        for sensor, nominal in zip(sensors, depth_at.tolist(), strict=True)
    ]
    order = sorted(range(len(stays)), key=lambda row: stays[row].start)
    at: dict[tuple[int, int, int], list[int]] = {}
    first: dict[str, tuple[int, int, int]] = {}
    for row in order:
        at.setdefault(stays[row].position, []).append(row)
        first.setdefault(stays[row].sensor, stays[row].position)
    for position, rows in at.items():
        sensor_id[position] = " > ".join(dict.fromkeys(sensors[row].name for row in rows))
        sensor_depth[position] = np.mean([sensors[row].depth for row in rows])
    changes = _changes(source, sensors, stays, order, depth)
    return SensorLayout(
        source=source,
        position=first,
        stays=[stays[row] for row in order] if any(sensor.span for sensor in sensors) else [],
        cluster_id=cluster_id,
        replicate_label=replicate_label,
        depth=depth,
        sensor_id=sensor_id,
        sensor_depth=sensor_depth,
        attributes=attributes,
        attribute_units=units,
        notes=[*notes, *joined, *changes, *doubts],
    )


def _changes(
    source: Path, sensors: Sequence[PlacedSensor], stays: Sequence[Stay], order: Sequence[int], depth: np.ndarray
) -> list[str]:
    """Write where sensors follow each other; raise where two are at one position, or a sensor at two, at one time."""
    lines = {(stays[row].sensor, stays[row].start): sensors[row].where.rpartition(", ")[2] for row in order}
    at: dict[str, list[int]] = {}
    for row in order:
        sensor = sensors[row]
        metres = depth[stays[row].position[1]]
        at.setdefault(f"sensor {sensor.name!r}", []).append(row)
        at.setdefault(f"cluster {sensor.cluster}, {metres:g} m, replicate {sensor.replicate}", []).append(row)
    changes = []
    for what, rows in at.items():
        those = [stays[row] for row in rows]
        if len(rows) > 1 and sensors[rows[0]].span is None:
            pair = " and ".join(f"{stay.sensor!r} ({lines[stay.sensor, stay.start]})" for stay in those[:2])
            raise InputError(
                f"{source}: sensors {pair} are both {what}; replicates at a place need different names (mapping: "
                "sensors.replicate), depths that differ need nominal depths of their own, sensors of which one "
                "replaced the other need columns of days (mapping: sensors.from and sensors.to)"
            )
        require_successive(those, f"{source}: {what}", lines)
        if len(rows) > 1 and not what.startswith("sensor"):
            changes.append(f"{what} is one series of successive sensors: {', '.join(map(str, those))}")
    return changes
