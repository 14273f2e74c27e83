"""A folder of CSV tables, described by a mapping file, as a network: ``thetamix import csv``.

Tables are read twice, in blocks: first their times alone, to know the network's time axis; then their values,
straight into the network's arrays. Nothing else of their size is ever held.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix._version import __version__
from thetamix.network.assemble import assemble
from thetamix.network.check import check_network
from thetamix.quality.flags import range_flags
from thetamix.readers import Note, OnProgress
from thetamix.readers.tables.attributes import cluster_attributes
from thetamix.readers.tables.forcing_tables import ForcingSource
from thetamix.readers.tables.mapping import Mapping
from thetamix.readers.tables.mapping_file import load_mapping
from thetamix.readers.tables.named_sensors import name_sensors
from thetamix.readers.tables.opening import expand
from thetamix.readers.tables.sensors import SensorLayout, read_sensors
from thetamix.readers.tables.series_tables import SeriesSource, require_fractions
from thetamix.readers.tables.stations import EVERYWHERE, Stations, read_stations, to_clusters
from thetamix.readers.tables.table_keys import SensorNames, SensorTable
from thetamix.readers.tables.timed_table import TimedTable, stamp
from thetamix.readers.tables.times import Axis
from thetamix.readers.tables.unpacking import as_folder
from thetamix.system.durations import parse_duration
from thetamix.system.errors import InputError
from thetamix.weather.pet import potential_evapotranspiration

#: An array of readings beyond this size [bytes] is taken for a wrong year in a stamp.
LARGEST_ARRAY = 1 << 37
#: Readings at less than this share of the steps of the time axis are worth a remark.
SPARSE = 0.1


def read_csv(folder: Path, mapping: Path, progress: OnProgress | None = None, note: Note | None = None) -> xr.Dataset:
    """Read a folder of CSV tables as a network.

    Parameters
    ----------
    folder
        Where the tables are, or a zip or tar archive of that folder.
    mapping
        The YAML file that says what they mean; see :mod:`thetamix.readers.tables.mapping`.
    progress
        Is told what is being done and which share of it is done.
    note
        Is told what a careful user wants to know: sensors without data, columns without a sensor. The same sentences
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
    keys = load_mapping(mapping)
    tell: OnProgress = progress or (lambda _what, _share: None)
    with as_folder(folder) as opened:
        network, notes = _read(opened, keys, mapping, folder.resolve().name, tell)
    check_network(network, str(folder))
    if note is not None:
        for sentence in notes:
            note(sentence)
    return network


