"""Weather and discharge: columns of stations into one series for each cluster."""

from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.errors import InputError, nearest
from thetamix.network.matching import nearest_station
from thetamix.network.schema import VARIABLES
from thetamix.network.units import Conversion, conversion
from thetamix.readers import Progress
from thetamix.readers.filling import Occupied, TimedTable, plausible, require_plausible_mean
from thetamix.readers.mapping import Mapping
from thetamix.readers.opening import open_table
from thetamix.readers.places import Rows, coordinates, place_columns
from thetamix.readers.sensors import SensorLayout
from thetamix.readers.table_keys import ForcingTable, Place, StationTable
from thetamix.readers.times import Axis

#: What a forcing table may hold.
KNOWN = tuple(name for name, known in VARIABLES.items() if known.dimensions == ("cluster", "time"))

EVERYWHERE = ""  # the "station" of a column that holds for all clusters


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


def read_stations(folder: Path, mapping: Mapping) -> Stations:
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
        places: list[Place] = list(keys.values())
        return Stations(
            "stations of the mapping",
            list(keys),
            np.array([place.latitude for place in places]),
            np.array([place.longitude for place in places]),
        )
    rows = Rows(open_table(folder, keys, mapping), {"station": keys.station} | place_columns(keys))
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


class ForcingSource(TimedTable):
    """One table of weather or discharge.

    Parameters
    ----------
    folder
        The folder that is imported.
    keys
        The table's part of the mapping.
    mapping
        The whole mapping.
    """

    def __init__(self, folder: Path, keys: ForcingTable, mapping: Mapping) -> None:
        super().__init__(folder, keys, keys.time, mapping)
        self.keys = keys
        self.conversions: dict[str, Conversion] = {}
        for name, variable in keys.variables.items():
            if name not in KNOWN:
                raise InputError(f"{self.path}: forcing has no variable {name!r}; {nearest(name, KNOWN)}")
            self.table.require(self._columns(name), f"forcing.variables.{name}")
            self.conversions[name] = conversion(name, variable.unit, f"{self.path}: {name}")
        if keys.station is not None:
            self.table.require([keys.station], "forcing.station")

    def _columns(self, name: str) -> list[str]:
        variable = self.keys.variables[name]
        return list(variable.columns.values()) if variable.columns is not None else [str(variable.column)]

    def read(self, axis: Axis, progress: Progress) -> dict[str, dict[str, np.ndarray]]:
        """Read the table.

        Parameters
        ----------
        axis
            The time axis.
        progress
            Is told the share that is read.

        Returns
        -------
        dict
            Variable -> station -> values (time) in the network's unit, float32; NaN is missing.

        Raises
        ------
        InputError
            If a time stands twice or a value cannot be one.
        """
        found: dict[str, dict[str, np.ndarray]] = {name: {} for name in self.keys.variables}
        occupied: dict[str, Occupied] = {}
        numbers = list(dict.fromkeys(c for name in found for c in self._columns(name)))
        texts = self.time if self.keys.station is None else [*self.time, self.keys.station]
        for block in self.table.blocks(texts, numbers):
            at = axis.position(self.ends(block))
            part, at = block.kept(at >= 0), at[at >= 0]
            for station, rows in self._by_station(part.texts, len(at)):
                if station not in occupied:
                    occupied[station] = Occupied(axis, self.path)
                occupied[station].claim(at[rows], part.lines[rows])
                for name, variable in self.keys.variables.items():
                    columns = variable.columns or {station: str(variable.column)}
                    for place, column in columns.items():
                        raw = part.numbers[column][rows]
                        where = f"{self.path}: column {column!r}"
                        how = self.conversions[name]
                        values = plausible(name, raw, how, axis.step, part.lines[rows], where)
                        if place not in found[name]:
                            found[name][place] = np.full(axis.size, np.nan, dtype=np.float32)
                        found[name][place][at[rows]] = values
            progress(f"reading {self.table.name}", block.share)
        for one in occupied.values():
            one.require_step()
        for name, series in found.items():
            for values in series.values():
                require_plausible_mean(name, values, axis.step, str(self.path))
        return found

    def _by_station(
        self, texts: AbstractMapping[str, pd.Categorical], rows: int
    ) -> list[tuple[str, np.ndarray]]:
        if self.keys.station is None:
            return [(EVERYWHERE, np.arange(rows))] if rows else []
        column = texts[self.keys.station]
        return [
            (str(name), where)
            for position, name in enumerate(column.categories)
            if (where := np.flatnonzero(column.codes == position)).size
        ]


