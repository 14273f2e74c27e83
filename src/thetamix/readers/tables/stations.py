"""Which station's weather and which gauge's discharge each cluster has."""

from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.network.assemble import cluster_variable
from thetamix.places.matching import borrow, nearest_stations
from thetamix.readers.tables.mapping import Matching
from thetamix.readers.tables.place_table import SmallTable
from thetamix.readers.tables.table_keys import StationTable
from thetamix.system.errors import InputError, nearest

#: The "station" of a column that holds for all clusters.
EVERYWHERE = ""
#: Name -> values (cluster, time), or labelled ones; and sentences for a careful user.
Variables = dict[str, np.ndarray | xr.Variable]
Matched = tuple[Variables, list[str]]


@dataclass(frozen=True)
class Clusters:
    """Where forcing is wanted: file, for messages; names (cluster); coordinates and ``discharge_gauge`` (cluster)."""

    source: Path
    cluster_id: Sequence[str]
    attributes: AbstractMapping[str, np.ndarray]


@dataclass(frozen=True)
class Stations:
    """Where weather stations are: file, for messages; names (station); coordinates (station) [degrees]."""

    source: str
    names: Sequence[str]
    latitude: np.ndarray
    longitude: np.ndarray


def read_stations(folder: Path, mapping: Matching) -> Stations:
    """Read where the stations are, from a table or from the mapping itself."""
    keys = mapping.stations
    if not isinstance(keys, StationTable):
        latitude, longitude = (
            np.array([getattr(place, name) for place in keys.values()]) for name in ("latitude", "longitude")
        )
        return Stations("stations of the mapping", list(keys), latitude, longitude)
    rows = SmallTable(folder, keys, mapping)
    names = rows.require_once("station", "stands twice; keep one row")
    where = rows.coordinates()
    if where is None:
        raise InputError(
            f"{rows.path}: the mapping names no coordinates of the stations; add latitude and longitude, or "
            "easting, northing and crs"
        )
    return Stations(str(rows.path), names, *where)


def to_clusters(
    name: str,
    series: AbstractMapping[str, np.ndarray],
    stations: Stations,
    clusters: Clusters,
    where: str,
    mapping: Matching,
) -> Matched:
    """Match each cluster with the series of its station.

    Weather comes from the station nearest on the great circle, or from that with the cluster's own name where no
    stations have coordinates; discharge from the gauge that the attribute ``discharge_gauge`` names, because the
    nearest gauge may well be in another catchment.

    Parameters
    ----------
    name
        The variable.
    series
        Station -> values (time).
    stations, clusters
        Where they are.
    where
        The table, for messages.
    mapping
        With ``max_distance`` and ``fallback``.

    Returns
    -------
    variables : dict
        The variable (cluster, time), and for weather of several stations their name and distance (cluster).
    notes : list of str
        What a careful user wants to know.

    Raises
    ------
    InputError
        If coordinates or gauges are not known.
    """
    if list(series) == [EVERYWHERE]:
        everywhere = series[EVERYWHERE]
        return {name: np.broadcast_to(everywhere, (len(clusters.cluster_id), everywhere.size))}, []
    if name == "discharge":
        return {name: _by_gauge(series, clusters, where)}, []
    names = sorted(series)
    if not stations.names and set(names) & set(clusters.cluster_id):
        lost = np.array([cluster not in series for cluster in clusters.cluster_id])
        gap = np.full(len(series[names[0]]), np.nan, dtype=np.float32)
        values = np.stack([series.get(cluster, gap) for cluster in clusters.cluster_id])
        return {name: values}, _without(clusters, lost, f"{name} of their own")
    for station in names:
        if station not in stations.names:
            hint = nearest(station, stations.names) if stations.names else "add stations: to the mapping"
            raise InputError(
                f"{where}: {name}: the coordinates of station {station!r} are not known ({stations.source}); {hint}"
            )
    at = [stations.names.index(station) for station in names]
    latitude, longitude = stations.latitude[at], stations.longitude[at]
    unplaced = ~(np.isfinite(latitude) & np.isfinite(longitude))
    if unplaced.any():
        station = names[int(np.argmax(unplaced))]
        raise InputError(f"{stations.source}: station {station!r} has no coordinates; add them")
    wanted = coordinates_of(clusters, f"{name} comes from {len(names)} stations")
    index, metres = nearest_stations(*wanted, latitude, longitude, 1 + mapping.fallback)
    return matched(name, [series[station] for station in names], names, index, metres, clusters, mapping)


