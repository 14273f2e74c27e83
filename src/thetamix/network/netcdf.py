"""The network as a CF-1.11 / ACDD-1.3 NetCDF file."""

import contextlib
import math
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from thetamix.network.check import check_network
from thetamix.system.errors import InputError
from thetamix.system.files import atomic_path, require_file

# The checksum (fletcher32) turns a flipped bit into an error instead of a wrong number.
COMPRESSION = {"zlib": True, "complevel": 4, "shuffle": True, "fletcher32": True}
EPOCH = "seconds since 1970-01-01T00:00:00Z"
#: Bytes of chunks that HDF5 keeps of each variable. A chunk is a series, which is read once: HDF5's own 64 MiB would
#: hold a good part of a network beside what is made of it.
CHUNK_CACHE = 2**22


def open_network(path: str | Path, *, readings: bool = True) -> xr.Dataset:
    """Open a network file and check it.

    Parameters
    ----------
    path
        The NetCDF file.
    readings
        False where it may do without soil moisture.

    Returns
    -------
    xarray.Dataset
        The network; values are read when they are asked for.

    Raises
    ------
    InputError
        If the file is missing, damaged or not a network; the message names variable, cluster and time.
    """
    path = require_file(Path(path), "network")
    return open_checked(path, partial(check_network, source=str(path), readings=readings))


def open_checked(path: Path, check: Callable[[xr.Dataset], None]) -> xr.Dataset:
    """Open a network file, and close it where a check raises; values are read when they are asked for."""
    with reading(path):
        netCDF4.set_chunk_cache(max(CHUNK_CACHE, largest_chunk(path)))
        network = xr.open_dataset(path, engine="netcdf4", cache=False)
        try:
            check(network)
        except BaseException:
            network.close()
            raise
    return network


def write_network(network: xr.Dataset, path: str | Path, *, readings: bool = True) -> None:
    """Check a network and write it, whole or not at all.

    Parameters
    ----------
    network
        The network, as :func:`thetamix.network.assemble.assemble` makes it.
    path
        Where; an existing file is replaced.
    readings
        False where it may do without soil moisture.

    Raises
    ------
    InputError
        If it is not a network.
    ThetamixError
        If the disk is full.
    """
    check_network(network, str(path), readings=readings)
    encoding = {str(name): encoding_of(network[name]) for name in network.variables}
    with atomic_path(Path(path)) as temporary:
        network.to_netcdf(temporary, engine="netcdf4", format="NETCDF4", encoding=encoding)


def largest_chunk(path: Path) -> int:
    """Return the size of a file's largest chunk [bytes]: what no cache can hold is unpacked for every series."""
    with netCDF4.Dataset(path) as file:
        numbers = [each for each in file.variables.values() if isinstance(each.dtype, np.dtype)]
        chunked = [each for each in numbers if isinstance(each.chunking(), list)]
        return max((math.prod(each.chunking()) * each.dtype.itemsize for each in chunked), default=0)


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raise one error, that the file is damaged, for those of the NetCDF library.

    Raises
    ------
    InputError
        If the file cannot be read as NetCDF.
    """
    try:
        yield
    except PermissionError as error:
        raise InputError(f"{path}: may not be read; check its permissions") from error
    except (OSError, RuntimeError, ValueError, OverflowError, AttributeError) as error:
        if isinstance(error, AttributeError) and not str(error).startswith("NetCDF"):
            raise  # a defect of ours; the library has its own damaged attributes raise this too
        raise InputError(
            f"{path}: not a readable NetCDF file, or cut in half ({error}); fetch or make it again"
        ) from error


def encoding_of(variable: xr.DataArray) -> dict[str, object]:
    """Return how a variable of a network is written: chunked by series, compressed, with a checksum.

    Returns
    -------
    dict
        As :meth:`xarray.Dataset.to_netcdf` takes it.
    """
    if variable.dtype.kind == "M":
        return {"units": EPOCH, "dtype": "int64", "calendar": "standard", "_FillValue": None}
    if variable.dtype.kind in "OU":
        return {}
    encoding: dict[str, object] = {"_FillValue": np.nan if variable.dtype.kind == "f" else None}
    if variable.name in variable.coords:
        return {"_FillValue": None}
    if "time" in variable.dims:
        # One chunk a series: what is read together lies together.
        sizes = {"cluster": 1, "depth": 1}
        encoding |= COMPRESSION
        encoding["chunksizes"] = tuple(sizes.get(str(d), n) for d, n in variable.sizes.items())
    if variable.dtype.kind == "f" and "time" in variable.dims:
        encoding["dtype"] = "float32"
    return encoding
