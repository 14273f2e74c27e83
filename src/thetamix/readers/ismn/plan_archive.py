"""What of an archive of the ISMN becomes which part of a network: the first pass over it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix._version import __version__
from thetamix.network.assemble import assemble, cluster_variable
from thetamix.network.depth_groups import TOLERANCE, rare_depths
from thetamix.network.streaming import placeholder
from thetamix.readers import OnProgress
from thetamix.readers.ismn.archive import IsmnArchive
from thetamix.readers.ismn.ismn_station import Sensor, Station
from thetamix.readers.ismn.record_file import HOUR
from thetamix.readers.ismn.static_values import FRACTIONS, without_impossible_attributes
from thetamix.readers.ismn.station_layout import (
    Lane,
    changes,
    lanes,
    nominal_depths,
    stations_at,
)
from thetamix.readers.tables.files.opening import natural_order
from thetamix.system.errors import InputError, nearest

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
        """Return whether a place is in the box."""
        if self.box is None:
            return True
        west, south, east, north = self.box
        width = (east - west) % 360 or 360.0
        return south <= latitude <= north and (longitude - west) % 360 <= width

    def span(self, sensor: Sensor) -> tuple[np.datetime64, np.datetime64]:
        """Return the first and last time of a sensor's record in the period."""
        first, last = sensor.first, sensor.last
        if self.start is not None:
            first = max(first, self.start.astype("datetime64[ns]"))
        if self.end is not None:
            last = min(last, (self.end.astype("datetime64[D]") + 1).astype("datetime64[ns]"))
        return first, last

    def require_networks(self, names: Iterable[str], source: Path, notes: Sequence[str]) -> None:
        """Raise where a network that is asked for is not among names, with notes that say why."""
        for name in self.networks:
            if name not in names:
                why = f" ({'; '.join(notes)})" if notes else ""
                raise InputError(
                    f"{source}: network {name} has no soil moisture that is wanted{why}; check --depths, --start, "
                    "--end and --box"
                )

    def kept(self, station: Station) -> list[Sensor]:
        """Return the soil moisture sensors with a record in the period."""
        return [sensor for sensor in station.of("soil_moisture") if self.span(sensor)[0] <= self.span(sensor)[1]]


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
        return max(lane.replicate + 1 for station in self.series for lane in station)

    def weather(self) -> list[str]:
        """Return the names of the forcing that any station has."""
        forcing = ("precipitation", "air_temperature")
        return [name for name in forcing if any(station.of(name) for station in self.stations)]

    def skeleton(self) -> xr.Dataset:
        """Build the network with placeholders where the series will be."""
        shape = (len(self.stations), len(self.depth), self.replicates)
        sensor_id, sensor_depth = np.full(shape, "", dtype=object), np.full(shape, np.nan)
        bounds: dict[int, list[tuple[float, float]]] = {}
        for cluster, series in enumerate(self.series):
            for lane in series:
                at = cluster, lane.depth, lane.replicate
                sensor_id[at] = " > ".join(sensor.instrument for sensor in lane.sensors)
                sensor_depth[at] = np.mean([sensor.middle for sensor in lane.sensors])
                bounds.setdefault(lane.depth, []).extend((s.upper, s.lower) for s in lane.sensors)
        variables: dict[str, np.ndarray | xr.Variable] = {
            "soil_moisture": placeholder((*shape, self.time.size)),
            "soil_moisture_flag": placeholder((*shape, self.time.size), np.int32),
            "sensor_depth": sensor_depth,
            "sensor_id": sensor_id,
            **{name: placeholder((shape[0], self.time.size)) for name in self.weather()},
            **_attributes(self.stations),
        }
        extent = np.array([np.mean(bounds.get(n, [(depth, depth)]), axis=0) for n, depth in enumerate(self.depth)])
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


