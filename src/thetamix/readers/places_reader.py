"""A table of places as a network without readings, with weather, to be predicted: ``thetamix import places``."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix._version import __version__
from thetamix.network.assemble import assemble
from thetamix.network.limits import DEEPEST_PROBE
from thetamix.network.netcdf import write_network
from thetamix.network.schema import VARIABLES
from thetamix.readers import Note, OnProgress
from thetamix.readers.forcing_reader import tables_of, with_weather
from thetamix.readers.grids.grid_cells import open_files
from thetamix.readers.grids.grid_keys import PlaceColumns, WeatherMapping
from thetamix.readers.grids.grid_weather import TO_THE_END
from thetamix.readers.tables.clocks.times import EVER, Axis
from thetamix.readers.tables.files.opening import as_folder, open_table
from thetamix.readers.tables.mapping import load_mapping
from thetamix.readers.tables.places.cluster_attributes import ATTRIBUTES, TAKEN, place_attributes, with_constants
from thetamix.readers.tables.places.place_keys import AttributeColumn, Column
from thetamix.readers.tables.places.place_table import SmallTable
from thetamix.system.durations import parse_duration
from thetamix.system.errors import InputError, first_ten

#: How columns of a table of places are called.
_NAMES = {
    "cluster": r"cluster(_?id)?|place|site|name|id|station|location|plot|point|pixel|ort",
    "latitude": r"lat(itude)?([ _].*)?|breite",
    "longitude": r"(lon|lng|long)(gitude|itude)?([ _].*)?|länge",
    "elevation": r"(elev(ation)?|alt(itude)?|height|höhe|z)([ _]*[(\[]?m( ?a\.?s\.?l\.?)?[)\]]?)?|masl|dem",
}
_NO_ATTRIBUTES = {*VARIABLES, *TAKEN} - {*ATTRIBUTES}
_NS = np.timedelta64(1, "ns")


def read_places(
    table: Path,
    output: Path,
    depths: Sequence[float],
    period: tuple[np.datetime64 | None, np.datetime64 | None],
    weather: Path | None,
    mapping: Path | None,
    progress: OnProgress,
    note: Note,
) -> None:
    """Write a table of places as a network without readings.

    Parameters
    ----------
    table
        A row a place: its name, latitude and longitude, perhaps elevation [m]; what else it has are attributes.
    output
        The network file to write.
    depths
        What is to be predicted [m].
    period
        First and last day, UTC, both inclusive; None is that of the weather.
    weather
        Folder of tables and grids, or an archive of it; None for a network without weather.
    mapping
        What they mean, as for ``thetamix import forcing``; also ``step``, and perhaps ``places``: what the columns of
        the table mean.
    progress
        Hears what is being done.
    note
        Hears what a careful user wants to know.

    Raises
    ------
    InputError
        If a table, a grid or the mapping is wrong, or no time is known.
    """
    keys = WeatherMapping.model_construct() if mapping is None else load_mapping(mapping, WeatherMapping)
    names, attributes, notes = _places(table, keys)
    if deep := [f"{depth:g}" for depth in depths if depth > DEEPEST_PROBE]:
        notes.append(f"depths of {', '.join(deep)} m: is the unit cm? They are to be in m")

    def on(axis: Axis) -> xr.Dataset:
        return assemble(
            attributes,
            cluster_id=names,
            depth=depths,
            replicate_label=["A"],
            time=axis.ends,
            step=axis.step,
            about={
                "title": f"Places of {table.name}",
                "summary": "Places to predict, without readings",
                "source": table.name,
                "history": f"thetamix {__version__}: import places {table.name}",
            },
        )

    if weather is None or mapping is None:
        network = on(_axis(keys, period, None))
    else:
        with as_folder(weather) as folder:
            network = on(_axis(keys, period, _span(folder, keys, progress)))
            network, more = with_weather(network, table, folder, keys, mapping, progress)
            notes += more
    write_network(network, output, readings=False)
    for sentence in notes:
        note(sentence)


def _places(table: Path, keys: WeatherMapping) -> tuple[list[str], dict[str, np.ndarray | xr.Variable], list[str]]:
    """Return names and attributes of the places, and how the columns were understood."""
    if not table.is_file():
        raise InputError(f"{table}: no such table; check the path")
    columns = keys.places or PlaceColumns.model_validate({"cluster": ""})
    columns = columns.model_copy(update={"file": table.name})
    notes: list[str] = []
    if keys.places is None:
        columns, notes = _guessed(table, columns, keys)
    rows = SmallTable(table.parent, columns, keys)
    names = rows.require_once("cluster", "stands twice (first in line {line}); each place has one row")
    attributes, units, remarks = place_attributes(rows, names, np.arange(len(names)))
    return names, with_constants(attributes, units, len(names), {}, table), notes + remarks


def _guessed(table: Path, columns: PlaceColumns, keys: WeatherMapping) -> tuple[PlaceColumns, list[str]]:
    """Guess from their names what the columns of a table are."""
    header = _header(table, columns, keys)
    for delimiter in (";", "\t"):
        if len(header) == 1 and delimiter in header[0]:
            columns = columns.model_copy(update={"delimiter": delimiter})
            header = _header(table, columns, keys)
    left, meant = list(header), {}
    for key, pattern in _NAMES.items():
        name = next((name for name in left if re.fullmatch(pattern, name.strip(), re.IGNORECASE)), None)
        if name is not None:
            meant[key] = name
            left.remove(name)
    lacking = [key for key in ("cluster", "latitude", "longitude") if key not in meant]
    if lacking:
        raise InputError(
            f"{table}: no column is called {' or '.join(lacking)} (it has {first_ten(header)}); rename it, or say in "
            f"the mapping places: {{{', '.join(f'{key}: COLUMN' for key in lacking)}}}"
        )
    attributes = {re.sub(r"\W+", "_", name).strip("_"): name for name in left}
    odd = [name for name in attributes if name in _NO_ATTRIBUTES or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)]
    described = {
        name: AttributeColumn(column=column, unit=VARIABLES[name].units if name in VARIABLES else None)
        for name, column in attributes.items()
        if name not in odd
    }
    told = [f"{key} is column {name!r}" for key, name in meant.items()]
    notes = [f"{table.name}: {', '.join(told)}; attributes: {', '.join(described) or 'none'}"]
    if odd:
        notes.append(f"{table.name}: column(s) whose names cannot be attributes are left out: {first_ten(odd)}")
    return columns.model_copy(update=_columns(meant) | {"attributes": described}), notes


def _header(table: Path, columns: PlaceColumns, keys: WeatherMapping) -> list[str]:
    return [name for name in open_table(table.parent, columns, keys).header.names if name]


def _columns(meant: dict[str, str]) -> dict[str, Column]:
    return {key: Column(column=name, unit="m" if key == "elevation" else None) for key, name in meant.items()}


def _span(folder: Path, keys: WeatherMapping, progress: OnProgress) -> tuple[np.datetime64, np.datetime64, int]:
    """Return the beginning and the end of the weather, and where in a step of the network its intervals end [ns]."""
    step = np.timedelta64(parse_duration(keys.step), "ns")
    begins, ends, phases = [], [], [0]
    for sources in tables_of(folder, keys, EVER, progress):
        for source in sources:
            begins.append(source.scan.first - source.clock.step)
            ends.append(source.scan.last)
            if source.clock.step == step:
                phases.append(source.scan.main_phase)
    for grid in keys.grids:
        with open_files(folder, grid.file) as files:
            stamps = np.unique(np.concatenate([file.stamps for file in files.files]))
            between = np.diff(stamps).min() if stamps.size > 1 else step
            late = np.timedelta64(round(float(between / _NS) * TO_THE_END[grid.stamp or "end"]), "ns")
            begins.append(stamps[0] + late - between)
            ends.append(stamps[-1] + late)
            if between == step:
                phases.append(int((ends[-1] - np.datetime64(0, "ns")) % step / _NS))
    if not begins:
        raise InputError("places: the mapping names no weather; give forcing (tables) or grids")
    return min(begins), max(ends), phases[-1]


def _axis(
    keys: WeatherMapping,
    period: tuple[np.datetime64 | None, np.datetime64 | None],
    span: tuple[np.datetime64, np.datetime64, int] | None,
) -> Axis:
    """Return the steps that lie wholly within the weather and the period."""
    step = np.timedelta64(parse_duration(keys.step), "ns")
    start, end = (None if day is None else day.astype("datetime64[ns]") for day in period)
    if end is not None:
        end = end + np.timedelta64(24 * 3600 * 10**9, "ns")
    begin, last, phase = span or (start, end, 0)
    if begin is None or last is None:
        raise InputError("places: without weather the time is not known; give --start and --end, or weather")
    begin = begin if start is None else max(begin, start)
    last = last if end is None else min(last, end)
    origin = np.datetime64(phase, "ns")
    first = origin + -((origin - begin) // step) * step + step
    size = int((last - first) // step) + 1
    if size < 2:
        raise InputError(f"places: fewer than two steps of {keys.step} lie within the weather and --start and --end")
    return Axis(first, step, size)
