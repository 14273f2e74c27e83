"""What of an archive of the ISMN becomes which part of a network: the first pass over it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix._version import __version__
from thetamix.network.assemble import assemble
from thetamix.network.streaming import placeholder
from thetamix.readers import OnProgress
from thetamix.readers.ismn.archive import IsmnArchive
from thetamix.readers.ismn.ismn_station import Sensor, Station
from thetamix.readers.ismn.record_file import HOUR
from thetamix.readers.ismn.station_layout import (
    TOLERANCE,
    Lane,
    changes,
    lanes,
    middle,
    nominal_depths,
    sensor_names,
    static_numbers,
    static_texts,
)
from thetamix.readers.tables.opening import natural_order
from thetamix.system.errors import InputError, nearest

#: Static variable of the archive -> (attribute of the network, unit, in words).
STATIC = {
    "clay_fraction": ("clay", "percent", "mass fraction of clay in the uppermost layer"),
    "sand_fraction": ("sand", "percent", "mass fraction of sand in the uppermost layer"),
    "silt_fraction": ("silt", "percent", "mass fraction of silt in the uppermost layer"),
    "organic_carbon": ("organic_carbon", "percent", "mass fraction of organic carbon in the uppermost layer"),
}
LICENCE = "ISMN terms and conditions: no onward distribution; cite the networks and the ISMN"
REFERENCES = "Dorigo et al. 2021, doi:10.5194/hess-25-5749-2021; flags: Dorigo et al. 2013, doi:10.2136/vzj2012.0097"


@dataclass(frozen=True)
class Selection:
    """Which part of an archive is wanted.

    Attributes
    ----------
    networks
        Names of its networks; empty takes all.
    start, end
        First and last day, UTC; None is open.
    box
        West, south, east, north [degrees]; west may be larger than east (across the date line). None is the globe.
    depths
        Nominal depths [m]; None finds them.
    tolerance
        How far a sensor may be from its nominal depth [m].
    """

    networks: Sequence[str] = ()
    start: np.datetime64 | None = None
    end: np.datetime64 | None = None
    box: tuple[float, float, float, float] | None = None
    depths: Sequence[float] | None = None
    tolerance: float = TOLERANCE

    def inside(self, latitude: float, longitude: float) -> bool:
        """Say whether a place is in the box."""
        if self.box is None:
            return True
        west, south, east, north = self.box
        width = (east - west) % 360 or 360.0
        return south <= latitude <= north and (longitude - west) % 360 <= width

    def span(self, sensor: Sensor) -> tuple[np.datetime64, np.datetime64]:
        """Give the part of a sensor's record that is in the period."""
        first, last = sensor.first, sensor.last
        if self.start is not None:
            first = max(first, self.start.astype("datetime64[ns]"))
        if self.end is not None:
            last = min(last, (self.end.astype("datetime64[D]") + 1).astype("datetime64[ns]"))
        return first, last


@dataclass(frozen=True)
class Plan:
    """What is written: the first pass over the archive.

    Attributes
    ----------
    source
        The archive.
    stations
        (cluster).
    series
        Lanes of each station (cluster).
    depth
        Nominal depths (depth) [m].
    time
        Ends of the intervals (time), UTC.
    notes
        What a careful user wants to know.
    """

    source: Path
    stations: Sequence[Station]
    series: Sequence[Sequence[Lane]]
    depth: np.ndarray
    time: np.ndarray
    notes: Sequence[str]

    @property
    def replicates(self) -> int:
        """How many replicates the network has."""
        return max(lane.replicate + 1 for one in self.series for lane in one)

    def weather(self) -> list[str]:
        """Name the forcing that any station has."""
        there = {sensor.variable for station in self.stations for sensor in station.sensors}
        return [name for name in ("precipitation", "air_temperature") if name in there]

    def skeleton(self) -> xr.Dataset:
        """Make the network with placeholders where the series will be."""
        shape = (len(self.stations), len(self.depth), self.replicates)
        sensor_id, sensor_depth = np.full(shape, "", dtype=object), np.full(shape, np.nan)
        bounds: dict[int, list[tuple[float, float]]] = {}
        for cluster, one in enumerate(self.series):
            for lane in one:
                place = cluster, lane.depth, lane.replicate
                sensor_id[place] = sensor_names(lane)
                sensor_depth[place] = np.mean([middle(sensor) for sensor in lane.sensors])
                bounds.setdefault(lane.depth, []).extend((s.upper, s.lower) for s in lane.sensors)
        variables: dict[str, np.ndarray | xr.Variable] = {
            "soil_moisture": placeholder((*shape, self.time.size)),
            "soil_moisture_flag": placeholder((*shape, self.time.size), np.int32),
            "sensor_depth": sensor_depth,
            "sensor_id": sensor_id,
            **{name: placeholder((shape[0], self.time.size)) for name in self.weather()},
            **_attributes(self.stations),
        }
        extent = np.array([np.mean(bounds.get(at, [(value,) * 2]), axis=0) for at, value in enumerate(self.depth)])
        if (extent[:, 0] < extent[:, 1]).any():
            variables["depth_bounds"] = xr.Variable(("depth", "bound"), extent)
        names = sorted({station.network for station in self.stations})
        about = {
            "title": f"Soil moisture of the International Soil Moisture Network: {', '.join(names)}",
            "summary": f"Soil moisture of {len(self.stations)} stations with the quality flags of the ISMN",
            "source": f"International Soil Moisture Network, {self.source.name}",
            "license": LICENCE,
            "references": REFERENCES,
            "history": f"thetamix {__version__}: import ismn {self.source.name}",
        }
        network = assemble(
            variables,
            cluster_id=[f"{station.network}_{station.name}" for station in self.stations],
            depth=self.depth,
            replicate_label=[chr(ord("A") + number) for number in range(self.replicates)],
            time=self.time,
            step=HOUR,
            about=about,
        )
        if "depth_bounds" in network:
            network["depth"].attrs["bounds"] = "depth_bounds"
        return network


