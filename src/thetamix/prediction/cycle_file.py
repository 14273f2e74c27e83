"""Mixtures that come back every year, kept once: a table by group and day of the year, expanded where it is read.

In the file ``component_weight``, ``component_mean`` and ``component_sd`` are over (group, day, component);
``group(cluster, depth)`` and ``day_of_year(time)`` say which row holds for a series and a time. Who opens it with
:func:`thetamix.prediction.prediction_file.open_prediction` sees (cluster, depth, time, component).
"""

import contextlib
import functools
from collections.abc import Iterator
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from thetamix.prediction.layout import DIMENSIONS, PARAMETERS, define_labels, define_parameters
from thetamix.system.files import atomic_path

#: Dimensions of the table.
TABLE = ("group", "day", "component")
DAYS = 366


class CycleWriter:
    """Writes the mixtures of one group after the other; use :func:`write_cycle`."""

    def __init__(self, file: netCDF4.Dataset) -> None:
        self._file = file

    def write(self, group: int, weight: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> None:
        """Write the mixtures of a group.

        Parameters
        ----------
        group
            Its number.
        weight, mean, sd
            Of the components, for each day of the year (366, component); fewer components than the file has are
            filled up with such as have no weight.
        """
        components = self._file.dimensions["component"].size
        for name, values in zip(PARAMETERS, (weight, mean, sd), strict=True):
            table = np.repeat(values[:, -1:], components, axis=1)
            if name == "component_weight":
                table *= 0.0  # of a day without a mixture it stays NaN
            table[:, : values.shape[1]] = values
            self._file[name][group] = table


@contextlib.contextmanager
def write_cycle(
    path: Path, network: xr.Dataset, group: np.ndarray, day_of_year: np.ndarray, components: int, *, title: str
) -> Iterator[CycleWriter]:
    """Write a prediction file whose mixtures come back every year, whole or not at all.

    Parameters
    ----------
    path
        Where.
    network
        Gives clusters, depths and times.
    group
        Number of each series' group from 0 (cluster, depth), int; -1 where there is no series.
    day_of_year
        1 to 366 (time).
    components
        Number of components.
    title
        What the predictions are.

    Yields
    ------
    CycleWriter
        Takes one group after the other; what is not written is missing.
    """
    with atomic_path(path) as temporary, netCDF4.Dataset(temporary, "w", format="NETCDF4") as file:
        file.setncatts({"Conventions": "CF-1.11", "title": title, "source": "thetamix"})
        for name in ("cluster", "depth", "time"):
            file.createDimension(name, network.sizes[name])
        for name, size in zip(TABLE, (max(int(group.max()) + 1, 1), DAYS, components), strict=True):
            file.createDimension(name, size)
        define_labels(file, network)
        define_parameters(file, TABLE, chunks=(1, DAYS, components), coordinates="")
        of_series = file.createVariable("group", "i4", ("cluster", "depth"), fill_value=-1)
        of_series.long_name = "position along the dimension group of the mixtures of the series; -1 without a series"
        of_series[:] = group
        of_time = file.createVariable("day_of_year", "i2", ("time",))
        of_time.long_name = "day of the year of the middle of the interval: 1 more than the position along day"
        of_time[:] = day_of_year
        yield CycleWriter(file)


def is_cycle(prediction: xr.Dataset) -> bool:
    """Return whether an open file is one of :func:`write_cycle`."""
    dimensions = dict.fromkeys(PARAMETERS, TABLE) | {"group": ("cluster", "depth"), "day_of_year": ("time",)}
    return all(name in prediction and prediction[name].dims == own for name, own in dimensions.items())


def expanded(cycle: xr.Dataset) -> xr.Dataset:
    """Return the mixtures of a table over (cluster, depth, time, component); they are expanded as they are read.

    Parameters
    ----------
    cycle
        Open file of :func:`write_cycle`.
    """
    group = cycle["group"].fillna(-1).to_numpy().astype(np.int64)
    day = cycle["day_of_year"].to_numpy().astype(np.int64) - 1
    variables = {
        name: xr.Variable(
            DIMENSIONS, indexing.LazilyIndexedArray(_Expanded(cycle[name], group, day)), cycle[name].attrs
        )
        for name in PARAMETERS
    }
    whole = cycle.drop_vars([*PARAMETERS, "group", "day_of_year"]).assign(variables)
    whole.set_close(cycle.close)
    return whole


class _Expanded(BackendArray):
    """The table of one parameter, as if it were over (cluster, depth, time, component)."""

    def __init__(self, table: xr.DataArray, group: np.ndarray, day: np.ndarray) -> None:
        self._group, self._day = group, day
        # Series of a group come one after the other, or take turns with few others.
        self._rows = functools.lru_cache(maxsize=16)(lambda number: table.isel(group=number).to_numpy())
        self.shape = (*group.shape, day.size, table.sizes["component"])
        self.dtype = table.dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> np.ndarray:
        chosen: np.ndarray = indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._chosen
        )
        return chosen

    def _chosen(self, key: tuple[int | slice | np.ndarray, ...]) -> np.ndarray:
        cluster, depth, time, component = (
            np.atleast_1d(np.arange(size)[along]) for size, along in zip(self.shape, key, strict=True)
        )
        group = self._group[np.ix_(cluster, depth)]
        values = np.full((*group.shape, time.size, component.size), np.nan, dtype=self.dtype)
        for number in np.unique(group[group >= 0]).tolist():
            values[group == number] = self._rows(number)[np.ix_(self._day[time], component)]
        return values[tuple(0 if isinstance(along, int | np.integer) else slice(None) for along in key)]
