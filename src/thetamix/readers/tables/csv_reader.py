"""A folder of CSV tables, described by a mapping file, as a network: ``thetamix import csv``.

Tables are read twice, in blocks: first their times alone, to know the network's time axis; then their values,
straight into the network's arrays. Nothing else of their size is ever held.
"""

from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import xarray as xr

from thetamix._version import __version__
from thetamix.network.assemble import assemble
from thetamix.network.check import check_network
from thetamix.network.netcdf import write_network
from thetamix.quality.flags import LIMITS, range_flags
from thetamix.readers import Note, OnProgress, silent
from thetamix.readers.tables.clocks.clock_remarks import clock_remarks
from thetamix.readers.tables.clocks.times import EVER, Axis, minute
from thetamix.readers.tables.files.opening import as_folder, each_file
from thetamix.readers.tables.forcing_tables import ForcingSource, match_sources
from thetamix.readers.tables.mapping import Mapping, load_mapping
from thetamix.readers.tables.own_steps import read_series
from thetamix.readers.tables.places.cluster_attributes import with_constants
from thetamix.readers.tables.places.place_keys import SensorNames, SensorTable
from thetamix.readers.tables.places.sensors import SensorLayout, name_sensors, read_sensors
from thetamix.readers.tables.places.stations import Clusters, Variables, read_stations
from thetamix.readers.tables.series_tables import SeriesSource
from thetamix.system.durations import parse_duration
from thetamix.system.errors import InputError, first_ten
from thetamix.weather.pet import potential_evapotranspiration

#: An array of readings beyond this size [bytes] is taken for a wrong year in a stamp.
LARGEST_ARRAY = 1 << 37

Sources = Sequence[SeriesSource | ForcingSource]


@dataclass(frozen=True)
class CsvReader:
    """Tables of readings, sensors and forcing (CSV, TOA5, Excel), described by a small mapping."""

    mapping: Annotated[Path, "What the columns mean (YAML)."]

    def read(self, source: Path, output: Path, progress: OnProgress = silent, note: Note = silent) -> None:
        """Write the network: see :func:`read_csv`."""
        write_network(read_csv(source, self.mapping, progress, note), output)


def read_csv(folder: Path, mapping: Path, progress: OnProgress = silent, note: Note = silent) -> xr.Dataset:
    """Read a folder of CSV tables as a network.

    Parameters
    ----------
    folder
        Where the tables are, or a zip or tar archive of that folder.
    mapping
        The YAML file that says what they mean; see :mod:`thetamix.readers.tables.mapping`.
    progress
        Hears what is being done.
    note
        Hears what a careful user wants to know: sensors without data, columns without a sensor. The same sentences
        are in the network's attribute ``comment``.

    Returns
    -------
    xarray.Dataset
        The network, checked.

    Raises
    ------
    InputError
        If the mapping or a table is wrong; the message names file, column and line, and says what to do.
    """
    folder, mapping = Path(folder), Path(mapping)
    keys = load_mapping(mapping, Mapping)
    with as_folder(folder) as opened:
        network, notes = _read(opened, keys, mapping, folder.resolve().name, progress)
    check_network(network, str(folder))
    for sentence in notes:
        note(sentence)
    return network


