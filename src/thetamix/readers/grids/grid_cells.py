"""Grids of weather (NetCDF, Zarr): the cells nearest to the clusters, through time."""

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.places.matching import nearest_stations
from thetamix.system.errors import InputError, nearest

#: Names of the axes, as they occur.
LATITUDES = ("latitude", "lat", "nav_lat", "y_lat")
LONGITUDES = ("longitude", "lon", "nav_lon")
TIMES = ("valid_time", "time")
#: So many of the nearest cells are asked whether they are land.
CANDIDATES = 9
_FIRST_STEPS = 48


@dataclass(frozen=True)
class GridTile:
    """Files with the same cells: a part of the grid through time.

    Attributes
    ----------
    dimensions, sizes
        Of the cells.
    first
        Position of its first cell in the flattened grid.
    """

    paths: list[Path]
    dimensions: list[str]
    sizes: tuple[int, ...]
    first: int

    @property
    def cells(self) -> int:
        """How many it has."""
        return int(np.prod(self.sizes))


class GridFiles:
    """One or several files of a grid: parts of its time, or of its place.

    Parameters
    ----------
    folder
        The folder that is imported.
    file
        A path inside it, perhaps with ``*``.

    Attributes
    ----------
    paths : list of pathlib.Path
        The files.
    latitude, longitude : numpy.ndarray
        Of the cells (cell), of the flattened grid [degrees].

    Raises
    ------
    InputError
        If there is no such file, it is damaged, or has no coordinates.
    """

    def __init__(self, folder: Path, file: str) -> None:
        self.paths = [Path(name) for name in sorted(glob.glob(str(folder / file)))]  # noqa: PTH207
        if not self.paths:
            raise InputError(f"{folder / file}: no such file; check the folder and the name")
        tiles: dict[bytes, GridTile] = {}
        latitudes, longitudes, number = [], [], 0
        for path in self.paths:
            with _open(path) as opened:
                self.names = [str(name) for name in opened.data_vars]
                self.units = {name: str(opened[name].attrs.get("units", "")) for name in self.names}
                where = (opened[self._axis(opened, names)].load() for names in (LATITUDES, LONGITUDES))
                dimensions, latitude, longitude = _flat(*where)
                key = latitude.tobytes() + longitude.tobytes()
                if key in tiles:
                    tiles[key].paths.append(path)
                    continue
                tiles[key] = GridTile([path], dimensions, tuple(opened.sizes[dim] for dim in dimensions), number)
                latitudes.append(latitude)
                longitudes.append(longitude)
                number += latitude.size
        self.tiles = list(tiles.values())
        self.latitude, self.longitude = np.concatenate(latitudes), np.concatenate(longitudes)

    def cells(
        self, latitude: np.ndarray, longitude: np.ndarray, variable: str, number: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Search the cells nearest to places (place) [degrees] where a variable has values: the sea has none.

        Returns
        -------
        index : numpy.ndarray
            Positions in the flattened grid, the nearest with values first (place, number).
        metres : numpy.ndarray
            Their distances (place, number) [m]; infinite where there is no such cell.
        """
        if variable not in self.names:
            raise InputError(f"{self.paths[0]}: has no variable {variable!r}; {nearest(variable, self.names)}")
        index, metres = nearest_stations(latitude, longitude, self.latitude, self.longitude, CANDIDATES + number)
        unique, back = np.unique(index, return_inverse=True)
        has_values = np.zeros(unique.size, dtype=bool)
        for tile, inside in self._parts(unique):
            with _open(tile.paths[0]) as opened:
                values = self._values(opened, variable, tile, unique[inside], slice(0, _FIRST_STEPS))
                if not np.isfinite(values).any():
                    values = self._values(opened, variable, tile, unique[inside], slice(None))
            has_values[inside] = np.isfinite(values).any(axis=-1)
        land = has_values[back.reshape(index.shape)]
        order = np.argsort(~land, axis=1, kind="stable")[:, :number]
        index, metres, land = (np.take_along_axis(each, order, axis=1) for each in (index, metres, land))
        return index, np.where(land, metres, np.inf)

    def read(
        self, variables: Sequence[str], cells: np.ndarray, period: tuple[np.datetime64, np.datetime64]
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Read cells through time.

        Parameters
        ----------
        variables
            Names in the files.
        cells
            Positions in the flattened grid (cell).
        period
            First and last time that matter.

        Returns
        -------
        time : numpy.ndarray
            Stamps (time) as ``datetime64[ns]``, increasing.
        values : dict
            Variable -> (cell, time), float64.

        Raises
        ------
        InputError
            If a variable is missing in a file, or times stand twice.
        """
        parts = [(inside, *self._read(tile, variables, cells[inside], period)) for tile, inside in self._parts(cells)]
        if not any(time.size for _, time, _ in parts):
            raise InputError(f"{self.paths[0]}: no time of it lies within the network's ({period[0]} to {period[1]})")
        whole = np.unique(np.concatenate([time for _, time, _ in parts]))
        merged = {name: np.full((cells.size, whole.size), np.nan) for name in variables}
        for inside, time, values in parts:
            at = np.searchsorted(whole, time)
            for name in variables:
                merged[name][np.ix_(inside, at)] = values[name]
        return whole, merged

    def _parts(self, cells: np.ndarray) -> list[tuple[GridTile, np.ndarray]]:
        """Return the tiles that have some of the cells, and which."""
        parts = [
            (tile, np.flatnonzero((cells >= tile.first) & (cells < tile.first + tile.cells))) for tile in self.tiles
        ]
        return [(tile, inside) for tile, inside in parts if inside.size]

    def _read(
        self, tile: GridTile, variables: Sequence[str], cells: np.ndarray, period: tuple[np.datetime64, np.datetime64]
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        times: list[np.ndarray] = [np.empty(0, dtype="datetime64[ns]")]
        read: dict[str, list[np.ndarray]] = {name: [np.empty((cells.size, 0))] for name in variables}
        for path in tile.paths:
            with _open(path) as opened:
                for name in variables:
                    if name not in opened:
                        hint = nearest(name, map(str, opened.data_vars))
                        raise InputError(f"{path}: has no variable {name!r}; {hint}")
                axis = self._axis(opened, TIMES)
                stamps = opened[axis].to_numpy()
                if stamps.dtype.kind != "M" or np.isnat(stamps).any():
                    raise InputError(f"{path}: {axis} is no date axis; write it as CF 'hours since …'")
                stamps = stamps.astype("datetime64[ns]")
                within = np.flatnonzero((stamps >= period[0]) & (stamps <= period[1]))
                if not within.size:
                    continue
                part = slice(int(within[0]), int(within[-1]) + 1)
                times.append(stamps[part])
                for name in variables:
                    read[name].append(self._values(opened, name, tile, cells, part))
        time = np.concatenate(times)
        order = np.argsort(time, kind="stable")
        time = time[order]
        if time.size > 1 and (np.diff(time) <= np.timedelta64(0)).any():
            twice = time[1:][np.diff(time) <= np.timedelta64(0)][0]
            raise InputError(
                f"{tile.paths[0].parent}: {np.datetime_as_string(twice, 'm')} stands twice in {len(tile.paths)} "
                "file(s); keep one"
            )
        return time, {name: np.concatenate(values, axis=-1)[:, order] for name, values in read.items()}

    def _axis(self, opened: xr.Dataset, names: Sequence[str]) -> str:
        for name in names:
            if name in opened.variables:
                return name
        raise InputError(f"{self.paths[0]}: has none of {', '.join(names)}; rename its axes as CF has them")

    def _values(self, opened: xr.Dataset, name: str, tile: GridTile, cells: np.ndarray, part: slice) -> np.ndarray:
        """Return (cell, time) of the flattened grid, float64."""
        variable = opened[name]
        time = next((str(dim) for dim in variable.dims if dim in TIMES), None)
        if time is None:
            raise InputError(f"{self.paths[0]}: {name} has no time ({', '.join(map(str, variable.dims))})")
        variable = variable.isel({time: part})
        if "expver" in variable.dims:  # final and preliminary data of the same hours
            final, early = variable.isel(expver=0), variable.isel(expver=-1)
            variable = final.fillna(early)
        extra = [dim for dim in variable.dims if dim != time and dim not in tile.dimensions]
        for dim in extra:
            if variable.sizes[dim] != 1:
                raise InputError(f"{self.paths[0]}: {name} has {variable.sizes[dim]} {dim}s; select one first")
        variable = variable.squeeze(extra)
        at = dict(zip(tile.dimensions, np.unravel_index(cells - tile.first, tile.sizes), strict=True))
        points = variable.isel({dim: xr.DataArray(where, dims="cell") for dim, where in at.items()})
        try:
            values: np.ndarray = points.transpose("cell", time).to_numpy().astype(np.float64)
        except (OSError, RuntimeError) as error:
            raise InputError(f"{self.paths[0]}: {name} cannot be read, the file is damaged ({error})") from error
        return values


def _flat(latitude: xr.DataArray, longitude: xr.DataArray) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the grid's dimensions, and latitude and longitude of each cell of it, flattened."""
    where = [latitude.to_numpy(), longitude.to_numpy()]
    if latitude.dims != longitude.dims:
        where = list(np.meshgrid(*where, indexing="ij"))
    north, east = (values.astype(np.float64).ravel() for values in where)
    return list(dict.fromkeys(map(str, (*latitude.dims, *longitude.dims)))), north, east


def _open(path: Path) -> xr.Dataset:
    engine = "zarr" if path.suffix == ".zarr" or path.is_dir() else "netcdf4"
    try:
        return xr.open_dataset(path, engine=engine, cache=False)
    except ValueError as error:
        if engine == "zarr" and "engine" in str(error):
            raise InputError(
                f"{path}: Zarr stores need the package zarr; install it with: pip install zarr"
            ) from error
        raise InputError(f"{path}: not a readable NetCDF file ({error}); fetch it again") from error
    except (OSError, RuntimeError, OverflowError, AttributeError, KeyError) as error:
        raise InputError(f"{path}: not a readable NetCDF file, or cut ({error}); fetch it again") from error
