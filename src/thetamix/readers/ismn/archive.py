"""An archive of the International Soil Moisture Network, through the package ismn: nothing printed, nothing written.

The package's own index prints, writes a folder beside the data and keeps one sensor of several with the same name.
Its parts do not: here its root, data file and static file are used, a station at a time. A station of a zip archive
is unpacked for as long as it is read, so neither memory nor disk grow with the archive.
"""

import contextlib
import re
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

import numpy as np
import pandas as pd

from thetamix.readers.ismn.ismn_station import CODES, Sensor, Station
from thetamix.readers.ismn.record_file import CENTURIES, Record, to_record
from thetamix.readers.tables.unpacking import DAMAGE, as_folder
from thetamix.system.errors import InputError

_SENSOR = re.compile(r"_(sm|p|ta)_-?\d+\.\d+_-?\d+\.\d+_.*\.stm$", re.IGNORECASE)


class IsmnArchive:
    """An archive as downloaded (zip), or its folder, or a tar archive of it.

    Parameters
    ----------
    source
        The archive.

    Attributes
    ----------
    stations : dict
        (network, station) -> its files inside the archive.

    Raises
    ------
    InputError
        If it is missing, damaged, or holds no data files, or the package ismn is not installed.
    """

    def __init__(self, source: Path) -> None:
        _require_package()
        self.source = Path(source)
        self._stack = contextlib.ExitStack()
        self._zip: zipfile.ZipFile | None = None
        self._folder = Path()
        try:
            if self.source.is_file() and zipfile.is_zipfile(self.source):
                self._zip = self._stack.enter_context(zipfile.ZipFile(self.source))
                names = [info.filename for info in self._zip.infolist() if not info.is_dir()]
            else:
                self._folder = self._stack.enter_context(as_folder(self.source))
                names = [p.relative_to(self._folder).as_posix() for p in self._folder.rglob("*") if p.is_file()]
        except DAMAGE as error:
            raise InputError(f"{self.source}: the archive is damaged ({error}); download it again") from error
        self.stations: dict[tuple[str, str], list[str]] = {}
        for name in sorted(names):
            path = PurePosixPath(name)
            if path.suffix.lower() in {".stm", ".csv"} and len(path.parts) >= 3:
                self.stations.setdefault((path.parts[-3], path.parts[-2]), []).append(name)
        self.stations = {
            station: files for station, files in self.stations.items() if any(_SENSOR.search(name) for name in files)
        }
        if not self.stations:
            self._stack.close()
            raise InputError(
                f"{self.source}: holds no data of the ISMN (files NETWORK/STATION/…_sm_….stm); give the zip file as "
                "downloaded, or the folder that it was unpacked to"
            )

    def __enter__(self) -> "IsmnArchive":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @contextlib.contextmanager
    def unpacked(self, network: str, name: str) -> Iterator[Path]:
        """Give the root folder of the archive, with at least one station in it.

        Parameters
        ----------
        network, name
            The station.

        Yields
        ------
        pathlib.Path
            The folder that holds ``NETWORK/STATION``.

        Raises
        ------
        OSError
            If the station's files are damaged.
        """
        files = self.stations[network, name]
        top = PurePosixPath(files[0]).parents[2]
        if self._zip is None:
            yield self._folder / top
            return
        with tempfile.TemporaryDirectory(prefix="thetamix-ismn-") as folder:
            for file in files:
                try:
                    self._zip.extract(file, folder)
                except DAMAGE as error:
                    raise OSError(f"{file} is damaged in the archive ({error})") from error
            yield Path(folder) / top

    def describe(self, network: str, name: str) -> tuple[Station, list[str]]:
        """Read where a station is and what it has.

        Parameters
        ----------
        network, name
            The station.

        Returns
        -------
        station : Station
            The station.
        broken : list of str
            Files that cannot be used, and why.

        Raises
        ------
        OSError
            If nothing of it can be read.
        """
        with self.unpacked(network, name) as root:
            sensors, places, broken = [], [], []
            for file in self.stations[network, name]:
                if _SENSOR.search(file) is None:
                    continue
                inside = _inside(file)
                try:
                    sensor, place = _describe(root, inside)
                except _BROKEN as error:
                    broken.append(f"{inside}: {_why(error)}")
                else:
                    sensors.append(sensor)
                    places.append(place)
            if not sensors:
                raise OSError("; ".join(broken))
            static, trouble = _static(root, [_inside(file) for file in self.stations[network, name]])
            return Station(network, name, *places[0], sensors, static), broken + trouble

    def read(self, root: Path, sensor: Sensor) -> Record:
        """Read the readings of a sensor.

        Parameters
        ----------
        root
            From :meth:`unpacked`.
        sensor
            From :meth:`describe`.

        Returns
        -------
        Record
            Its readings.

        Raises
        ------
        OSError
            If the file cannot be read.
        """
        try:
            with _quiet():
                frame = _data_file(root, sensor.path).read_data()
            return to_record(frame, sensor.variable)
        except _BROKEN as error:
            raise OSError(_why(error)) from error