def coordinates_of(clusters: Clusters, why: str) -> tuple[np.ndarray, np.ndarray]:
    """Return latitude and longitude (cluster) [degrees]; raise, and say `why` they are needed, where one lacks."""
    latitude, longitude = clusters.attributes.get("latitude"), clusters.attributes.get("longitude")
    if latitude is None or longitude is None or not (np.isfinite(latitude) & np.isfinite(longitude)).all():
        raise InputError(
            f"{clusters.source}: {why}, but not every cluster has coordinates "
            "to find the nearest; add latitude and longitude (or easting, northing and crs) to sensors in the mapping"
        )
    return latitude, longitude


def matched(
    name: str,
    series: Sequence[np.ndarray],
    names: Sequence[str],
    index: np.ndarray,
    metres: np.ndarray,
    clusters: Clusters,
    mapping: Matching,
) -> Matched:
    """Match each cluster with the series of the stations found for it, with their names and distances.

    Parameters
    ----------
    name
        The variable.
    series, names
        Of the stations.
    index, metres
        Stations of each cluster, the nearest first (cluster, number), and their distances [m].
    clusters
        The clusters.
    mapping
        With ``max_distance`` and ``fallback``.

    Returns
    -------
    variables : dict
        The variable (cluster, time), name and distance of the station, and the share that comes from others.
    notes : list of str
        Clusters too far from all stations.

    Raises
    ------
    InputError
        If all clusters are too far from all stations.
    """
    limit = np.inf if mapping.max_distance is None else mapping.max_distance * 1000
    far = metres[:, 0] > limit
    if far.all():
        raise InputError(
            f"{clusters.source}: no cluster has a station with {name} within {limit / 1000:g} km; the nearest is "
            f"{metres.min() / 1000:.1f} km away: check coordinates, or widen max_distance"
        )
    values, borrowed = borrow(series, index, metres, limit)
    words = name.replace("_", " ")
    station = np.where(far, "", np.array(names, dtype=object)[index[:, 0]])
    variables: Variables = {
        name: values,
        f"{name}_station": cluster_variable(station, f"station that {words} comes from: the nearest"),
        f"{name}_station_distance": cluster_variable(
            np.where(far, np.nan, metres[:, 0]), f"great-circle distance to the station that {words} comes from", "m"
        ),
    }
    if mapping.fallback:
        share = f"share of {words} that comes from the next nearest stations"
        variables[f"{name}_borrowed"] = cluster_variable(borrowed, share, "1")
    return variables, _without(clusters, far, f"{name} within {limit / 1000:g} km")


def _without(clusters: Clusters, lost: np.ndarray, what: str) -> list[str]:
    names = [str(name) for name, is_lost in zip(clusters.cluster_id, lost, strict=True) if is_lost]
    return [f"{len(names)} cluster(s) without {what}: {', '.join(names[:10])}"] if names else []


def _by_gauge(series: AbstractMapping[str, np.ndarray], clusters: Clusters, where: str) -> np.ndarray:
    gauges = clusters.attributes.get("discharge_gauge")
    if gauges is None:
        raise InputError(
            f"{where}: discharge comes from several gauges; name each cluster's in the table of sensors (mapping: "
            "sensors.attributes.discharge_gauge)"
        )
    for cluster, gauge in zip(clusters.cluster_id, gauges, strict=True):
        if gauge not in series:
            raise InputError(
                f"{where}: there is no discharge of gauge {gauge!r} for cluster {cluster}; {nearest(gauge, series)}"
            )
    return np.stack([series[gauge] for gauge in gauges])
