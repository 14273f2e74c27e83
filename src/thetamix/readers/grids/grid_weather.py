"""Weather and reference soil moisture of grids, for the clusters of a network."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from thetamix.network.assemble import cluster_variable, label_variable
from thetamix.network.plausibility import require_plausible_mean
from thetamix.network.units import conversion, convert, variable
from thetamix.readers import OnProgress
from thetamix.readers.grids.era5_land import ACCUMULATED, LAYERS, NEEDS, convert_cells, layers_of
from thetamix.readers.grids.grid_cells import GridFiles
from thetamix.readers.grids.grid_keys import Grid, GridVariable, WeatherMapping
from thetamix.readers.tables.forcing_tables import FORCING, on_axis
from thetamix.readers.tables.stations import Clusters, Matched, Matches, Variables, coordinates_of, matched
from thetamix.readers.tables.times import Axis
from thetamix.system.errors import InputError
from thetamix.weather.resampling import at_moments

_AROUND = np.timedelta64(2 * 24, "h")


def read_grid(
    folder: Path,
    grid: Grid,
    keys: WeatherMapping,
    axis: Axis,
    depths: Sequence[float],
    clusters: Clusters,
    progress: OnProgress,
) -> Matched:
    """Read what a grid has for the clusters of a network.

    Parameters
    ----------
    folder
        The folder that is imported.
    grid
        Its part of the mapping.
    keys
        The whole mapping.
    axis
        The network's time axis.
    depths
        The network's nominal depths [m].
    clusters
        Where the clusters are.
    progress
        Hears what is being done.

    Returns
    -------
    variables : dict
        Name -> values (cluster, time), with the cells that they come from.
    notes : list of str
        What a careful user wants to know.

    Raises
    ------
    InputError
        If a file or a unit is wrong, or all cells are too far.
    """
    files = GridFiles(folder, grid.file)
    where = coordinates_of(clusters, f"{grid.file} is a grid")
    period = axis.first - _AROUND, axis.ends[-1] + _AROUND
    variables: Variables = {}
    notes: list[str] = []
    names = [name for name in FORCING if grid.kind == "cf" or name in NEEDS]
    for done, (name, described) in enumerate(grid.variables.items()):
        progress(f"reading {name} of {grid.file}", done / len(grid.variables))
        if name not in names:
            order = NEEDS if grid.kind == "era5_land" else names
            raise InputError(f"{folder / grid.file}: a grid has no {name}; known are: {', '.join(order)}")
        needed = NEEDS[name] if described is None else (described.variable,)
        index, metres = files.cells(*where, needed[0], 1 + keys.fallback)
        unique, back = np.unique(index, return_inverse=True)
        time, raw = files.read(needed, unique, period)
        if described is None:
            moment = name not in ACCUMULATED
            values, step = convert_cells(name, raw, time)
        else:
            moment = described.moment
            values, step = _convert(name, described, raw[described.variable], time, files)
            if grid.stamp == "start":
                time = time + step
        series = [_to_axis(name, cell, time, step, axis, moment) for cell in values]
        for cell in series:
            require_plausible_mean(name, cell, axis.step, str(files.paths[0]))
        labels = [f"{files.latitude[at]:.3f} N {(files.longitude[at] + 180) % 360 - 180:.3f} E" for at in unique]
        cells = Matches(labels, files.latitude, files.longitude, back.reshape(index.shape), metres)
        more, remarks = matched(name, series, cells, clusters, keys)
        variables |= more
        notes += remarks
    if grid.reference_soil_moisture is not None:
        variables |= _reference(files, grid.reference_soil_moisture, keys, axis, depths, where, period)
    return variables, notes


def _convert(
    name: str, described: GridVariable, raw: np.ndarray, time: np.ndarray, files: GridFiles
) -> tuple[np.ndarray, np.timedelta64]:
    """Return values (cell, time) in the network's unit, and the step of the files."""
    path = files.paths[0]
    if time.size < 2:
        raise InputError(f"{path}: one time does not say how long its interval is; give two or more")
    step = np.timedelta64(np.diff(time).min(), "ns")
    if (np.diff(time) % step != np.timedelta64(0)).any():
        raise InputError(f"{path}: its times are not regular; bring them to one step first")
    unit = described.unit or files.units[described.variable]
    values = convert(raw, conversion(name, unit, f"{path}: {described.variable}"), step)
    low, high = np.nanmin(values, initial=np.inf), np.nanmax(values, initial=-np.inf)
    if variable(name).units == "degC" and high > 70:
        raise InputError(f"{path}: {name} is {high:.3g} degC: is the unit K? Correct it")
    if name in {"precipitation", "discharge"} and low < -1e-3:
        raise InputError(f"{path}: {name} is negative ({low:.3g}); correct the unit, or the sign")
    return values, step


def _to_axis(
    name: str, values: np.ndarray, time: np.ndarray, step: np.timedelta64, axis: Axis, moment: bool
) -> np.ndarray:
    """Bring a cell's values (time) to the network's time."""
    if moment and step <= axis.step:
        at_ends = at_moments(values, time, axis.ends)
        if np.isfinite(at_ends).any():
            return at_ends.astype(np.float32)
    regular = np.full(int((time[-1] - time[0]) // step) + 1, np.nan)
    regular[(time - time[0]) // step] = values
    return on_axis(name, regular, time[0], step, axis)


def _reference(
    files: GridFiles,
    match: str,
    keys: WeatherMapping,
    axis: Axis,
    depths: Sequence[float],
    where: tuple[np.ndarray, np.ndarray],
    period: tuple[np.datetime64, np.datetime64],
) -> Variables:
    """Return the soil moisture of the nearest cell's layers (cluster, depth, time), at the moments of the files."""
    layers = layers_of(depths, files.names, match)
    needed = sorted({name for name in layers if name is not None})
    index, distances = files.cells(*where, needed[0], 1)
    metres = distances[:, 0]
    unique, back = np.unique(index[:, 0], return_inverse=True)
    time, raw = files.read(needed, unique, period)
    values = np.full((where[0].size, len(depths), axis.size), np.nan, dtype=np.float32)
    near = metres <= keys.max_distance * 1000
    for depth, layer in enumerate(layers):
        if layer is not None:
            values[near, depth] = at_moments(raw[layer], time, axis.ends)[back[near]]
    if not np.isfinite(values).any():
        raise InputError(f"{files.paths[0]}: no moment of it is an end of an interval of the network")
    pairs = ", ".join(
        f"{depth:g} m {layer} ({LAYERS[layer][0]:g} to {LAYERS[layer][1]:g} m)" if layer else f"{depth:g} m none"
        for depth, layer in zip(depths, layers, strict=True)
    )
    reference = label_variable("reference_soil_moisture", values)
    reference.attrs |= {
        "cell_methods": "time: point",
        "coverage_content_type": "modelResult",
        "comment": f"ERA5-Land, nearest cell; match {match}: {pairs}",
    }
    distance = cluster_variable(
        np.where(near, metres, np.nan), "great-circle distance to the cell of the reference soil moisture", "m"
    )
    return {"reference_soil_moisture": reference, "reference_soil_moisture_distance": distance}