#: What the package, or numbers that are none, raise; all of them mean that a file cannot be used.
_BROKEN = (
    OSError,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    ArithmeticError,
    NotImplementedError,
)


def _require_package() -> None:
    try:
        import ismn  # noqa: F401
    except ImportError as error:
        raise InputError("archives of the ISMN need the package ismn; install it with: pip install ismn") from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _data_file(root: Path, path: str) -> Any:
    from ismn.base import IsmnRoot
    from ismn.filehandlers import DataFile

    return DataFile(IsmnRoot(root), path)


def _inside(file: str) -> str:
    return PurePosixPath(*PurePosixPath(file).parts[-3:]).as_posix()


def _why(error: Exception) -> str:
    # The package puts a whole traceback into its message: its last line says what is wrong.
    return (str(error).strip() or type(error).__name__).splitlines()[-1][:200]


def _describe(root: Path, path: str) -> tuple[Sensor, tuple[float, float, float]]:
    with _quiet():
        meta = _data_file(root, path).metadata
    variable = str(meta["variable"].val)
    if variable not in CODES:
        raise ValueError(f"holds {variable}")
    depth = meta["instrument"].depth
    upper, lower = float(depth.start), float(depth.end)
    first, last = (pd.Timestamp(meta[f"timerange_{end}"].val) for end in ("from", "to"))
    if not all(CENTURIES[0] <= time <= CENTURIES[1] for time in (first, last)):
        raise ValueError(f"its times run from {first} to {last}")
    if last < first:
        raise ValueError(f"its lines are not in order of time: {first} to {last}")
    place = tuple(float(meta[name].val) for name in ("latitude", "longitude", "elevation"))
    if not (abs(place[0]) <= 90 and abs(place[1]) <= 360):
        raise ValueError(f"latitude {place[0]:g}, longitude {place[1]:g} are no place")
    if variable == "soil_moisture" and not 0 <= upper <= lower <= 100:
        raise ValueError(f"depths of {upper:g} to {lower:g} m")
    sensor = Sensor(
        path, variable, str(meta["instrument"].val), upper, lower, first.to_datetime64(), last.to_datetime64()
    )
    return sensor, (place[0], place[1], place[2] if np.isfinite(place[2]) else np.nan)


def _static(root: Path, files: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    from ismn.base import IsmnRoot
    from ismn.const import LANDCOVER
    from ismn.filehandlers import StaticMetaFile

    tables = [file for file in files if file.lower().endswith(".csv")]
    if not tables:
        return {}, []
    try:
        with _quiet():
            meta = list(StaticMetaFile(IsmnRoot(root), tables[0]).metadata)
    except _BROKEN as error:
        return {}, [f"{tables[0]}: {_why(error)}"]
    found: dict[str, Any] = {}
    # Of a variable with layers the uppermost.
    for one in sorted(meta, key=lambda var: var.depth.start if var.depth is not None else 0.0, reverse=True):
        if not pd.isnull(one.val) and one.val != "unknown":
            found[one.name] = one.val
    names = {code: name for name, code in LANDCOVER.items()}
    for period in ("lc_2010", "lc_2005", "lc_2000", "lc_insitu"):
        if period in found:
            found["land_cover"] = names.get(found[period], str(found[period]))
            break
    return found, []