def _read(
    folder: Path, keys: Mapping, mapping: Path, name: str, progress: OnProgress
) -> tuple[xr.Dataset, list[str]]:
    places = keys.place_files
    readings = [
        SeriesSource(folder, table, keys, words) for table, words in each_file(folder, keys.soil_moisture, places)
    ]
    forcing = [ForcingSource(folder, table, keys, words) for table, words in each_file(folder, keys.forcing, places)]
    if isinstance(keys.sensors, SensorTable):
        layout = read_sensors(folder, keys)
    else:
        names: set[str] = set().union(*(source.names() for source in readings))
        layout = name_sensors(folder, keys, sorted(names), readings[0].path)
    for source in readings:
        source.find(layout)
    stations = read_stations(folder, keys)
    axis = _time_axis(keys, readings, forcing, layout, progress)

    moisture, notes = read_series(readings, layout, axis, progress)
    attributes = with_constants(layout.attributes, layout.attribute_units, len(moisture), keys.constants, mapping)
    notes += [*layout.notes, *_remarks(readings, layout, moisture, keys)]
    weather: Variables = {}
    clusters = Clusters(layout.source, layout.cluster_id, layout.attributes)
    for _, variables, remarks in match_sources(forcing, axis, stations, clusters, keys, progress):
        weather |= variables
        notes += remarks
    notes += clock_remarks([*readings, *forcing])
    network = assemble(
        {
            "soil_moisture": moisture,
            "soil_moisture_flag": _flags(moisture, attributes),
            "sensor_depth": layout.sensor_depth,
            "sensor_id": layout.sensor_id,
            **weather,
            **attributes,
        },
        cluster_id=layout.cluster_id,
        depth=layout.depth,
        replicate_label=layout.replicate_label,
        time=axis.ends,
        step=axis.step,
        about=_about(keys, mapping, name, notes),
    )
    if keys.potential_evapotranspiration is not None:
        if "potential_evapotranspiration" in network:
            raise InputError(
                f"{mapping}: potential_evapotranspiration is both computed and a forcing variable; keep one of them"
            )
        how = keys.potential_evapotranspiration
        network["potential_evapotranspiration"] = potential_evapotranspiration(
            network, how.method, wind_height=how.wind_height
        )
        method = network["potential_evapotranspiration"].attrs["comment"]
        notes.append(f"potential_evapotranspiration: {method}")
    return network, notes


