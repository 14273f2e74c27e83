"""Which station's weather and which gauge's discharge each cluster has."""

from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.network.assemble import cluster_variable
from thetamix.places.matching import borrow, great_circle, nearest_stations
from thetamix.places.slips import places_at_zero, slip_to_stations
from thetamix.readers.tables.mapping import Matching
from thetamix.readers.tables.places.place_keys import StationTable
from thetamix.readers.tables.places.place_table import SmallTable
from thetamix.system.errors import InputError, first_ten, nearest

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

    def coordinates(self, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return latitudes and longitudes of stations [degrees]; raise where one has none."""
        at = [self.names.index(station) for station in names]
        latitude, longitude = self.latitude[at], self.longitude[at]
        unplaced = ~(np.isfinite(latitude) & np.isfinite(longitude))
        if unplaced.any():
            station = names[int(np.argmax(unplaced))]
            raise InputError(f"{self.source}: station {station!r} has no coordinates; add them")
        return latitude, longitude


@dataclass(frozen=True)
class Matches:
    """Stations, or cells of a grid, of each cluster.

    Attributes
    ----------
    names
        Of the stations that `index` counts.
    latitude, longitude
        Of all stations that there are [degrees].
    index, metres
        Stations of each cluster, the nearest first (cluster, number), and their distances [m]; infinite where a
        station has no values.
    """

    names: Sequence[str]
    latitude: np.ndarray
    longitude: np.ndarray
    index: np.ndarray
    metres: np.ndarray


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
        return {name: _by_gauge(series, clusters, where)}, _far_gauges(stations, clusters, mapping)
    names = sorted(series)
    if not stations.names and set(names) & set(clusters.cluster_id):
        lost = [cluster for cluster in clusters.cluster_id if cluster not in series]
        gap = np.full(len(series[names[0]]), np.nan, dtype=np.float32)
        values = np.stack([series.get(cluster, gap) for cluster in clusters.cluster_id])
        return {name: values}, [_without(f"{name} of their own", lost)] if lost else []
    for station in names:
        if station not in stations.names:
            hint = nearest(station, stations.names) if stations.names else "add stations: to the mapping"
            raise InputError(
                f"{where}: {name}: the coordinates of station {station!r} are not known ({stations.source}); {hint}"
            )
    latitude, longitude = stations.coordinates(names)
    wanted = coordinates_of(clusters, f"{name} comes from {len(names)} stations")
    pairs = nearest_stations(*wanted, latitude, longitude, 1 + mapping.fallback)
    matches = Matches(names, latitude, longitude, *pairs)
    variables, notes = matched(name, [series[station] for station in names], matches, clusters, mapping)
    return variables, places_at_zero(names, latitude, longitude, f"station(s) of {name}") + notes


def coordinates_of(clusters: Clusters, why: str) -> tuple[np.ndarray, np.ndarray]:
    """Return latitude and longitude (cluster) [degrees]; raise, and say `why` they are needed, where one lacks."""
    absent = np.full(len(clusters.cluster_id), np.nan)
    latitude, longitude = (clusters.attributes.get(name, absent) for name in ("latitude", "longitude"))
    lacking = np.flatnonzero(~(np.isfinite(latitude) & np.isfinite(longitude))).tolist()
    if lacking:
        names = first_ten([clusters.cluster_id[at] for at in lacking])
        raise InputError(
            f"{clusters.source}: {why}, but not every cluster has coordinates to find the nearest (none: {names}); "
            "add latitude and longitude (or easting, northing and crs) to sensors in the mapping"
        )
    return latitude, longitude


def matched(
    name: str, series: Sequence[np.ndarray], matches: Matches, clusters: Clusters, mapping: Matching
) -> Matched:
    """Match each cluster with the series of the stations found for it, with their names and distances.

    Parameters
    ----------
    name
        The variable.
    series
        Of each station (time).
    matches
        The stations of each cluster.
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
        If all clusters are too far from all stations; in the sea, they are left without.
    """
    limit = mapping.max_distance * 1000
    metres = matches.metres[:, 0]
    far = ~(metres <= limit)
    notes = _too_far(name, far, matches, clusters, mapping)
    if far.all() and np.isfinite(metres).any():
        raise InputError(f"{clusters.source}: {notes[0]}")
    values, borrowed = borrow(series, matches.index, matches.metres, limit)
    words = name.replace("_", " ")
    station = np.where(far, "", np.array(matches.names, dtype=object)[matches.index[:, 0]])
    variables: Variables = {
        name: values,
        f"{name}_station": cluster_variable(station, f"station that {words} comes from: the nearest"),
        f"{name}_station_distance": cluster_variable(
            np.where(far, np.nan, metres), f"great-circle distance to the station that {words} comes from", "m"
        ),
    }
    if mapping.fallback:
        share = f"share of {words} that comes from the next nearest stations"
        variables[f"{name}_borrowed"] = cluster_variable(borrowed, share, "1")
    return variables, notes


def _too_far(name: str, far: np.ndarray, matches: Matches, clusters: Clusters, mapping: Matching) -> list[str]:
    """Write which clusters are `far` from all stations (cluster), and what to do."""
    if not far.any():
        return []
    sentence = _without(f"{name} within {mapping.max_distance:g} km", _distances(far, matches, clusters, mapping))
    metres = matches.metres[far, 0]
    if np.isfinite(metres).any():
        farthest = np.ceil(metres[np.isfinite(metres)].max() / 1000)
        sentence += f"; correct the coordinates, or say max_distance: {farthest:.0f} in the mapping"
    return [sentence]


def _distances(far: np.ndarray, matches: Matches, clusters: Clusters, mapping: Matching) -> list[str]:
    """Write how far the station of each cluster is that is `far` from it (cluster), and perhaps why."""
    latitude, longitude = clusters.attributes["latitude"], clusters.attributes["longitude"]
    stations = matches.latitude, matches.longitude
    places = []
    for at in np.flatnonzero(far).tolist():
        kilometres = float(matches.metres[at, 0]) / 1000
        where = f"{matches.names[matches.index[at, 0]]} is {kilometres:,.1f} km away"
        if not np.isfinite(kilometres):
            where = "in the sea, or beside the grid? No cell near it has values"
        slip = slip_to_stations(float(latitude[at]), float(longitude[at]), stations, mapping.max_distance * 1000)
        places.append(f"{clusters.cluster_id[at]} ({where}{'; ' * bool(slip)}{slip})")
    return places


def _without(what: str, clusters: Sequence[str]) -> str:
    return f"{len(clusters)} cluster(s) without {what}: {first_ten(clusters)}"


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


def _far_gauges(stations: Stations, clusters: Clusters, mapping: Matching) -> list[str]:
    """Return which clusters are far from the gauge of their discharge, where coordinates of all are there."""
    gauges = list(clusters.attributes["discharge_gauge"])
    if not set(gauges) <= set(stations.names) or not {"latitude", "longitude"} <= clusters.attributes.keys():
        return []
    index = np.array([stations.names.index(gauge) for gauge in gauges])
    there = stations.latitude[index], stations.longitude[index]
    metres = great_circle(clusters.attributes["latitude"], clusters.attributes["longitude"], *there)
    matches = Matches(stations.names, stations.latitude, stations.longitude, index[:, None], metres[:, None])
    places = _distances(metres > mapping.max_distance * 1000, matches, clusters, mapping)
    what = f"more than {mapping.max_distance:g} km from the gauge of their discharge"
    return [f"{len(places)} cluster(s) {what}: {first_ten(places)}"] if places else []