def make_plan(archive: IsmnArchive, selection: Selection, progress: OnProgress) -> Plan:
    """Read what an archive has, and plan what becomes of the part that is wanted.

    Raises
    ------
    InputError
        If nothing of it is wanted, or it has too many depths.
    """
    wanted = _wanted(archive, selection)
    stations, notes = [], []
    for number, (network, name) in enumerate(wanted):
        progress(f"looking at {name}", number / len(wanted))
        try:
            station, broken = archive.describe(network, name)
        except OSError as error:
            notes.append(f"{network} {name} cannot be read and is left out: {error}")
            continue
        notes += [f"left out: {file}" for file in broken]
        if selection.inside(station.latitude, station.longitude) and selection.kept(station):
            stations.append(station)
    if not stations:
        raise InputError(
            f"{archive.source}: no soil moisture of it is wanted, or can be read"
            + (f" ({notes[0]})" if notes else "; check --network, --start, --end and --box")
        )
    pairs = [(station, sensor) for station in stations for sensor in selection.kept(station)]
    depth, remarks = nominal_depths(pairs, selection.depths, selection.tolerance)
    if selection.depths is None:
        rare = rare_depths(stations_at(pairs, depth, selection.tolerance), len(stations), "station(s)")
        remarks += [f"{rare[1]}; {rare[2]} leaves them out"] if rare is not None else []
    stations, doubts = without_impossible_attributes(stations)
    notes += remarks + doubts
    series = []
    for station in stations:
        with archive.unpacked(station.network, station.name) as root:
            series.append(lanes(selection.kept(station), depth, selection.tolerance, _hours(archive, root)))
        notes += [changes(station, lane, float(depth[lane.depth])) for lane in series[-1] if len(lane.sensors) > 1]
    measured = [at for at, rows in enumerate(series) if rows]
    if empty := [str(station) for station, rows in zip(stations, series, strict=True) if not rows]:
        notes.append(f"{len(empty)} station(s) without a sensor at the depths are left out: {', '.join(empty)}")
    selection.require_networks({stations[at].network for at in measured}, archive.source, notes)
    spans = [selection.span(sensor) for at in measured for lane in series[at] for sensor in lane.sensors]
    first = min(first for first, _ in spans).astype("datetime64[h]").astype("datetime64[ns]")
    last = max(last for _, last in spans).astype("datetime64[h]").astype("datetime64[ns]")
    if last <= first:
        raise InputError(f"{archive.source}: a network needs two hours or more, the period holds {last}")
    time = first + np.arange(int((last - first) // HOUR) + 1) * HOUR
    return Plan(
        archive.source, [stations[at] for at in measured], [series[at] for at in measured], depth, time, notes
    )


def _wanted(archive: IsmnArchive, selection: Selection) -> list[tuple[str, str]]:
    networks = {network for network, _ in archive.stations}
    for name in selection.networks:
        if name not in networks:
            raise InputError(f"{archive.source}: has no network {name!r}; {nearest(name, networks)}")
    stations = {f"{network}/{name}": (network, name) for network, name in archive.stations}
    wanted = (stations[path] for path in natural_order(stations))
    return [station for station in wanted if not selection.networks or station[0] in selection.networks]


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
    attributes: dict[str, np.ndarray | xr.Variable] = {
        name: np.array([getattr(station, name) for station in stations])
        for name in ("latitude", "longitude", "elevation")
    }
    attributes["longitude"] = (np.asarray(attributes["longitude"]) + 180) % 360 - 180
    names = np.array([station.network for station in stations], dtype=object)
    attributes["ismn_network"] = cluster_variable(names, "network within the ISMN")
    if (cover := _static_texts(stations, "land_cover")) is not None:
        attributes["land_use"] = cover
    if (climate := _static_texts(stations, "climate_KG")) is not None:
        attributes["climate"] = cluster_variable(climate, "Köppen-Geiger class of climate")
    if (porosity := _static_numbers(stations, "saturation")) is not None:
        attributes["porosity"] = porosity
    for name, attribute in FRACTIONS.items():
        if (values := _static_numbers(stations, name)) is not None:
            words = f"mass fraction of {attribute.replace('_', ' ')} in the uppermost layer"
            attributes[attribute] = cluster_variable(values, words, "percent")
    return attributes


def _static_texts(stations: Sequence[Station], name: str) -> np.ndarray | None:
    """Return a static variable as texts (cluster); None where no station has it."""
    texts = [str(station.static.get(name, "")) for station in stations]
    return np.array(texts, dtype=object) if any(texts) else None


def _static_numbers(stations: Sequence[Station], name: str) -> np.ndarray | None:
    """Return a static variable as numbers (cluster), NaN where it is missing; None where no station has it."""
    values = [station.static.get(name) for station in stations]
    numbers = np.array([value if isinstance(value, int | float) else np.nan for value in values], dtype=np.float64)
    return numbers if np.isfinite(numbers).any() else None
