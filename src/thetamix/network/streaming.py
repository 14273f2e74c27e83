"""Writing a network one cluster after the other, so that memory does not grow with the network."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from thetamix.network.check import check_network
from thetamix.network.netcdf import encoding_of
from thetamix.system.files import atomic_path


def placeholder(shape: tuple[int, ...], dtype: type = np.float32) -> np.ndarray:
    """Return what stands for an array that is written later: of any size, without memory.

    Parameters
    ----------
    shape
        Its shape.
    dtype
        Its type.

    Returns
    -------
    numpy.ndarray
        Read-only; all elements are one.
    """
    return np.broadcast_to(np.zeros((), dtype=dtype), shape)


def write_clusters(skeleton: xr.Dataset, clusters: Iterable[Mapping[str, np.ndarray]], path: str | Path) -> None:
    """Write a network whose series come one cluster after the other.

    The file is the one that :func:`thetamix.network.netcdf.write_network` makes of the same network.

    Parameters
    ----------
    skeleton
        The network, as :func:`thetamix.network.assemble.assemble` makes it; what has the dimensions cluster and time
        holds placeholders. Its global attributes are written last: what makes the clusters may still add to them.
    clusters
        For each cluster in turn: variable -> its values, without the dimension cluster.
    path
        Where; an existing file is replaced.

    Raises
    ------
    InputError
        If it is not a network.
    ThetamixError
        If the disk is full.
    """
    series = series_variables(skeleton)
    rest = skeleton.drop_vars(series)
    with atomic_path(Path(path)) as temporary:
        encoding = {str(name): encoding_of(rest[name]) for name in rest.variables}
        rest.to_netcdf(temporary, engine="netcdf4", format="NETCDF4", encoding=encoding)
        with netCDF4.Dataset(temporary, "a") as file:
            for dimension, size in skeleton.sizes.items():
                if dimension not in file.dimensions:
                    file.createDimension(str(dimension), size)
            written = {name: _create(file, skeleton, name) for name in series}
            for at, cluster in enumerate(clusters):
                for name, values in cluster.items():
                    written[name][at] = values
            file.setncatts(skeleton.attrs)
        with xr.open_dataset(temporary, engine="netcdf4", cache=False) as whole:
            check_network(whole, str(path), readings="soil_moisture" in skeleton)


def by_cluster(network: xr.Dataset) -> Iterator[xr.Dataset]:
    """Iterate over the clusters of a network; the series of each are read when they are asked for.

    Yields
    ------
    xarray.Dataset
        The network at one position of the dimension cluster. What does not change in time is read once for all.
    """
    fixed = [name for name, values in network.variables.items() if not {"cluster", "time"} <= set(values.dims)]
    labels = network[fixed].load()
    network = network.assign({name: labels[name] for name in labels.data_vars}).assign_coords(labels.coords)
    for number in range(network.sizes["cluster"]):
        yield network.isel(cluster=number)


def series_variables(network: xr.Dataset) -> list[str]:
    """Return the names of what changes in time at each cluster: what is read and written cluster by cluster."""
    return [
        str(name)
        for name, values in network.data_vars.items()
        if values.dims[:1] == ("cluster",) and "time" in values.dims
    ]


def _create(file: Any, skeleton: xr.Dataset, name: str) -> Any:
    values = skeleton[name]
    how = dict(encoding_of(values))
    fill = how.pop("_FillValue")
    variable = file.createVariable(
        name, how.pop("dtype", values.dtype), values.dims, fill_value=False if fill is None else fill, **how
    )
    attributes = dict(values.attrs)
    beside = sorted(
        str(other)
        for other, coordinate in skeleton.coords.items()
        if other not in skeleton.dims and set(coordinate.dims) <= set(values.dims)
    )
    if beside:
        attributes["coordinates"] = " ".join(beside)
    variable.setncatts(attributes)
    return variable
