"""Archives of the International Soil Moisture Network as a network file: ``thetamix import ismn``.

Stations become clusters; what a reading is flagged with is kept. The archive is read twice, a station at a time:
first what there is (places, depths, spans), then the readings, straight into the file. Memory holds one station.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from thetamix.network.limits import LARGEST_FRACTION
from thetamix.network.plausibility import is_code, without_impossible
from thetamix.network.streaming import write_clusters
from thetamix.readers import Note, OnProgress, silent
from thetamix.readers.ismn.archive import IsmnArchive
from thetamix.readers.ismn.ismn_station import Sensor
from thetamix.readers.ismn.plan_archive import Plan, Selection, make_plan
from thetamix.readers.ismn.record_file import HOUR
from thetamix.system.errors import InputError


@dataclass(frozen=True)
class IsmnReader(Selection):
    """An archive of the International Soil Moisture Network, with its flags."""

    def read(self, source: Path, output: Path, progress: OnProgress = silent, note: Note = silent) -> None:
        """Write an archive as a network file.

        Parameters
        ----------
        source
            The zip file as downloaded, its folder, or a tar archive of that.
        output
            The network file to write.
        progress
            Hears what is being done.
        note
            Hears what a careful user wants to know: stations and files that cannot be read, changes of sensors. The
            same sentences are in the network's attribute ``comment``.

        Raises
        ------
        InputError
            If the archive is damaged, nothing of it is wanted, or it has too many depths.
        """
        with IsmnArchive(Path(source)) as archive:
            plan = make_plan(archive, self, progress)
            skeleton = plan.skeleton()
            notes = list(plan.notes)

            def clusters() -> Iterator[Mapping[str, np.ndarray]]:
                read, empty = set(), []
                for station, filled in zip(plan.stations, _clusters(archive, plan, progress, notes), strict=True):
                    if np.isfinite(filled["soil_moisture"]).any():
                        read.add(station.network)
                    else:
                        empty.append(str(station))
                    yield filled
                if empty:
                    notes.append(f"{len(empty)} station(s) without a single reading: {', '.join(empty)}")
                if not read:
                    raise InputError(f"{source}: there is not one reading in it ({'; '.join(notes[:3])})")
                self.require_networks(read, Path(source), notes)
                if notes:
                    skeleton.attrs["comment"] = "; ".join(notes)

            write_clusters(skeleton, clusters(), Path(output))
        for sentence in notes:
            note(sentence)


def _clusters(
    archive: IsmnArchive, plan: Plan, progress: OnProgress, notes: list[str]
) -> Iterator[Mapping[str, np.ndarray]]:
    """Read the stations: variable -> values of one cluster."""
    shape, forcing = (len(plan.depth), plan.replicates, plan.time.size), plan.weather()
    for number, (station, series) in enumerate(zip(plan.stations, plan.series, strict=True)):
        progress(f"reading {station.name}", number / len(plan.stations))
        readings, flags = np.full(shape, np.nan, dtype=np.float32), np.zeros(shape, dtype=np.int32)
        weather = {name: np.full(plan.time.size, np.nan, dtype=np.float32) for name in forcing}
        try:
            with archive.unpacked(station.network, station.name) as root:
                for lane in series:
                    at = lane.depth, lane.replicate
                    for sensor in lane.sensors:
                        notes += _fill(archive, root, sensor, plan.time, readings[at], flags[at])
                for name, values in weather.items():
                    unflagged = np.zeros(plan.time.size, dtype=np.int32)
                    # The longest record first; others fill its gaps.
                    for sensor in sorted(station.of(name), key=lambda gauge: gauge.first - gauge.last):
                        notes += _fill(archive, root, sensor, plan.time, values, unflagged)
        except OSError as error:
            notes.append(f"{station} cannot be read and is empty: {error}")
        yield {"soil_moisture": readings, "soil_moisture_flag": flags, **weather}


def _fill(
    archive: IsmnArchive, root: Path, sensor: Sensor, time: np.ndarray, values: np.ndarray, flags: np.ndarray
) -> list[str]:
    """Write a record where nothing is yet; return what is wrong with it."""
    try:
        record = archive.read(root, sensor)
    except OSError as error:
        return [f"{sensor.path} cannot be read and is left out: {error}"]
    readings, notes = record.values, [f"{sensor.path}: {sentence}" for sentence in record.notes]
    if sensor.variable == "soil_moisture":
        codes = is_code(sensor.variable, readings, readings, HOUR)
        there = readings[np.isfinite(readings) & ~codes]
        if there.size and np.median(there) > LARGEST_FRACTION:
            median = np.median(there)
            return [f"{sensor.path} is left out: its median is {median:.3g} m3 m-3, which is no soil moisture"]
    cleaned, sentence = without_impossible(sensor.variable, readings, HOUR)
    if sentence is not None:
        first = record.time[~np.isnan(readings) & np.isnan(cleaned)][0]  # infinity, too
        notes.append(f"{sensor.path}: {sentence}; the first at {np.datetime_as_string(first, 'm')} UTC")
    readings = cleaned
    outside = int(((record.time < sensor.first) | (record.time > sensor.last)).sum())
    if outside:
        notes.append(f"{sensor.path}: lines out of order; {outside} before its first or after its last are left out")
    keep = (record.time >= max(time[0], sensor.first)) & (record.time <= min(time[-1], sensor.last))
    keep &= np.isfinite(readings)
    at = ((record.time - time[0]) // HOUR)[keep]
    free = ~np.isfinite(values[at])
    values[at[free]], flags[at[free]] = readings[keep][free], record.flags[keep][free]
    return notes
