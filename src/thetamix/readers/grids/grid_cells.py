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
class Cells:
    """The cells that a network needs.

    Attributes
    ----------
    index
        Positions of the cells of each cluster in the flattened grid, the nearest with values first (cluster, number).
    metres
        Their distances (cluster, number) [m]; infinite where there is no such cell.
    """

    index: np.ndarray
    metres: np.ndarray


@dataclass(frozen=True)
class GridTile:
    """Files with the same cells: a part of the grid through time.

    Attributes
    ----------
    paths
        The files.
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
            with self._open(path) as one:
                self.names = [str(name) for name in one.data_vars]
                self.units = {name: str(one[name].attrs.get("units", "")) for name in self.names}
                where = (one[self._axis(one, names)].load() for names in (LATITUDES, LONGITUDES))
                dimensions, latitude, longitude = _flat(*where)
                key = latitude.tobytes() + longitude.tobytes()
                if key in tiles:
                    tiles[key].paths.append(path)
                    continue
                tiles[key] = GridTile([path], dimensions, tuple(one.sizes[dim] for dim in dimensions), number)
                latitudes.append(latitude)
                longitudes.append(longitude)
                number += latitude.size
        self.tiles = list(tiles.values())
        self.latitude, self.longitude = np.concatenate(latitudes), np.concatenate(longitudes)

    def require(self, variable: str) -> None:
        """Insist that a variable is there."""
        if variable not in self.names:
            raise InputError(f"{self.paths[0]}: has no variable {variable!r}; {nearest(variable, self.names)}")

    def cells(self, latitude: np.ndarray, longitude: np.ndarray, variable: str, number: int) -> Cells:
        """Find the cells nearest to places that have values: those in the sea have none.

        Parameters
        ----------
        latitude, longitude
            Of the places (place) [degrees].
        variable
            Which must have values.
        number
            How many cells.

        Returns
        -------
        Cells
            (place, number).
        """
        self.require(variable)
        index, metres = nearest_stations(latitude, longitude, self.latitude, self.longitude, CANDIDATES + number)
        unique, back = np.unique(index, return_inverse=True)
        values = np.full((unique.size, 1), np.nan)
        for tile, mine in self._parts(unique):
            with self._open(tile.paths[0]) as first:
                some = self._values(first, variable, tile, unique[mine], slice(0, _FIRST_STEPS))
                if not np.isfinite(some).any():
                    some = self._values(first, variable, tile, unique[mine], slice(None))
            values[mine, 0] = np.isfinite(some).any(axis=-1) * 1.0
        values[values == 0] = np.nan
        land = np.isfinite(values).any(axis=-1)[back.reshape(index.shape)]
        order = np.argsort(~land, axis=1, kind="stable")[:, :number]
        chosen = np.take_along_axis(land, order, axis=1)
        return Cells(
            np.take_along_axis(index, order, axis=1),
            np.where(chosen, np.take_along_axis(metres, order, axis=1), np.inf),
        )

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
        parts = [(mine, *self._read(tile, variables, cells[mine], period)) for tile, mine in self._parts(cells)]
        if not any(time.size for _, time, _ in parts):
            raise InputError(f"{self.paths[0]}: no time of it lies within the network's ({period[0]} to {period[1]})")
        whole = np.unique(np.concatenate([time for _, time, _ in parts]))
        found = {name: np.full((cells.size, whole.size), np.nan) for name in variables}
        for mine, time, values in parts:
            at = np.searchsorted(whole, time)
            for name in variables:
                found[name][np.ix_(mine, at)] = values[name]
        return whole, found

    def _parts(self, cells: np.ndarray) -> list[tuple[GridTile, np.ndarray]]:
        """Give the tiles that have some of the cells, and which."""
        found = [
            (tile, np.flatnonzero((cells >= tile.first) & (cells < tile.first + tile.cells))) for tile in self.tiles
        ]
        return [(tile, mine) for tile, mine in found if mine.size]

    def _read(
        self,
        tile: GridTile,
        variables: Sequence[str],
        cells: np.ndarray,
        period: tuple[np.datetime64, np.datetime64],
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        times: list[np.ndarray] = [np.empty(0, dtype="datetime64[ns]")]
        found: dict[str, list[np.ndarray]] = {name: [np.empty((cells.size, 0))] for name in variables}
        for path in tile.paths:
            with self._open(path) as one:
                for name in variables:
                    if name not in one:
                        raise InputError(
                            f"{path}: has no variable {name!r}; {nearest(name, map(str, one.data_vars))}"
                        )
                axis = self._axis(one, TIMES)
                stamps = one[axis].to_numpy()
                if stamps.dtype.kind != "M" or np.isnat(stamps).any():
                    raise InputError(f"{path}: {axis} is no date axis; write it as CF 'hours since …'")
                stamps = stamps.astype("datetime64[ns]")
                within = np.flatnonzero((stamps >= period[0]) & (stamps <= period[1]))
                if not within.size:
                    continue
                part = slice(int(within[0]), int(within[-1]) + 1)
                times.append(stamps[part])
                for name in variables:
                    found[name].append(self._values(one, name, tile, cells, part))
        time = np.concatenate(times)
        order = np.argsort(time, kind="stable")
        time = time[order]
        if time.size > 1 and (np.diff(time) <= np.timedelta64(0)).any():
            twice = time[1:][np.diff(time) <= np.timedelta64(0)][0]
            raise InputError(
                f"{tile.paths[0].parent}: {np.datetime_as_string(twice, 'm')} stands twice in {len(tile.paths)} "
                "file(s); keep one"
            )
        return time, {name: np.concatenate(values, axis=-1)[:, order] for name, values in found.items()}

    def _open(self, path: Path) -> xr.Dataset:
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

    def _axis(self, one: xr.Dataset, names: Sequence[str]) -> str:
        for name in names:
            if name in one.variables:
                return name
        raise InputError(f"{self.paths[0]}: has none of {', '.join(names)}; rename its axes as CF has them")

    def _values(self, one: xr.Dataset, name: str, tile: GridTile, cells: np.ndarray, part: slice) -> np.ndarray:
        """Give (cell, time) of the flattened grid, float64."""
        variable = one[name]
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
    """Give the grid's dimensions, and latitude and longitude of each cell of it, flattened."""
    if latitude.dims == longitude.dims:
        where = (
            np.asarray(latitude, dtype=np.float64).ravel(),
            np.asarray(longitude, dtype=np.float64).ravel(),
        )
    else:
        mesh = np.meshgrid(latitude.to_numpy(), longitude.to_numpy(), indexing="ij")
        where = mesh[0].ravel().astype(np.float64), mesh[1].ravel().astype(np.float64)
    dimensions = list(dict.fromkeys(map(str, (*latitude.dims, *longitude.dims))))
    return dimensions, *where
