"""Which station's weather and which gauge's discharge each cluster has."""

from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import xarray as xr

from thetamix.network.weather_variables import WEATHER, weather_variable
from thetamix.places.matching import borrow, nearest_stations
from thetamix.readers.tables.mapping import Matching
from thetamix.readers.tables.opening import open_table
from thetamix.readers.tables.place_table import SmallTable, coordinates, place_columns
from thetamix.readers.tables.table_keys import StationPlace, StationTable
from thetamix.system.errors import InputError, nearest

EVERYWHERE = ""  # the "station" of a column that holds for all clusters


class Clusters(Protocol):
    """Where forcing is wanted: a layout of sensors, or a network that there is."""

    @property
    def source(self) -> Path:
        """Where this was read, for messages."""

    @property
    def cluster_id(self) -> Sequence[str]:
        """Names (cluster)."""

    @property
    def attributes(self) -> AbstractMapping[str, np.ndarray]:
        """Of the clusters: ``latitude``, ``longitude``, ``discharge_gauge``."""


@dataclass(frozen=True)
class Stations:
    """Where weather stations are.

    Attributes
    ----------
    source
        Where this was read, for messages.
    names
        (station).
    latitude, longitude
        (station) [degrees].
    """

    source: str
    names: Sequence[str]
    latitude: np.ndarray
    longitude: np.ndarray


def read_stations(folder: Path, mapping: Matching) -> Stations:
    """Read where the stations are, from a table or from the mapping itself.

    Parameters
    ----------
    folder
        The folder that is imported.
    mapping
        With ``stations``.

    Returns
    -------
    Stations
        Names and coordinates.
    """
    keys = mapping.stations
    if not isinstance(keys, StationTable):
        places: list[StationPlace] = list(keys.values())
        return Stations(
            "stations of the mapping",
            list(keys),
            np.array([place.latitude for place in places]),
            np.array([place.longitude for place in places]),
        )
    rows = SmallTable(open_table(folder, keys, mapping), {"station": keys.station} | place_columns(keys))
    names = rows.texts("station")
    for row, name in enumerate(names):
        if name in names[:row]:
            raise InputError(f"{rows.where('station', row)}: station {name!r} stands twice; keep one row")
    where = coordinates(rows, keys)
    if where is None:
        raise InputError(
            f"{rows.table.path}: the mapping names no coordinates of the stations; add latitude and longitude, or "
            "easting, northing and crs"
        )
    return Stations(str(rows.table.path), names, *where)


def to_clusters(
    name: str,
    series: AbstractMapping[str, np.ndarray],
    stations: Stations,
    clusters: Clusters,
    where: str,
    mapping: Matching,
) -> tuple[dict[str, np.ndarray | xr.Variable], list[str]]:
    """Give each cluster the series of its station.

    Weather comes from the station nearest on the great circle, or from that with the cluster's own name where no
    stations have coordinates; discharge from the gauge that the attribute ``discharge_gauge`` names, because the
    nearest gauge may well be in another catchment.

    Parameters
    ----------
    name
        The variable.
    series
        Station -> values (time).
    stations
        Where the stations are.
    clusters
        Where the clusters are.
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
    number = len(clusters.cluster_id)
    if list(series) == [EVERYWHERE]:
        return {name: _labelled(name, np.broadcast_to(series[EVERYWHERE], (number, series[EVERYWHERE].size)))}, []
    if name == "discharge":
        return {name: _by_gauge(series, clusters, where)}, []
    names = sorted(series)
    if not stations.names and set(names) & set(clusters.cluster_id):
        return _by_name(name, series, clusters)
    unknown = [station for station in names if station not in stations.names]
    if unknown:
        raise InputError(
            f"{where}: {name}: the coordinates of station {unknown[0]!r} are not known ({stations.source}); "
            f"{nearest(unknown[0], stations.names) if stations.names else 'add stations: to the mapping'}"
        )
    at = np.array([stations.names.index(station) for station in names])
    lost = ~(np.isfinite(stations.latitude[at]) & np.isfinite(stations.longitude[at]))
    if lost.any():
        raise InputError(f"{stations.source}: station {names[int(np.argmax(lost))]!r} has no coordinates; add them")
    latitude, longitude = coordinates_of(clusters, f"{name} comes from {len(names)} stations")
    index, metres = nearest_stations(
        latitude, longitude, stations.latitude[at], stations.longitude[at], 1 + mapping.fallback
    )
    return matched(name, [series[station] for station in names], names, index, metres, clusters, mapping)


def coordinates_of(clusters: Clusters, why: str) -> tuple[np.ndarray, np.ndarray]:
    """Give the coordinates of all clusters.

    Parameters
    ----------
    clusters
        Where they are.
    why
        Why they are needed, for the message.

    Returns
    -------
    latitude, longitude : numpy.ndarray
        (cluster) [degrees].

    Raises
    ------
    InputError
        If one has none.
    """
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
) -> tuple[dict[str, np.ndarray | xr.Variable], list[str]]:
    """Give each cluster the series of the stations found for it, with their names and distances.

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
    found: dict[str, np.ndarray | xr.Variable] = {
        name: _labelled(name, values),
        f"{name}_station": xr.Variable(
            "cluster",
            np.array(["" if away else names[at] for at, away in zip(index[:, 0], far, strict=True)], dtype=object),
            {"long_name": f"station that {words} comes from: the nearest"},
        ),
        f"{name}_station_distance": xr.Variable(
            "cluster",
            np.where(far, np.nan, metres[:, 0]),
            {
                "long_name": f"great-circle distance to the station that {words} comes from",
                "units": "m",
                "coverage_content_type": "auxiliaryInformation",
            },
        ),
    }
    if mapping.fallback:
        found[f"{name}_borrowed"] = xr.Variable(
            "cluster",
            borrowed,
            {
                "long_name": f"share of {words} that comes from the next nearest stations",
                "units": "1",
                "coverage_content_type": "auxiliaryInformation",
            },
        )
    return found, _without(clusters, far, f"{name} within {limit / 1000:g} km")


def _without(clusters: Clusters, lost: np.ndarray, what: str) -> list[str]:
    names = [str(name) for name, one in zip(clusters.cluster_id, lost, strict=True) if one]
    return [f"{len(names)} cluster(s) without {what}: {', '.join(names[:10])}"] if names else []


def _labelled(name: str, values: np.ndarray) -> np.ndarray | xr.Variable:
    return weather_variable(name, values) if name in WEATHER else values


def _by_name(
    name: str, series: AbstractMapping[str, np.ndarray], clusters: Clusters
) -> tuple[dict[str, np.ndarray | xr.Variable], list[str]]:
    """Give each cluster the series of its own name."""
    steps = len(next(iter(series.values())))
    values = np.full((len(clusters.cluster_id), steps), np.nan, dtype=np.float32)
    lost = np.array([cluster not in series for cluster in clusters.cluster_id])
    for at in np.flatnonzero(~lost):
        values[at] = series[clusters.cluster_id[int(at)]]
    return {name: _labelled(name, values)}, _without(clusters, lost, f"{name} of their own")


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
