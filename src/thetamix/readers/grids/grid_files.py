"""Files of grids: found by name, unpacked where a download is a zip, opened, or told what they are instead."""

import contextlib
import glob
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import xarray as xr

from thetamix.readers.tables.files.opening import DAMAGE
from thetamix.system.errors import InputError, first_of

#: How a file begins that is no NetCDF -> what it is, and what to do.
_OTHER_FORMATS = {
    b"GRIB": "is GRIB; convert it to NetCDF (grib_to_netcdf, cdo -f nc copy), or ask Copernicus for NetCDF",
    b"\x1f\x8b": "is compressed with gzip; unpack it (gunzip) and name what is in it",
    b"<": "is a page of text, perhaps a server's error message; read it, and fetch the file again",
    b"{": "is text, perhaps a server's error message; read it, and fetch the file again",
}


@contextlib.contextmanager
def grid_paths(folder: Path, file: str) -> Iterator[list[Path]]:
    """Yield the files that a name means; those inside it where one is a zip, as Copernicus delivers under any name.

    Parameters
    ----------
    folder
        The folder that is imported.
    file
        A path inside it, perhaps with ``*``.

    Raises
    ------
    InputError
        If there is no such file, or a zip is damaged or holds no NetCDF.
    """
    paths = [Path(name) for name in sorted(glob.glob(str(folder / file)))]  # noqa: PTH207
    if not paths:
        names = sorted(path.name for path in (folder / file).parent.glob("*"))
        there = f"the folder holds {first_of(names)}" if names else "there is no file in that folder"
        raise InputError(f"{folder / file}: no such file; {there}: check the folder and the name")
    with tempfile.TemporaryDirectory(prefix="thetamix-") as name:
        yield [inner for path in paths for inner in _unpacked(path, Path(name) / path.name)]


def _unpacked(path: Path, to: Path) -> list[Path]:
    if path.is_dir() or not zipfile.is_zipfile(path):
        return [path]
    try:
        with zipfile.ZipFile(path) as packed:
            names = sorted(name for name in packed.namelist() if name.endswith((".nc", ".nc4", ".cdf")))
            if not names:
                raise InputError(f"{path}: is a zip archive without NetCDF: it holds {first_of(packed.namelist())}")
            return [Path(packed.extract(name, to)) for name in names]
    except DAMAGE as error:
        raise InputError(f"{path}: is a zip archive that is cut or damaged ({error}); fetch it again") from error


def open_grid(path: Path, leave_out: Sequence[str] = ()) -> xr.Dataset:
    """Open a NetCDF file or a Zarr store, without some of its variables; its times stay numbers.

    Raises
    ------
    InputError
        If it is damaged, or something else.
    """
    engine = "zarr" if path.suffix == ".zarr" or path.is_dir() else "netcdf4"
    try:
        return xr.open_dataset(
            path,
            engine=engine,
            cache=False,
            decode_times=False,
            decode_coords=False,
            drop_variables=list(leave_out),
        )
    except (ValueError, OSError, RuntimeError, OverflowError, AttributeError, KeyError) as error:
        if engine == "zarr" and isinstance(error, ValueError) and "engine" in str(error):
            raise InputError(
                f"{path}: Zarr stores need the package zarr; install it with: pip install zarr"
            ) from error
        raise InputError(f"{path}: {_what_it_is(path, error)}") from error


def _what_it_is(path: Path, error: Exception) -> str:
    start = b""
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(64).lstrip()
    for sign, what in _OTHER_FORMATS.items():
        if start.startswith(sign):
            return what
    return f"not a readable NetCDF file, or cut ({error}); fetch it again"
