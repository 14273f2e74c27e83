"""The values of some cells of a grid's file, and how those of several files become one record."""

import numpy as np
import xarray as xr

from thetamix.readers.grids.grid_files import open_grid
from thetamix.readers.grids.grid_layout import GridFile
from thetamix.readers.tables.clocks.times import minute
from thetamix.system.errors import InputError

#: Values of a time that stand in two files are the same within this share of the largest one, beside the packing.
EQUAL = 1e-5


def read_values(file: GridFile, name: str, cells: np.ndarray, within: np.ndarray) -> tuple[np.ndarray, float]:
    """Read a variable of a file.

    Parameters
    ----------
    file
        Of the grid.
    name
        The variable.
    cells
        Positions in its flattened cells (cell).
    within
        Positions in its times (time), increasing.

    Returns
    -------
    values : numpy.ndarray
        (cell, time), float64; NaN is missing.
    packing : float
        The step between values that its packing makes; 0 where it has none.

    Raises
    ------
    InputError
        If it is not on cells and times, has another dimension, or the file is damaged.
    """
    layout, path = file.layout, file.path
    with open_grid(path, [variable for variable in file.variables if variable != name]) as opened:
        packing = abs(float(opened[name].encoding.get("scale_factor", 0.0)))
        variable, times = opened[name], file.times
        lacking = [dim for dim in (*layout.dimensions, *times) if dim not in variable.dims]
        if lacking:
            raise InputError(f"{path}: {name} has no {lacking[0]}; it has ({', '.join(map(str, variable.dims))})")
        first = int(within[0]) if len(times) == 1 else 0
        if len(times) == 1:
            variable = variable.isel({times[0]: slice(first, int(within[-1]) + 1)})
        if "expver" in variable.dims:  # final and preliminary data of the same hours
            variable = variable.isel(expver=0).fillna(variable.isel(expver=-1))
        extra = [dim for dim in variable.dims if dim not in (*times, *layout.dimensions)]
        for dim in extra:
            if variable.sizes[dim] != 1:
                raise InputError(f"{path}: {name} has {variable.sizes[dim]} {dim}s; select one first")
        at = dict(zip(layout.dimensions, np.unravel_index(cells, layout.sizes), strict=True)) if layout.sizes else {}
        points = variable.squeeze(extra).isel({dim: xr.DataArray(where, dims="cell") for dim, where in at.items()})
        if not at:
            points = points.expand_dims(cell=cells.size)
        try:
            values = points.transpose("cell", *times).to_numpy().astype(np.float64).reshape(cells.size, -1)
        except (OSError, RuntimeError) as error:
            raise InputError(f"{path}: {name} cannot be read, the file is damaged ({error})") from error
    return values[:, within - first], packing


def merge(
    record: np.ndarray, time: np.ndarray, values: np.ndarray, stamps: np.ndarray, inside: np.ndarray, slack: float
) -> str | None:
    """Write values into a record, where nothing stands yet.

    Parameters
    ----------
    record
        (cell, time); is filled.
    time
        Its times (time), increasing.
    values, stamps
        What comes in (cell of `inside`, stamp), and its times (stamp), in any order, perhaps several times.
    inside
        Which cells of the record.
    slack
        How far values of the same time may differ, for their packing.

    Returns
    -------
    str or None
        What differs from what stands there already.
    """
    unique, first = np.unique(stamps, return_index=True)
    at = np.ix_(inside, np.searchsorted(time, unique))
    there, new = record[at], values[:, first]
    differ = np.abs(there - new) > slack + EQUAL * np.nanmax(np.abs(new), initial=0.0)
    if differ.any():
        cell, when = np.argwhere(differ)[0]
        return f"is {new[cell, when]:.6g} at {minute(unique[when])}, but stands elsewhere as {there[cell, when]:.6g}"
    record[at] = np.where(np.isfinite(there), there, new)
    again = np.setdiff1d(np.arange(stamps.size), first)
    return merge(record, time, values[:, again], stamps[again], inside, slack) if again.size else None