def _time_axis(
    keys: Mapping,
    readings: Sequence[SeriesSource],
    forcing: Sequence[ForcingSource],
    layout: SensorLayout,
    progress: OnProgress,
) -> Axis:
    """Cover readings and forcing: forcing before the first reading is context for the models."""
    start, end = keys.period.start, keys.period.end
    period = (
        EVER[0] if start is None else np.datetime64(start, "ns"),
        EVER[1] if end is None else np.datetime64(end, "D").astype("datetime64[ns]") + np.timedelta64(1, "D"),
    )
    tables: Sources = [*readings, *forcing]
    for table in tables:
        table.look(period, progress)
        if table.scan.empty:
            raise InputError(
                f"{table.column}: no time lies in the mapping's period ({minute(period[0])} to "
                f"{minute(period[1])} UTC); correct period"
            )
    leading = next((table for table in tables if table.own_step is None), None)
    phase = 0 if leading is None else leading.scan.main_phase
    for table in tables:
        if table.own_step is not None or leading is None:
            table.settle(table.scan.main_phase, "the table's own regular grid", progress)
        else:
            grid = "the regular grid" if table is leading else f"the grid of {leading.path.name}"
            table.settle(phase, grid, progress)
    step = np.timedelta64(parse_duration(keys.step), "ns")
    spans = [_reach(readings, phase, step)] + ([_span(forcing, phase, step)] if forcing else [])
    if len(spans) == 2 and (spans[0][1] < spans[1][0] or spans[1][1] < spans[0][0]):
        moisture, weather = (f"{minute(first)} to {minute(last)} UTC" for first, last in spans)
        raise InputError(
            f"{forcing[0].path}: forcing ({weather}) and soil moisture ({moisture}) have no time in common; "
            "check time_format and utc_offset"
        )
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    axis = Axis(first, step, int((last - first) // step) + 1)
    if axis.size * layout.sensor_id.size * 4 > LARGEST_ARRAY:
        raise InputError(
            f"{readings[0].path}: {axis.size} steps from {minute(first)} to {minute(last)} UTC for "
            f"{layout.sensor_id.size} series: is a year wrong? Correct it, or limit period in the mapping"
        )
    if axis.size < 2:
        raise InputError(f"{readings[0].path}: a network needs two time steps or more, found {axis.size}")
    return axis


def _reach(tables: Sequence[SeriesSource], phase: int, step: np.timedelta64) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and the last end of intervals of the network that have readings."""
    origin = np.datetime64(phase, "ns")
    first, last = min(table.scan.first for table in tables), max(table.scan.last for table in tables)
    return origin - ((origin - first) // step) * step, origin - ((origin - last) // step) * step


def _span(tables: Sequence[ForcingSource], phase: int, step: np.timedelta64) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and the last end of intervals of the network that tables of forcing cover."""
    begin = min(table.scan.first - table.clock.step for table in tables)
    last = max(table.scan.last for table in tables)
    origin = np.datetime64(phase, "ns")
    return origin + -((origin - begin) // step) * step + step, origin + ((last - origin) // step) * step


def _flags(readings: np.ndarray, attributes: AbstractMapping[str, np.ndarray | xr.Variable]) -> np.ndarray:
    """Flag one cluster after the other, so that what is needed in between stays small."""
    flags = np.zeros(readings.shape, dtype=np.int32)
    limits = [None if (of := attributes.get(name)) is None else np.asarray(of) for name in LIMITS]
    for cluster in range(readings.shape[0]):
        rows = slice(cluster, cluster + 1)
        flags[rows] = range_flags(readings[rows], *(None if limit is None else limit[rows] for limit in limits))
    return flags


def _remarks(sources: Sequence[SeriesSource], layout: SensorLayout, readings: np.ndarray, keys: Mapping) -> list[str]:
    present = set().union(*(source.sensors for source in sources))
    unknown = set().union(*(source.unknown for source in sources))
    table = layout.source.name
    lacking = f"without a row in {table}, left out"
    if isinstance(keys.sensors, SensorNames):
        unknown -= set(keys.sensors.leave_out)
        lacking = "that do not fit sensors.names, taken for no sensors"
    absent = [sensor for sensor in layout.position if sensor not in present]
    silent_ones = [
        sensor for sensor, at in layout.position.items() if sensor in present and not np.isfinite(readings[at]).any()
    ]
    unlinked = _successors(layout, readings)
    again = [
        f"{source.path.name}: line {min(lines)} begins with the header once more ({len(lines)} time(s)), left out"
        for source in sources
        if (lines := source.table.second_headers.lines)
    ]
    remarks = [
        (sorted(unknown), f"name(s) in the series {lacking}"),
        (absent, f"sensor(s) in {table} but not in the series, empty in the network"),
        (silent_ones, "sensor(s) without a single reading"),
    ]
    return again + unlinked + [f"{len(names)} {what}: {first_ten(names)}" for names, what in remarks if names]


def _successors(layout: SensorLayout, readings: np.ndarray) -> list[str]:
    """Ask whether a sensor that begins after another of its place has ended has replaced it."""
    remarks = []
    for cluster, depth in np.ndindex(readings.shape[:2]):
        spans = []
        for replicate, values in enumerate(readings[cluster, depth]):
            there = np.isfinite(values)
            if there.any():
                first, last = int(there.argmax()), there.size - 1 - int(there[::-1].argmax())
                spans.append((first, last, layout.sensor_id[cluster, depth, replicate]))
        for start, _, successor in spans:
            if earlier := [(end, sensor) for _, end, sensor in spans if end < start]:
                remarks.append(
                    f"{layout.cluster_id[cluster]} at {layout.depth[depth]:g} m: {successor} begins after "
                    f"{max(earlier)[1]} ends: did it replace it? Then give both the same replicate, and days "
                    "(sensors.from and sensors.to)"
                )
    return remarks


def _about(keys: Mapping, mapping: Path, name: str, notes: Sequence[str]) -> dict[str, str]:
    """Return the global attributes; no clock and no path in them: the same input gives the same bytes."""
    about = keys.about.model_dump(exclude_none=True)
    about.setdefault("summary", f"Soil moisture of replicate sensors with forcing: {about['title']}")
    about["history"] = f"thetamix {__version__}: import csv {name} --mapping {mapping.name}"
    if notes:
        about["comment"] = " ".join([*([about["comment"]] if "comment" in about else []), "; ".join(notes)])
    return about
