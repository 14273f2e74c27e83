"""Weather and reference soil moisture of grids, for the clusters of a network."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from thetamix.network.assemble import cluster_variable, label_variable
from thetamix.network.limits import LARGEST_TEMPERATURE
from thetamix.network.plausibility import is_code, is_impossible, require_plausible_mean, tally
from thetamix.network.resampling import TAKE, over_moments
from thetamix.network.units import conversion, convert, variable
from thetamix.readers import OnProgress
from thetamix.readers.grids.era5_land import (
    ACCUMULATED,
    LAYERS,
    NEEDS,
    convert_cells,
    layers_of,
    require_amounts,
    require_units,
    step_of,
)
from thetamix.readers.grids.grid_cells import GridCells, GridFiles, open_files
from thetamix.readers.grids.grid_keys import Grid, GridVariable, WeatherMapping
from thetamix.readers.tables.clocks.times import Axis, minute
from thetamix.readers.tables.forcing_tables import FORCING, on_axis
from thetamix.readers.tables.places.stations import Clusters, Matched, Matches, Variables, coordinates_of, matched
from thetamix.system.errors import InputError

_DAY = np.timedelta64(24, "h")
_AROUND = np.timedelta64(2 * 24, "h")
#: How many steps after its stamp an interval ends, by what the stamp is.
TO_THE_END = {"start": 1.0, "middle": 0.5, "end": 0.0}
_PRODUCTS = {"era5_land": "ERA5-Land", "era5": "ERA5"}
#: A little below zero is the packing [mm h-1].
_PACKED_ZERO = 1e-3
#: A share of impossible numbers beyond which the unit is wrong.
_FEW = 0.01


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
    where = coordinates_of(clusters, f"{grid.file} is a grid")
    order = FORCING if grid.kind == "cf" else tuple(NEEDS)
    for name in grid.variables:
        if name not in order:
            raise InputError(f"{folder / grid.file}: a grid has no {name}; known are: {', '.join(order)}")
    with open_files(folder, grid.file) as files:
        request = GridRequest(files, grid, keys, axis, clusters, where)
        variables: Variables = {}
        notes: list[str] = []
        for done, (name, described) in enumerate(grid.variables.items()):
            progress(f"reading {name} of {grid.file}", done / len(grid.variables))
            more, remarks = request.weather(name, described)
            variables |= more
            notes += remarks
        if grid.reference_soil_moisture is not None:
            progress(f"reading soil moisture of {grid.file}", 1.0)
            more, remarks = request.reference(grid.reference_soil_moisture, depths)
            variables |= more
            notes += remarks
    return variables, notes


@dataclass(frozen=True)
class GridRequest:
    """What is wanted of a grid: for which clusters, at which places (cluster) [degrees], on which time axis."""

    files: GridFiles
    grid: Grid
    keys: WeatherMapping
    axis: Axis
    clusters: Clusters
    where: tuple[np.ndarray, np.ndarray]

    @property
    def period(self) -> tuple[np.datetime64, np.datetime64]:
        """First and last time of the files that matter."""
        return self.axis.first - self.axis.step - _AROUND, self.axis.ends[-1] + _AROUND

    def weather(self, name: str, described: GridVariable | None) -> Matched:
        """Read a variable: see :func:`read_grid`."""
        needed = NEEDS[name] if described is None else (described.variable,)
        cells, index, metres = self._cells(needed[0], 1 + self.keys.fallback)
        unique, back = np.unique(index, return_inverse=True)
        cells = cells.chosen(unique)
        time, raw = self.files.read(needed, cells, self.period)
        if (np.diff(time) % step_of(time) != np.timedelta64(0)).any():
            raise InputError(f"{self.files.name}: its times are not regular; bring them to one step first")
        if described is None:
            moment = name not in ACCUMULATED
            require_units(name, self.files.units)
            values, step = convert_cells(self.grid.kind, name, raw, time)
        else:
            moment = described.moment
            values, step = self._converted(name, described, raw[described.variable], time)
            if not moment:
                time = time + TO_THE_END[str(self.grid.stamp)] * step
        values, odd = self._possible(name, raw[needed[0]], values, step)
        series = [_to_axis(name, cell, time, step, self.axis, moment) for cell in values]
        for cell in series:
            require_plausible_mean(name, cell, self.axis.step, self.files.name)
        labels = [
            f"{north:.3f} N {(east + 180) % 360 - 180:.3f} E"
            for north, east in zip(cells.latitude, cells.longitude, strict=True)
        ]
        matches = Matches(labels, *_places(self.files), back.reshape(index.shape), metres)
        variables, notes = matched(name, series, matches, self.clusters, self.keys)
        return variables, odd + notes + self._remarks(name, time, step, moment)

    def reference(self, match: str, depths: Sequence[float]) -> Matched:
        """Return the soil moisture of the nearest cell's layers (cluster, depth, time): means of its moments."""
        layers = layers_of(depths, list(self.files.units), match)
        needed = sorted({name for name in layers if name is not None})
        cells, index, distances = self._cells(needed[0], 1)
        metres = distances[:, 0]
        unique, back = np.unique(index[:, 0], return_inverse=True)
        time, raw = self.files.read(needed, cells.chosen(unique), self.period)
        step, axis = step_of(time), self.axis
        values = np.full((metres.size, len(depths), axis.size), np.nan, dtype=np.float32)
        near = metres <= self.keys.max_distance * 1000
        for depth, layer in enumerate(layers):
            if layer is not None:
                values[near, depth] = over_moments(raw[layer], time, step, axis.ends, axis.step)[back[near]]
        if near.any() and not np.isfinite(values).any():
            raise InputError(f"{self.files.name}: no moment of it lies in an interval of the network")
        pairs = ", ".join(
            f"{depth:g} m {layer} ({LAYERS[layer][0]:g} to {LAYERS[layer][1]:g} m)" if layer else f"{depth:g} m none"
            for depth, layer in zip(depths, layers, strict=True)
        )
        reference = label_variable("reference_soil_moisture", values)
        reference.attrs |= {
            "cell_methods": "time: point" if step >= axis.step else f"time: mean (interval: {_hours(step)})",
            "coverage_content_type": "modelResult",
            "comment": f"{_PRODUCTS[self.grid.kind]}, nearest cell; match {match}: {pairs}",
        }
        distance = cluster_variable(
            np.where(near, metres, np.nan), "great-circle distance to the cell of the reference soil moisture", "m"
        )
        notes = [] if near.all() else [f"{(~near).sum()} cluster(s) without a cell for reference_soil_moisture"]
        if step >= _DAY:
            notes.append(
                f"reference_soil_moisture of {self.grid.file} is that of moments, every {_hours(step)} from "
                f"{minute(time[0])} UTC on; means of days, at the beginning of their day, would be a day early"
            )
        return {"reference_soil_moisture": reference, "reference_soil_moisture_distance": distance}, notes

    def _cells(self, variable: str, number: int) -> tuple[GridCells, np.ndarray, np.ndarray]:
        """Search the cells of the clusters; a cluster beside the grid has none, unless the mapping says how far."""
        cells, index, metres = self.files.cells(*self.where, variable, number)
        if "max_distance" not in self.keys.model_fields_set:
            beside = self.files.beside(*self.where, variable) & (metres[:, 0] <= self.keys.max_distance * 1000)
            if beside.all():
                raise InputError(
                    f"{self.files.name}: no cluster lies on the grid, which goes from {_extent(self.files)}; "
                    "check the coordinates, or say max_distance [km] to take cells from beside"
                )
            metres[beside] = np.inf
        return cells, index, metres

    def _converted(
        self, name: str, described: GridVariable, raw: np.ndarray, time: np.ndarray
    ) -> tuple[np.ndarray, np.timedelta64]:
        """Return values (cell, time) in the network's unit, and the step of the files."""
        path = self.files.name
        if time.size < 2:
            raise InputError(f"{path}: one time does not say how long its interval is; give two or more")
        step = step_of(time)
        for file in self.files.having(described.variable):
            if not described.moment and file.stamp not in (None, self.grid.stamp):
                raise InputError(
                    f"{file.path}: its bounds say that a time is the {file.stamp} of its interval; say stamp: "
                    f"{file.stamp}"
                )
        unit = described.unit or self.files.units[described.variable]
        values = convert(raw, conversion(name, unit, f"{path}: {described.variable}"), step)
        if name == "precipitation":  # zero, packed
            values[(values < 0) & (values > -_PACKED_ZERO)] = 0
        low, high = np.nanmin(values, initial=np.inf), np.nanmax(values, initial=-np.inf)
        if variable(name).units == "degC" and high > LARGEST_TEMPERATURE:
            raise InputError(f"{path}: {name} is {high:.3g} degC: is the unit K? Correct it")
        if name in {"precipitation", "discharge"} and low < 0:
            raise InputError(f"{path}: {name} is negative ({low:.3g}); correct the unit, or the sign")
        if name == "precipitation":
            require_amounts(raw, time, described.variable)
        return values, step

    def _possible(
        self, name: str, raw: np.ndarray, values: np.ndarray, step: np.timedelta64
    ) -> tuple[np.ndarray, list[str]]:
        """Leave out numbers that cannot be values, and say so; raise where so many are that the unit is wrong."""
        wrong = is_impossible(name, values, step)
        codes = is_code(name, raw, values, step) if self.grid.kind == "cf" else np.zeros_like(wrong)
        numbers = tally(raw[wrong | codes]) if (wrong | codes).any() else ""
        if (wrong & ~codes).sum() > _FEW * np.isfinite(values).sum():
            raise InputError(
                f"{self.files.name}: {name} cannot be {values[wrong & ~codes][0]:.5g} {variable(name).units} (in the "
                f"files: {numbers}); correct the unit"
            )
        if not numbers:
            return values, []
        sentence = f"{name} of {self.grid.file}: numbers that cannot be are missing: {numbers}"
        return np.where(wrong | codes, np.nan, values), [sentence]

    def _remarks(self, name: str, time: np.ndarray, step: np.timedelta64, moment: bool) -> list[str]:
        """Say where the steps of the grid and of the network do not fit together, or change."""
        what, each = f"{name} of {self.grid.file}", _hours(self.axis.step)
        apart = np.diff(time)
        notes = []
        if (more := np.flatnonzero(apart > step_of(time))).size:
            notes = [
                f"{what}: {more.size} of {time.size} times come {_hours(apart[more].min())} or more after the one "
                f"before, not {_hours(step_of(time))}, first {minute(time[more[0] + 1])} UTC; what lies between is "
                "missing"
            ]
        if moment and step > self.axis.step:
            return [
                *notes,
                f"{what} has a value every {_hours(step)}; it stands for all {each} steps since the value before",
            ]
        if step > self.axis.step:
            return [*notes, f"{what} is spread evenly, that of {_hours(step)} over steps of {each}"]
        finer = min(step, self.axis.step)
        if not moment and (time[0] - self.axis.first) % finer != np.timedelta64(0):
            middles = " (are the times of the file middles of their intervals? Then say stamp: middle)"
            notes.append(
                f"{what}: its intervals end at {minute(time[0])[-5:]} and every {_hours(step)}, which are no ends of "
                f"the network's; each step gets its share of both{middles * (self.grid.stamp in ('start', 'end'))}"
            )
        return notes


def _to_axis(
    name: str, values: np.ndarray, time: np.ndarray, step: np.timedelta64, axis: Axis, moment: bool
) -> np.ndarray:
    """Bring a cell's values (time) to the network's time."""
    if moment and step <= axis.step:
        reduced = over_moments(values, time, step, axis.ends, axis.step, take=TAKE.get(name, "mean"))
        return reduced.astype(np.float32)
    regular = np.full(int((time[-1] - time[0]) // step) + 1, np.nan)
    regular[(time - time[0]) // step] = values
    return on_axis(name, regular, time[0], step, axis)


def _hours(step: np.timedelta64) -> str:
    return f"{step / np.timedelta64(1, 'h'):g} h"


def _places(files: GridFiles) -> tuple[np.ndarray, np.ndarray]:
    """Return latitude and longitude of all cells."""
    return (
        np.concatenate([layout.latitude for layout in files.layouts]),
        np.concatenate([layout.longitude for layout in files.layouts]),
    )


def _extent(files: GridFiles) -> str:
    latitude, longitude = _places(files)
    east = (longitude + 180) % 360 - 180
    return f"{latitude.min():.2f} to {latitude.max():.2f} N, {east.min():.2f} to {east.max():.2f} E"