def _read(folder: Path, keys: Mapping, mapping: Path, name: str, tell: OnProgress) -> tuple[xr.Dataset, list[str]]:
    readings = [
        SeriesSource(folder, table.model_copy(update={"file": file}), keys, prefix)
        for table in keys.soil_moisture
        for file, prefix in expand(folder, table.file)
    ]
    forcing = [
        ForcingSource(folder, table.model_copy(update={"file": file}), keys, station)
        for table in keys.forcing
        for file, station in expand(folder, table.file)
    ]
    layout = _layout(folder, keys, readings)
    for source in readings:
        source.find(layout)
    stations = read_stations(folder, keys)
    axis = _time_axis(keys, readings, forcing, layout, tell)

    moisture = _readings(readings, axis, layout, tell)
    attributes = cluster_attributes(layout, keys, mapping)
    porosity = attributes.get("porosity")
    weather, remarks = _forcing(forcing, axis, stations, layout, keys, tell)
    notes = [*layout.notes, *_remarks(readings, layout, moisture, keys), *remarks]
    network = assemble(
        {
            "soil_moisture": moisture,
            "soil_moisture_flag": _flags(moisture, None if porosity is None else np.asarray(porosity)),
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
        network["potential_evapotranspiration"] = potential_evapotranspiration(
            network,
            keys.potential_evapotranspiration.method,
            wind_height=keys.potential_evapotranspiration.wind_height,
        )
    return network, notes


def _layout(folder: Path, keys: Mapping, readings: Sequence[SeriesSource]) -> SensorLayout:
    if isinstance(keys.sensors, SensorTable):
        return read_sensors(folder, keys)
    names: set[str] = set().union(*(source.names() for source in readings))
    return name_sensors(folder, keys, sorted(names), readings[0].path)


def _time_axis(
    keys: Mapping,
    readings: Sequence[SeriesSource],
    forcing: Sequence[ForcingSource],
    layout: SensorLayout,
    tell: OnProgress,
) -> Axis:
    """Cover readings and forcing: forcing before the first reading is context for the models."""
    period = _period(keys)
    tables: list[TimedTable] = [*readings, *forcing]
    for table in tables:
        table.look(period, tell)
        if not table.scan.phases:
            raise InputError(
                f"{table.column}: no time lies in the mapping's period ({stamp(period[0])} to "
                f"{stamp(period[1])} UTC); correct period"
            )
    phase = readings[0].scan.main_phase
    step = np.timedelta64(parse_duration(keys.step), "ns")
    for table in tables:
        if table.clock.step != step or (isinstance(table, ForcingSource) and table.keys.step is not None):
            table.scan.require_phase(table.scan.main_phase, table.column, "the table's own regular grid")
            continue
        own = table is readings[0]
        table.scan.require_phase(
            phase, table.column, "the regular grid" if own else f"the grid of {readings[0].path.name}"
        )
    spans = [_span(group, phase, step) for group in (readings, forcing) if group]
    if len(spans) == 2 and (spans[0][1] < spans[1][0] or spans[1][1] < spans[0][0]):
        raise InputError(
            f"{forcing[0].path}: forcing ({stamp(spans[1][0])} to {stamp(spans[1][1])} UTC) and soil moisture "
            f"({stamp(spans[0][0])} to {stamp(spans[0][1])} UTC) have no time in common; "
            "check time_format and utc_offset"
        )
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    axis = Axis(first, step, int((last - first) // step) + 1)
    if axis.size * layout.sensor_id.size * 4 > LARGEST_ARRAY:
        raise InputError(
            f"{readings[0].path}: {axis.size} steps from {stamp(first)} to {stamp(last)} UTC for "
            f"{layout.sensor_id.size} series: is a year wrong? Correct it, or limit period in the mapping"
        )
    if axis.size < 2:
        raise InputError(f"{readings[0].path}: a network needs two time steps or more, found {axis.size}")
    return axis


def _period(keys: Mapping) -> tuple[np.datetime64, np.datetime64]:
    start, end = keys.period.start, keys.period.end
    return (
        np.datetime64(start or "1800-01-01", "ns"),
        np.datetime64(end or "2200-01-01", "D").astype("datetime64[ns]") + np.timedelta64(1 if end else 0, "D"),
    )


def _span(tables: Sequence[TimedTable], phase: int, step: np.timedelta64) -> tuple[np.datetime64, np.datetime64]:
    """Give the first and the last end of intervals of the network that tables reach into."""
    begin = min(table.scan.first - table.clock.step for table in tables)
    last = max(table.scan.last for table in tables)
    origin = np.datetime64(phase, "ns")
    return origin + -((origin - begin) // step) * step + step, origin + ((last - origin) // step) * step


def _readings(sources: Sequence[SeriesSource], axis: Axis, layout: SensorLayout, tell: OnProgress) -> np.ndarray:
    readings = np.full((*layout.sensor_id.shape, axis.size), np.nan, dtype=np.float32)
    for source in sources:
        source.fill(readings, axis, tell)
    require_fractions(readings, sources, layout)
    return readings


def _flags(readings: np.ndarray, porosity: np.ndarray | None) -> np.ndarray:
    """Flag one cluster after the other, so that what is needed in between stays small."""
    flags = np.zeros(readings.shape, dtype=np.int32)
    for cluster in range(readings.shape[0]):
        one = slice(cluster, cluster + 1)
        flags[one] = range_flags(readings[one], None if porosity is None else porosity[one])
    return flags


def _forcing(
    sources: Sequence[ForcingSource],
    axis: Axis,
    stations: Stations,
    layout: SensorLayout,
    keys: Mapping,
    tell: OnProgress,
) -> tuple[dict[str, np.ndarray | xr.Variable], list[str]]:
    series: dict[str, dict[str, np.ndarray]] = {}
    path: dict[str, Path] = {}
    for source in sources:
        for name, stated in source.read(axis, tell).items():
            twice = series.setdefault(name, {}).keys() & stated.keys()
            if twice or (source.station == EVERYWHERE and name in path):
                raise InputError(f"{source.path}: {name} is in two forcing tables of the mapping; keep one")
            series[name] |= stated
            path[name] = source.path
    found: dict[str, np.ndarray | xr.Variable] = {}
    notes: list[str] = []
    for name, stated in series.items():
        variables, remarks = to_clusters(name, stated, stations, layout, str(path[name]), keys)
        found |= variables
        notes += remarks
    return found, notes


def _remarks(sources: Sequence[SeriesSource], layout: SensorLayout, readings: np.ndarray, keys: Mapping) -> list[str]:
    found = set().union(*(source.found for source in sources))
    known_as_none = keys.sensors.leave_out if isinstance(keys.sensors, SensorNames) else ()
    unknown = sorted(set().union(*(source.unknown for source in sources)).difference(known_as_none))
    absent = [sensor for sensor in layout.place if sensor not in found]
    silent = [
        sensor for sensor in layout.place if sensor in found and not np.isfinite(readings[layout.place[sensor]]).any()
    ]
    table = layout.source.name
    named = isinstance(keys.sensors, SensorNames)
    lacking = (
        "that do not fit sensors.names, taken for no sensors" if named else f"without a row in {table}, left out"
    )
    remarks = [
        (unknown, f"name(s) in the series {lacking}"),
        (absent, f"sensor(s) in {table} but not in the series, empty in the network"),
        (silent, "sensor(s) without a single reading"),
    ]
    return [f"{len(names)} {what}: {_some(names)}" for names, what in remarks if names]


def _some(names: Sequence[str], number: int = 10) -> str:
    return ", ".join(names[:number]) + (f" and {len(names) - number} more" if len(names) > number else "")


def _about(keys: Mapping, mapping: Path, name: str, notes: Sequence[str]) -> dict[str, str]:
    """Give the global attributes; no clock and no path in them: the same input gives the same bytes."""
    about = {name: value for name, value in keys.about.model_dump().items() if value is not None}
    about.setdefault("summary", f"Soil moisture of replicate sensors with forcing: {about['title']}")
    about["history"] = f"thetamix {__version__}: import csv {name} --mapping {mapping.name}"
    if notes:
        about["comment"] = " ".join([*([about["comment"]] if "comment" in about else []), "; ".join(notes)])
    return about
