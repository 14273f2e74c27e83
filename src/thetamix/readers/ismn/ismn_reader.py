"""Archives of the International Soil Moisture Network as a network file: ``thetamix import ismn``.

Stations become clusters; what a reading is flagged with is kept. The archive is read twice, a station at a time:
first what there is (places, depths, spans), then the readings, straight into the file. Memory holds one station.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from thetamix.network.limits import LARGEST_FRACTION, LARGEST_TEMPERATURE
from thetamix.network.streaming import write_clusters
from thetamix.readers import Note, OnProgress
from thetamix.readers.ismn.archive import IsmnArchive
from thetamix.readers.ismn.ismn_station import Sensor
from thetamix.readers.ismn.plan_archive import Plan, Selection, make_plan
from thetamix.readers.ismn.record_file import HOUR
from thetamix.system.errors import InputError

__all__ = ["Selection", "import_ismn"]


def import_ismn(
    source: Path,
    path: Path,
    selection: Selection | None = None,
    progress: OnProgress | None = None,
    note: Note | None = None,
) -> None:
    """Write an archive of the ISMN as a network file.

    Parameters
    ----------
    source
        The zip file as downloaded, its folder, or a tar archive of that.
    path
        The network file to write.
    selection
        Which part; None takes all.
    progress
        Is told what is being done and which share of it is done.
    note
        Is told what a careful user wants to know: stations and files that cannot be read, changes of sensors. The
        same sentences are in the network's attribute ``comment``.

    Raises
    ------
    InputError
        If the archive is damaged, nothing of it is wanted, or it has too many depths.
    """
    selection = selection or Selection()
    tell: OnProgress = progress or (lambda _what, _share: None)
    say: Note = note or (lambda _sentence: None)
    with IsmnArchive(Path(source)) as archive:
        plan = make_plan(archive, selection, tell)
        skeleton = plan.skeleton()
        notes = list(plan.notes)

        def clusters() -> Iterator[Mapping[str, np.ndarray]]:
            any_reading = False
            for filled in _clusters(archive, plan, tell, notes):
                any_reading = any_reading or bool(np.isfinite(filled["soil_moisture"]).any())
                yield filled
            if not any_reading:
                raise InputError(f"{source}: there is not one reading in it ({'; '.join(notes[:3])})")
            if notes:
                skeleton.attrs["comment"] = "; ".join(notes)

        write_clusters(skeleton, clusters(), Path(path))
        for sentence in notes:
            say(sentence)


def _clusters(
    archive: IsmnArchive, plan: Plan, tell: OnProgress, notes: list[str]
) -> Iterator[Mapping[str, np.ndarray]]:
    """Read the stations: variable -> values of one cluster."""
    shape = (len(plan.depth), plan.replicates, plan.time.size)
    for number, (station, one) in enumerate(zip(plan.stations, plan.series, strict=True)):
        tell(f"reading {station.name}", number / len(plan.stations))
        filled = {
            "soil_moisture": np.full(shape, np.nan, dtype=np.float32),
            "soil_moisture_flag": np.zeros(shape, dtype=np.int32),
            **{name: np.full(plan.time.size, np.nan, dtype=np.float32) for name in plan.weather()},
        }
        try:
            with archive.unpacked(station.network, station.name) as root:
                for lane in one:
                    place = lane.depth, lane.replicate
                    series = filled["soil_moisture"][place], filled["soil_moisture_flag"][place]
                    for sensor in lane.sensors:
                        notes += _fill(archive, root, sensor, plan.time, *series)
                for name in plan.weather():
                    gauges = [sensor for sensor in station.sensors if sensor.variable == name]
                    unflagged = np.zeros(plan.time.size, dtype=np.int32)
                    # The longest record first; others fill its gaps.
                    for sensor in sorted(gauges, key=lambda gauge: gauge.first - gauge.last):
                        notes += _fill(archive, root, sensor, plan.time, filled[name], unflagged)
        except OSError as error:
            notes.append(f"{station.network} {station.name} cannot be read and is empty: {error}")
        yield filled


def _fill(
    archive: IsmnArchive, root: Path, sensor: Sensor, time: np.ndarray, values: np.ndarray, flags: np.ndarray
) -> list[str]:
    """Put a record where nothing is yet; say what is wrong with it."""
    try:
        record = archive.read(root, sensor)
    except OSError as error:
        return [f"{sensor.path} cannot be read and is left out: {error}"]
    readings, notes = record.values, []
    there = readings[np.isfinite(readings)]
    if sensor.variable == "soil_moisture" and there.size and np.median(there) > LARGEST_FRACTION:
        return [f"{sensor.path} is left out: its median is {np.median(there):.3g} m3 m-3, which is no soil moisture"]
    if sensor.variable == "precipitation":
        readings = np.where(readings < 0, np.nan, readings)
    if sensor.variable == "air_temperature":
        readings = np.where(readings > LARGEST_TEMPERATURE, np.nan, readings)
    if record.dropped:
        notes.append(f"{sensor.path}: {record.dropped} row(s) off the full hour, or twice, are left out")
    if record.unknown:
        notes.append(f"{sensor.path}: unknown flag(s) {', '.join(sorted(record.unknown))} are not kept")
    outside = int(((record.time < sensor.first) | (record.time > sensor.last)).sum())
    if outside:
        notes.append(f"{sensor.path}: lines out of order; {outside} before its first or after its last are left out")
    at = (record.time - time[0]) // HOUR
    keep = (record.time >= max(time[0], sensor.first)) & (record.time <= min(time[-1], sensor.last))
    keep &= np.isfinite(readings)
    at, readings, bits = at[keep], readings[keep], record.flags[keep]
    free = ~np.isfinite(values[at])
    values[at[free]], flags[at[free]] = readings[free], bits[free]
    return notes