def make_plan(archive: IsmnArchive, selection: Selection, tell: OnProgress) -> Plan:
    """Look at an archive and say what becomes of it.

    Parameters
    ----------
    archive
        The archive.
    selection
        Which part of it is wanted.
    tell
        Is told what is being done and which share of it is done.

    Returns
    -------
    Plan
        Stations, series, depths and times.

    Raises
    ------
    InputError
        If nothing of it is wanted, or it has too many depths.
    """
    wanted = _wanted(archive, selection)
    stations, notes = [], []
    for number, (network, name) in enumerate(wanted):
        tell(f"looking at {name}", number / len(wanted))
        try:
            station, broken = archive.describe(network, name)
        except OSError as error:
            notes.append(f"{network} {name} cannot be read and is left out: {error}")
            continue
        notes += [f"left out: {file}" for file in broken]
        if selection.inside(station.latitude, station.longitude) and _kept(station, selection):
            stations.append(station)
    if not stations:
        raise InputError(
            f"{archive.source}: no soil moisture of it is wanted, or can be read"
            + (f" ({notes[0]})" if notes else "; check --network, --start, --end and --box")
        )
    depth, far = nominal_depths(stations, selection.depths, selection.tolerance)
    if far:
        notes.append(f"{len(far)} sensor(s) not within {selection.tolerance:g} m of a depth: {', '.join(far[:10])}")
    series = []
    for station in stations:
        with archive.unpacked(station.network, station.name) as root:
            found = lanes(_kept(station, selection), depth, selection.tolerance, _hours(archive, root))
        series.append(found)
        told = (changes(station, lane, float(depth[lane.depth])) for lane in found)
        notes += [sentence for sentence in told if sentence is not None]
    there = [at for at, one in enumerate(series) if one]
    spans = [selection.span(s) for at in there for lane in series[at] for s in lane.sensors]
    first = min(first for first, _ in spans).astype("datetime64[h]").astype("datetime64[ns]")
    last = max(last for _, last in spans).astype("datetime64[h]").astype("datetime64[ns]")
    if last <= first:
        raise InputError(f"{archive.source}: a network needs two hours or more, the period holds {last}")
    time = first + np.arange(int((last - first) // HOUR) + 1) * HOUR
    return Plan(archive.source, [stations[at] for at in there], [series[at] for at in there], depth, time, notes)


def _wanted(archive: IsmnArchive, selection: Selection) -> list[tuple[str, str]]:
    known = {network for network, _ in archive.stations}
    for name in selection.networks:
        if name not in known:
            raise InputError(f"{archive.source}: has no network {name!r}; {nearest(name, known)}")
    places = {f"{network}/{name}": (network, name) for network, name in archive.stations}
    return [
        places[place]
        for place in natural_order(list(places))
        if not selection.networks or places[place][0] in selection.networks
    ]


def _kept(station: Station, selection: Selection) -> list[Sensor]:
    """Give the soil moisture sensors with a record in the period."""
    return [
        sensor
        for sensor in station.sensors
        if sensor.variable == "soil_moisture" and selection.span(sensor)[0] <= selection.span(sensor)[1]
    ]


def _hours(archive: IsmnArchive, root: Path) -> Callable[[Sensor], np.ndarray]:
    def hours(sensor: Sensor) -> np.ndarray:
        try:
            record = archive.read(root, sensor)
        except OSError:
            return np.empty(0, dtype="datetime64[ns]")  # the second pass reports it
        there: np.ndarray = record.time[np.isfinite(record.values)]
        return there

    return hours


def _attributes(stations: Sequence[Station]) -> dict[str, np.ndarray | xr.Variable]:
    found: dict[str, np.ndarray | xr.Variable] = {
        name: np.array([getattr(station, name) for station in stations])
        for name in ("latitude", "longitude", "elevation")
    }
    found["longitude"] = (np.asarray(found["longitude"]) + 180) % 360 - 180
    found["ismn_network"] = xr.Variable(
        "cluster",
        np.array([s.network for s in stations], dtype=object),
        {"long_name": "network within the ISMN"},
    )
    cover, climate = static_texts(stations, "land_cover"), static_texts(stations, "climate_KG")
    if cover is not None:
        found["land_use"] = cover
    if climate is not None:
        found["climate"] = xr.Variable("cluster", climate, {"long_name": "Köppen-Geiger class of climate"})
    porosity = static_numbers(stations, "saturation")
    if porosity is not None:
        found["porosity"] = porosity
    for name, (attribute, unit, words) in STATIC.items():
        values = static_numbers(stations, name)
        if values is not None:
            about = {"long_name": words, "units": unit, "coverage_content_type": "auxiliaryInformation"}
            found[attribute] = xr.Variable("cluster", values, about)
    return found
