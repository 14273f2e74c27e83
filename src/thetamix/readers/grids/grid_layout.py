"""What a look at a file of a grid finds: its cells, its times, its variables."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.readers.grids.grid_files import open_grid
from thetamix.readers.grids.grid_times import decode_times
from thetamix.system.errors import InputError, first_of

#: Names of the axes, as they occur; the last is what CF calls each.
LATITUDES = ("latitude", "lat", "nav_lat", "y_lat")
LONGITUDES = ("longitude", "lon", "nav_lon")
TIMES = ("valid_time", "time")


@dataclass(frozen=True)
class GridLayout:
    """Cells of a file: its dimensions without time, their sizes, latitude and longitude of each cell, flattened."""

    dimensions: list[str]
    sizes: tuple[int, ...]
    latitude: np.ndarray
    longitude: np.ndarray


@dataclass(frozen=True)
class GridFile:
    """One file of a grid.

    Attributes
    ----------
    path
        Where it is.
    units
        Variable -> unit, as it says.
    layout
        Where its cells are; files with the same axes share it.
    variables
        All that it has, axes too.
    times
        Dimensions of its time axis.
    stamps
        Its times (time), flattened, in its order.
    stamp
        What its times are of their intervals, where it has bounds: start, middle or end.
    """

    path: Path
    units: dict[str, str]
    layout: GridLayout
    variables: list[str]
    times: list[str]
    stamps: np.ndarray
    stamp: str | None


def look_at(path: Path, layouts: dict[tuple[object, ...], GridLayout]) -> GridFile:
    """Read what a file has, but no values.

    Parameters
    ----------
    path
        Of the file.
    layouts
        What files before it have, by their axes; a new one is added.

    Raises
    ------
    InputError
        If it is damaged, or has no coordinates or times.
    """
    with open_grid(path) as opened:
        axis = opened[_axis(opened, path, TIMES, "time")]
        where = [
            opened[_axis(opened, path, names, names[0])].load().astype(np.float64)
            for names in (LATITUDES, LONGITUDES)
        ]
        key = tuple((*values.dims, *values.shape, values.to_numpy().tobytes()) for values in where)
        if key not in layouts:
            layouts[key] = _layout(path, *where)
        units = {str(name): str(values.attrs.get("units", "")) for name, values in opened.data_vars.items()}
        names, times = [str(name) for name in opened.variables], [str(dim) for dim in axis.dims]
        return GridFile(path, units, layouts[key], names, times, decode_times(path, axis), _stamp(opened, axis))


def _axis(opened: xr.Dataset, path: Path, names: Sequence[str], standard: str) -> str:
    """Return which variable is an axis, by its name or what CF says of it."""
    for name in names:
        if name in opened.variables:
            return name
    for variable in opened.variables:
        if opened[variable].attrs.get("standard_name") == standard:
            return str(variable)
    raise InputError(
        f"{path}: has none of {', '.join(names)}; rename its axes as CF has them (it has "
        f"{first_of([str(name) for name in opened.variables])})"
    )


def _layout(path: Path, latitude: xr.DataArray, longitude: xr.DataArray) -> GridLayout:
    where = [latitude.to_numpy(), longitude.to_numpy()]
    if latitude.dims != longitude.dims:
        where = list(np.meshgrid(*where, indexing="ij"))
    if not all(np.isfinite(values).all() for values in where):
        raise InputError(
            f"{path}: some cells have no coordinates; give each its {latitude.name} and {longitude.name}"
        )
    sizes = dict(zip((*latitude.dims, *longitude.dims), (*latitude.shape, *longitude.shape), strict=True))
    north, east = (values.ravel() for values in where)
    return GridLayout([str(dim) for dim in sizes], tuple(sizes.values()), north, east)


def _stamp(opened: xr.Dataset, axis: xr.DataArray) -> str | None:
    """Return what the times are of the intervals that the bounds say; None where there are none."""
    bounds = axis.attrs.get("bounds")
    if axis.ndim != 1 or bounds not in opened.variables or opened[bounds].shape != (axis.size, 2):
        return None
    (begin, end), time = opened[bounds].to_numpy()[0].astype(np.float64), float(axis.to_numpy()[0])
    share = round((time - begin) / (end - begin), 2) if end > begin else np.nan
    return {0.0: "start", 0.5: "middle", 1.0: "end"}.get(share)