def to_clusters(
    name: str, series: AbstractMapping[str, np.ndarray], stations: Stations, layout: SensorLayout, where: str
) -> dict[str, np.ndarray | xr.Variable]:
    """Give each cluster the series of its station.

    Weather comes from the station nearest on the great circle; discharge from the gauge that the attribute
    ``discharge_gauge`` names, because the nearest gauge may well be in another catchment.

    Parameters
    ----------
    name
        The variable.
    series
        Station -> values (time).
    stations
        Where the stations are.
    layout
        Where the clusters are.
    where
        The table, for messages.

    Returns
    -------
    dict
        The variable (cluster, time), and for weather of several stations their name and distance (cluster).

    Raises
    ------
    InputError
        If coordinates or gauges are not known.
    """
    clusters = len(layout.cluster_id)
    if list(series) == [EVERYWHERE]:
        return {name: np.broadcast_to(series[EVERYWHERE], (clusters, series[EVERYWHERE].size))}
    if name == "discharge":
        return {name: _by_gauge(series, layout, where)}
    names = sorted(series)
    unknown = [station for station in names if station not in stations.names]
    if unknown:
        raise InputError(
            f"{where}: {name}: the coordinates of station {unknown[0]!r} are not known ({stations.source}); "
            f"{nearest(unknown[0], stations.names) if stations.names else 'add stations: to the mapping'}"
        )
    at = np.array([stations.names.index(station) for station in names])
    lost = ~(np.isfinite(stations.latitude[at]) & np.isfinite(stations.longitude[at]))
    if lost.any():
        raise InputError(
            f"{stations.source}: station {names[int(np.argmax(lost))]!r} has no coordinates; add them"
        )
    latitude, longitude = layout.attributes.get("latitude"), layout.attributes.get("longitude")
    if latitude is None or longitude is None or not (np.isfinite(latitude) & np.isfinite(longitude)).all():
        raise InputError(
            f"{layout.source}: {name} comes from {len(names)} stations, but not every cluster has coordinates "
            "to find the nearest; add latitude and longitude (or easting, northing and crs) to sensors in the mapping"
        )
    index, metres = nearest_station(latitude, longitude, stations.latitude[at], stations.longitude[at])
    words = name.replace("_", " ")
    return {
        name: np.stack([series[names[station]] for station in index]),
        f"{name}_station": xr.Variable(
            "cluster",
            np.array([names[station] for station in index], dtype=object),
            {"long_name": f"station that {words} comes from: the nearest"},
        ),
        f"{name}_station_distance": xr.Variable(
            "cluster",
            metres,
            {
                "long_name": f"great-circle distance to the station that {words} comes from",
                "units": "m",
                "coverage_content_type": "auxiliaryInformation",
            },
        ),
    }


def _by_gauge(series: AbstractMapping[str, np.ndarray], layout: SensorLayout, where: str) -> np.ndarray:
    gauges = layout.attributes.get("discharge_gauge")
    if gauges is None:
        raise InputError(
            f"{where}: discharge comes from several gauges; name each cluster's in the table of sensors (mapping: "
            "sensors.attributes.discharge_gauge)"
        )
    for cluster, gauge in zip(layout.cluster_id, gauges, strict=True):
        if gauge not in series:
            raise InputError(
                f"{where}: there is no discharge of gauge {gauge!r} for cluster {cluster}; {nearest(gauge, series)}"
            )
    return np.stack([series[gauge] for gauge in gauges])
