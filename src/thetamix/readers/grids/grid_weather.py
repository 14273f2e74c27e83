"""Weather and reference soil moisture of grids, for the clusters of a network."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.network.schema import VARIABLES
from thetamix.network.units import conversion, convert, variable
from thetamix.readers import OnProgress
from thetamix.readers.grids.era5_land import LAYERS, NEEDS, convert_cells, layers_of
from thetamix.readers.grids.grid_cells import GridFiles
from thetamix.readers.grids.grid_keys import Grid, WeatherMapping
from thetamix.readers.tables.forcing_tables import KNOWN, SUMS
from thetamix.readers.tables.stations import Clusters, coordinates_of, matched
from thetamix.readers.tables.timed_table import require_plausible_mean
from thetamix.readers.tables.times import Axis
from thetamix.system.errors import InputError
from thetamix.weather.resampling import COMPLETE, ENOUGH, at_moments, overlap_means

Found = dict[str, np.ndarray | xr.Variable]


def known_variable(name: str, values: np.ndarray) -> xr.Variable:
    """Label values as the schema has them.

    Parameters
    ----------
    name
        A variable of the schema.
    values
        In its dimensions and unit.

    Returns
    -------
    xarray.Variable
        With unit and names.
    """
    known = VARIABLES[name]
    attributes = {"long_name": known.long_name, "units": str(known.units), "cell_methods": "time: mean"}
    if known.standard_name is not None:
        attributes["standard_name"] = known.standard_name
    if known.units == "degC":
        attributes["units_metadata"] = "temperature: on_scale"
    attributes["coverage_content_type"] = "physicalMeasurement"
    return xr.Variable(known.dimensions, values, attributes)


def read_grid(
    folder: Path,
    grid: Grid,
    keys: WeatherMapping,
    axis: Axis,
    depths: Sequence[float],
    clusters: Clusters,
    tell: OnProgress,
) -> tuple[Found, list[str]]:
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
    tell
        Is told what is being done and which share of it is done.

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
    period = axis.first - 2 * np.timedelta64(24, "h"), axis.ends[-1] + 2 * np.timedelta64(24, "h")
    found: Found = {}
    notes: list[str] = []
    for done, (name, stated) in enumerate(grid.variables.items()):
        tell(f"reading {name} of {grid.file}", done / max(len(grid.variables), 1))
        if name not in KNOWN or (grid.kind == "era5_land" and name not in NEEDS):
            raise InputError(
                f"{folder / grid.file}: a grid has no {name}; known are: "
                f"{', '.join(NEEDS if grid.kind == 'era5_land' else KNOWN)}"
            )
        needed = NEEDS[name] if stated is None else (stated.variable,)
        cells = files.cells(*where, needed[0], 1 + keys.fallback)
        unique, back = np.unique(cells.index, return_inverse=True)
        time, values = files.read(needed, unique, period)
        moment = grid.kind == "era5_land" and name in (
            "air_temperature",
            "dew_point_temperature",
            "wind_speed",
        )
        if stated is None:
            converted, step = convert_cells(name, values, time)
        else:
            moment = stated.moment
            step = _regular(time, files.paths[0])
            unit = stated.unit or files.units[stated.variable]
            how = conversion(name, unit, f"{files.paths[0]}: {stated.variable}")
            converted = convert(values[stated.variable], how, step)
            _refuse(name, converted, files.paths[0])
            if grid.stamp == "start":
                time = time + step
        series = [_on_axis(name, one, time, step, axis, moment) for one in converted]
        for one in series:
            require_plausible_mean(name, one, axis.step, str(files.paths[0]))
        labels = [f"{files.latitude[at]:.3f} N {(files.longitude[at] + 180) % 360 - 180:.3f} E" for at in unique]
        variables, remarks = matched(
            name, series, labels, back.reshape(cells.index.shape), cells.metres, clusters, keys
        )
        found |= variables
        notes += remarks
    if grid.reference_soil_moisture is not None:
        found |= _reference(files, grid, keys, axis, depths, where, period)
    return found, notes


def _on_axis(
    name: str, values: np.ndarray, time: np.ndarray, step: np.timedelta64, axis: Axis, moment: bool
) -> np.ndarray:
    """Bring one cell's values (time) to the network's time."""
    width = np.timedelta64(step, "ns")
    if moment and width <= axis.step:
        on = at_moments(values, time, axis.ends)
        if np.isfinite(on).any():
            return on.astype(np.float32)
    regular = np.arange(time[0], time[-1] + width, width)
    full = np.full(regular.size, np.nan)
    full[(time - time[0]) // width] = values
    enough = COMPLETE if name in SUMS else ENOUGH
    means = overlap_means(full, time[0], width, axis.ends, axis.step, enough=enough)
    return means.astype(np.float32)


def _regular(time: np.ndarray, path: Path) -> np.timedelta64:
    if time.size < 2:
        raise InputError(f"{path}: one time does not say how long its interval is; give two or more")
    step = np.timedelta64(np.diff(time).min(), "ns")
    if (np.diff(time) % step != np.timedelta64(0)).any():
        raise InputError(f"{path}: its times are not regular; bring them to one step first")
    return step


def _refuse(name: str, values: np.ndarray, path: Path) -> None:
    low, high = (float(f(values, initial=start)) for f, start in ((np.nanmin, np.inf), (np.nanmax, -np.inf)))
    if variable(name).units == "degC" and high > 70:
        raise InputError(f"{path}: {name} is {high:.3g} degC: is the unit K? Correct it")
    if name in {"precipitation", "discharge"} and low < -1e-3:
        raise InputError(f"{path}: {name} is negative ({low:.3g}); correct the unit, or the sign")


def _reference(
    files: GridFiles,
    grid: Grid,
    keys: WeatherMapping,
    axis: Axis,
    depths: Sequence[float],
    where: tuple[np.ndarray, np.ndarray],
    period: tuple[np.datetime64, np.datetime64],
) -> Found:
    """Give the soil moisture of the nearest cell's layers (cluster, depth, time), at the moments of the files."""
    layers = layers_of(depths, files.names, str(grid.reference_soil_moisture))
    needed = sorted({name for name in layers if name is not None})
    cells = files.cells(*where, needed[0], 1)
    unique, back = np.unique(cells.index[:, 0], return_inverse=True)
    time, values = files.read(needed, unique, period)
    found = np.full((where[0].size, len(depths), axis.size), np.nan, dtype=np.float32)
    land = cells.metres[:, 0] <= (np.inf if keys.max_distance is None else keys.max_distance * 1000)
    land &= np.isfinite(cells.metres[:, 0])
    for depth, layer in enumerate(layers):
        if layer is not None:
            found[land, depth] = at_moments(values[layer], time, axis.ends)[back[land]]
    if not np.isfinite(found).any():
        raise InputError(f"{files.paths[0]}: no moment of it is an end of an interval of the network")
    said = ", ".join(
        f"{depth:g} m {layer} ({LAYERS[layer][0]:g} to {LAYERS[layer][1]:g} m)" if layer else f"{depth:g} m none"
        for depth, layer in zip(depths, layers, strict=True)
    )
    known = known_variable("reference_soil_moisture", found)
    known.attrs |= {
        "cell_methods": "time: point",
        "coverage_content_type": "modelResult",
        "comment": f"ERA5-Land, nearest cell; match {grid.reference_soil_moisture}: {said}",
    }
    distance = xr.Variable(
        "cluster",
        np.where(land, cells.metres[:, 0], np.nan),
        {
            "long_name": "great-circle distance to the cell of the reference soil moisture",
            "units": "m",
            "coverage_content_type": "auxiliaryInformation",
        },
    )
    return {"reference_soil_moisture": known, "reference_soil_moisture_distance": distance}
