"""The table of sensors: which place in the network each series of the raw files belongs to."""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from thetamix.network.schema import MAX_DEPTHS
from thetamix.places.matching import great_circle
from thetamix.readers.tables.mapping import Depths, Mapping
from thetamix.readers.tables.opening import natural_order, open_table
from thetamix.readers.tables.place_table import (
    SmallTable,
    cluster_means,
    coordinates,
    place_attributes,
    place_columns,
)
from thetamix.readers.tables.table_keys import Column, SensorTable
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
    place
        Sensor -> position (cluster, depth, replicate).
    cluster_id, replicate_label
        Names (cluster), (replicate), in natural order.
    depth
        Nominal depths (depth) [m].
    sensor_id, sensor_depth
        (cluster, depth, replicate), the latter in [m]; "" and NaN where there is no sensor.
    attributes
        Per cluster: ``latitude``, ``longitude``, ``elevation`` and what the mapping names; numbers are means over the
        cluster's sensors, texts are what all of them say.
    attribute_units
        Units of the numeric attributes that the network file gives no unit to.
    notes
        What a careful user wants to know.
    """

    source: Path
    place: AbstractMapping[str, tuple[int, int, int]]
    cluster_id: Sequence[str]
    replicate_label: Sequence[str]
    depth: np.ndarray
    sensor_id: np.ndarray
    sensor_depth: np.ndarray
    attributes: AbstractMapping[str, np.ndarray]
    attribute_units: AbstractMapping[str, str]
    notes: Sequence[str]


def read_sensors(folder: Path, mapping: Mapping) -> SensorLayout:
    """Read the table of sensors.

    Parameters
    ----------
    folder
        The folder that is imported.
    mapping
        With ``sensors`` (a table) and perhaps ``depths``.

    Returns
    -------
    SensorLayout
        The places, names and attributes.

    Raises
    ------
    InputError
        If a cell is missing or not a number, a sensor stands twice, two sensors share a place, a depth is far
        from all nominal ones, or there are more than 12 depths.
    """
    keys = mapping.sensors
    assert isinstance(keys, SensorTable)
    rows = SmallTable(open_table(folder, keys, mapping), _columns(keys))
    sensors, clusters = rows.texts("sensor"), rows.texts("cluster")
    replicates = rows.texts("replicate") if keys.replicate is not None else ["A"] * len(sensors)
    _require_once(sensors, rows)
    found = Found(
        rows.table.path,
        sensors,
        clusters,
        replicates,
        _true_depths(rows),
        lambda row: rows.where("depth", row),
        f"column {rows.columns['depth'].column!r}",
    )
    cluster_id = natural_order(clusters)
    cluster_at = np.array([cluster_id.index(name) for name in clusters])
    attributes, units = place_attributes(rows, keys, cluster_id, cluster_at)
    notes = []
    if (where := coordinates(rows, keys)) is not None:
        attributes["latitude"], attributes["longitude"] = (
            cluster_means(values, cluster_at, len(cluster_id)) for values in where
        )
        notes = _wide_clusters(attributes, where, cluster_id, cluster_at)
    return make_layout(found, mapping.depths, attributes, units, notes)


@dataclass(frozen=True)
class Found:
    """The sensors of a source, in its order.

    Attributes
    ----------
    source
        The file that says so, for messages.
    sensors, clusters, replicates
        Names (sensor).
    true_depth
        (sensor) [m].
    where
        Says where a sensor's depth stands, by its position.
    column
        Where all depths stand, for messages.
    """

    source: Path
    sensors: Sequence[str]
    clusters: Sequence[str]
    replicates: Sequence[str]
    true_depth: np.ndarray
    where: Callable[[int], str]
    column: str


def make_layout(
    found: Found,
    depths: Depths | None,
    attributes: AbstractMapping[str, np.ndarray],
    units: AbstractMapping[str, str],
    notes: Sequence[str],
) -> SensorLayout:
    """Give each sensor its place.

    Parameters
    ----------
    found
        The sensors.
    depths
        The nominal ones; None takes those that occur.
    attributes, units
        Of the clusters in natural order, and units of those that the network file gives none.
    notes
        What a careful user wants to know.

    Returns
    -------
    SensorLayout
        The places, names and attributes.

    Raises
    ------
    InputError
        If two sensors share a place, a depth is far from all nominal ones, or there are too many depths.
    """
    depth, depth_at = snap(found, depths)
    cluster_id, replicate_label = natural_order(found.clusters), natural_order(found.replicates)
    cluster_at = np.array([cluster_id.index(name) for name in found.clusters])
    replicate_at = np.array([replicate_label.index(name) for name in found.replicates])
    places = list(zip(cluster_at.tolist(), depth_at.tolist(), replicate_at.tolist(), strict=True))
    names = [
        f"cluster {cluster}, {depth[at]:g} m, replicate {label}"
        for cluster, at, label in zip(found.clusters, depth_at, found.replicates, strict=True)
    ]
    _require_own_place(places, names, found)
    shape = (len(cluster_id), len(depth), len(replicate_label))
    sensor_id, sensor_depth = np.full(shape, "", dtype=object), np.full(shape, np.nan)
    at = (cluster_at, depth_at, replicate_at)
    sensor_id[at], sensor_depth[at] = np.array(found.sensors, dtype=object), found.true_depth
    return SensorLayout(
        source=found.source,
        place=dict(zip(found.sensors, places, strict=True)),
        cluster_id=cluster_id,
        replicate_label=replicate_label,
        depth=depth,
        sensor_id=sensor_id,
        sensor_depth=sensor_depth,
        attributes=attributes,
        attribute_units=units,
        notes=notes,
    )


def snap(found: Found, depths: Depths | None) -> tuple[np.ndarray, np.ndarray]:
    """Find the nominal depth of each sensor.

    Parameters
    ----------
    found
        The sensors.
    depths
        The nominal ones; None takes the depths that occur.

    Returns
    -------
    nominal : numpy.ndarray
        (depth) [m].
    at : numpy.ndarray
        Position of each sensor's nominal depth (sensor).

    Raises
    ------
    InputError
        If there are too many depths, or a sensor is too far from all of them.
    """
    true_depth = found.true_depth
    if depths is None:
        nominal = np.unique(true_depth.round(4))
        if nominal.size > MAX_DEPTHS:
            raise InputError(
                f"{found.source}: {found.column} has {nominal.size} different depths "
                f"({nominal[0]:g} to {nominal[-1]:g} m), at most {MAX_DEPTHS} are possible; name nominal ones in the "
                "mapping, for example depths: {nominal: [0.1, 0.3, 0.5], tolerance: 0.05}"
            )
        return nominal, np.searchsorted(nominal, true_depth.round(4))
    nominal = np.array(depths.nominal)
    at: np.ndarray = np.abs(true_depth[:, None] - nominal).argmin(axis=1)
    away = np.abs(true_depth - nominal[at])
    far = np.flatnonzero(away > depths.tolerance + 1e-9)
    if far.size:
        raise InputError(
            f"{found.where(int(far[0]))}: {true_depth[far[0]]:g} m is more than {depths.tolerance:g} m from the "
            f"nominal depths {depths.nominal} ({far.size} sensor(s)); correct the unit of depth, add a "
            "nominal depth, or widen depths.tolerance"
        )
    return nominal, at


def _columns(keys: SensorTable) -> dict[str, Column]:
    columns = {"sensor": keys.sensor, "cluster": keys.cluster, "depth": keys.depth} | place_columns(keys)
    if keys.replicate is not None:
        columns["replicate"] = keys.replicate
    if keys.elevation is not None:
        columns["elevation"] = keys.elevation
    return columns | {f"attributes.{name}": column for name, column in keys.attributes.items()}


def _true_depths(rows: SmallTable) -> np.ndarray:
    depth = rows.converted("depth", "sensor_depth")
    lost = np.flatnonzero(~((depth >= 0) & (depth <= DEEPEST)))
    if lost.size:
        raise InputError(
            f"{rows.where('depth', lost[0])}: {rows.texts('depth', required=False)[lost[0]]!r} is no depth; "
            f"every sensor needs one, positive down, at most {DEEPEST:g} m"
        )
    return depth


def _require_once(sensors: Sequence[str], rows: SmallTable) -> None:
    seen: dict[str, int] = {}
    for row, sensor in enumerate(sensors):
        if sensor in seen:
            raise InputError(
                f"{rows.where('sensor', row)}: sensor {sensor!r} stands twice (first in line "
                f"{rows.lines[seen[sensor]]}); each sensor has one row"
            )
        seen[sensor] = row


def _require_own_place(places: Sequence[tuple[int, int, int]], names: Sequence[str], found: Found) -> None:
    seen: dict[tuple[int, int, int], int] = {}
    for row, place in enumerate(places):
        if place in seen:
            other = seen[place]
            raise InputError(
                f"{found.source}: sensors {found.sensors[other]!r} ({_line(found.where(other))}) and "
                f"{found.sensors[row]!r} ({_line(found.where(row))}) are both {names[row]}; replicates at a place "
                "need different names (mapping: sensors.replicate), depths that differ need nominal depths of "
                "their own"
            )
        seen[place] = row


def _line(where: str) -> str:
    return where.rpartition(", ")[2]


def _wide_clusters(
    attributes: AbstractMapping[str, np.ndarray],
    where: tuple[np.ndarray, np.ndarray],
    cluster_id: Sequence[str],
    cluster_at: np.ndarray,
) -> list[str]:
    middle = attributes["latitude"][cluster_at], attributes["longitude"][cluster_at]
    away = np.nan_to_num(great_circle(*where, *middle))
    wide = {cluster_id[cluster_at[row]]: away[row] for row in np.argsort(away) if away[row] > WIDE_CLUSTER}
    return [
        f"cluster {name} has a sensor {metres / 1000:.1f} km from its middle: check the coordinates"
        for name, metres in wide.items()
    ]
