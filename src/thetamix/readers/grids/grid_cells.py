"""Grids of weather (NetCDF, Zarr): the cells nearest to the clusters, through time.

A grid may come in many files: parts of its time, of its area, of its variables, in any mixture. Files of other
years may write the same cells with other digits (float32, float64), in another order, or with longitudes up to 360:
cells are the same where they lie within :data:`SAME_CELL` of each other. Files are read one after the other.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from thetamix.places.matching import great_circle, nearest_stations
from thetamix.readers.grids.grid_files import grid_paths
from thetamix.readers.grids.grid_layout import GridFile, GridLayout, look_at
from thetamix.readers.grids.grid_values import merge, read_values
from thetamix.readers.tables.clocks.times import minute
from thetamix.system.errors import InputError, nearest

#: So many of the nearest cells are asked whether they are land.
CANDIDATES = 9
#: Cells of several files that are so near to each other are the same [m]: float32 is off by a metre.
SAME_CELL = 10.0
#: A place is on the grid where its nearest cell is no farther than so many times the distance between cells.
ON_GRID = 1.5
_FIRST_STEPS = 48


@dataclass(frozen=True)
class GridCells:
    """Some cells of a grid.

    Attributes
    ----------
    latitude, longitude
        (cell) [degrees].
    members
        Of each cell: position of a layout among those of the grid -> position in its flattened cells.
    """

    latitude: np.ndarray
    longitude: np.ndarray
    members: list[dict[int, int]]

    def chosen(self, cells: np.ndarray) -> "GridCells":
        """Return some of them, by their positions (cell)."""
        return GridCells(self.latitude[cells], self.longitude[cells], [self.members[cell] for cell in cells])

    def of_layout(self, layout: int) -> tuple[np.ndarray, np.ndarray]:
        """Return which of the cells a layout has, and where in it."""
        pairs = [(cell, where[layout]) for cell, where in enumerate(self.members) if layout in where]
        return np.array([cell for cell, _ in pairs], dtype=int), np.array([at for _, at in pairs], dtype=int)


class GridFiles:
    """One or several files of a grid: parts of its time, its place, or its variables.

    Parameters
    ----------
    name
        What the mapping calls them, for messages.
    paths
        The files.

    Attributes
    ----------
    files : list of GridFile
        What they are.
    layouts : list of GridLayout
        Where their cells are, each once.
    units : dict
        Variable -> unit.

    Raises
    ------
    InputError
        If one is damaged, or has no coordinates.
    """

    def __init__(self, name: str, paths: Sequence[Path]) -> None:
        self.name = name
        layouts: dict[tuple[object, ...], GridLayout] = {}
        self.files = [look_at(path, layouts) for path in paths]
        self.layouts = list(layouts.values())
        self._number = {id(layout): number for number, layout in enumerate(self.layouts)}
        self.units = {name: unit for file in reversed(self.files) for name, unit in file.units.items()}

    def having(self, variable: str) -> list[GridFile]:
        """Return the files that have a variable; raise where none has, or they have it in several units."""
        files = [file for file in self.files if variable in file.units]
        if not files:
            has = f"none of its {len(self.files)} files has a" if len(self.files) > 1 else "has no"
            raise InputError(f"{self.name}: {has} variable {variable!r}; {nearest(variable, self.units)}")
        for file in files:
            if file.units[variable] != self.units[variable]:
                raise InputError(
                    f"{file.path}: {variable} has the unit {file.units[variable]!r}, in {files[0].path.name} "
                    f"{self.units[variable]!r}; bring them to one unit first"
                )
        return files

    def cells(
        self, latitude: np.ndarray, longitude: np.ndarray, variable: str, number: int
    ) -> tuple[GridCells, np.ndarray, np.ndarray]:
        """Search the cells nearest to places (place) [degrees] where a variable has values: the sea has none.

        Returns
        -------
        cells : GridCells
            All that are near to a place.
        index : numpy.ndarray
            Positions among them, the nearest with values first (place, number).
        metres : numpy.ndarray
            Their distances (place, number) [m]; infinite where there is no such cell.
        """
        files = self.having(variable)
        candidates = {}
        for layout in dict.fromkeys(self._number[id(file.layout)] for file in files):
            where = self.layouts[layout].latitude, self.layouts[layout].longitude
            candidates[layout], _ = nearest_stations(latitude, longitude, *where, CANDIDATES + number)
        cells, at = self._joined(candidates)
        metres = great_circle(latitude[:, None], longitude[:, None], cells.latitude[at], cells.longitude[at])
        metres = np.where(self._has_values(files, variable, cells)[at], metres, np.inf)
        order = np.lexsort((at, metres), axis=1)
        at, metres = np.take_along_axis(at, order, axis=1), np.take_along_axis(metres, order, axis=1)
        metres[:, 1:][at[:, 1:] == at[:, :-1]] = np.inf  # a cell of several layouts
        order = np.argsort(metres, axis=1, kind="stable")[:, :number]
        return cells, np.take_along_axis(at, order, axis=1), np.take_along_axis(metres, order, axis=1)

    def beside(self, latitude: np.ndarray, longitude: np.ndarray, variable: str) -> np.ndarray:
        """Mark places (place) [degrees] off a variable's grid: no cell, land or sea, is as near as cells are."""
        off = np.ones(len(latitude), dtype=bool)
        for layout in {id(file.layout): file.layout for file in self.having(variable)}.values():
            where = layout.latitude, layout.longitude
            index, metres = nearest_stations(latitude, longitude, *where, 1)
            _, apart = nearest_stations(where[0][index[:, 0]], where[1][index[:, 0]], *where, 2)
            off &= metres[:, 0] > (ON_GRID * apart[:, 1] if apart.shape[1] > 1 else np.inf)
        return off

    def read(
        self, variables: Sequence[str], cells: GridCells, period: tuple[np.datetime64, np.datetime64]
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Read cells through time.

        Parameters
        ----------
        variables
            Names in the files.
        cells
            Which.
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
            If no file has a variable or a time, or two have other values of the same time.
        """
        parts = [
            (name, file, *cells.of_layout(self._number[id(file.layout)]), _within(file.stamps, period))
            for name in variables
            for file in self.having(name)
        ]
        parts = [part for part in parts if part[2].size and part[4].size]
        if not parts:
            raise InputError(
                f"{self.name}: no time of it lies within the network's ({minute(period[0])} to {minute(period[1])})"
            )
        time = np.unique(np.concatenate([file.stamps[within] for _, file, _, _, within in parts]))
        record = {name: np.full((len(cells.members), time.size), np.nan) for name in variables}
        slack = dict.fromkeys(variables, 0.0)
        for name, file, inside, at, within in parts:
            values, packing = read_values(file, name, at, within)
            slack[name] = max(slack[name], 2 * packing)
            differs = merge(record[name], time, values, file.stamps[within], inside, slack[name])
            if differs is not None:
                raise InputError(f"{file.path}: {name} {differs}; keep one of them (the final, not preliminary data)")
        return time, record

    def _joined(self, candidates: dict[int, np.ndarray]) -> tuple[GridCells, np.ndarray]:
        """Return the cells of several layouts, each once, and which the candidates (place, number) of each are."""
        latitude, longitude = np.empty(0), np.empty(0)
        members: list[dict[int, int]] = []
        columns: list[np.ndarray] = []
        for layout, index in candidates.items():
            unique, back = np.unique(index, return_inverse=True)
            where = self.layouts[layout].latitude[unique], self.layouts[layout].longitude[unique]
            number = np.full(unique.size, -1)
            if members:
                nearby, metres = nearest_stations(*where, latitude, longitude, 1)
                number = np.where(metres[:, 0] <= SAME_CELL, nearby[:, 0], -1)
            new = number < 0
            number[new] = len(members) + np.arange(new.sum())
            members += [{} for _ in range(int(new.sum()))]
            for cell, at in zip(number.tolist(), unique.tolist(), strict=True):
                members[cell].setdefault(layout, at)
            latitude = np.concatenate([latitude, where[0][new]])
            longitude = np.concatenate([longitude, where[1][new]])
            columns.append(number[back.reshape(index.shape)])
        return GridCells(latitude, longitude, members), np.concatenate(columns, axis=1)

    def _has_values(self, files: Sequence[GridFile], variable: str, cells: GridCells) -> np.ndarray:
        """Mark the cells (cell) with values in the first, middle or last file of their layout that has any."""
        land = np.zeros(len(cells.members), dtype=bool)
        for number, layout in enumerate(self.layouts):
            inside, at = cells.of_layout(number)
            alike = [file for file in files if file.layout is layout and file.stamps.size]
            for file in alike[:: max((len(alike) - 1) // 2, 1)][:3]:
                every = np.arange(file.stamps.size)
                for steps in (every[:_FIRST_STEPS], every):
                    there = np.isfinite(read_values(file, variable, at, steps)[0]).any(axis=-1)
                    if there.any():
                        break
                land[inside] |= there
                if there.any():
                    break
        return land


def _within(stamps: np.ndarray, period: tuple[np.datetime64, np.datetime64]) -> np.ndarray:
    return np.flatnonzero((stamps >= period[0]) & (stamps <= period[1]))


@contextlib.contextmanager
def open_files(folder: Path, file: str) -> Iterator[GridFiles]:
    """Yield the files of a grid; arguments and errors are those of :func:`grid_paths` and of the files."""
    with grid_paths(folder, file) as paths:
        yield GridFiles(str(folder / file), paths)
