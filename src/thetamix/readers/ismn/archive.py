"""An archive of the International Soil Moisture Network, through the package ismn: nothing printed, nothing written.

The package's own index prints, writes a folder beside the data and keeps one sensor of several with the same name.
Its parts do not: here its root and static file are used, a station at a time. A station of a zip archive
is unpacked for as long as it is read, so neither memory nor disk grow with the archive.
"""

import contextlib
import re
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from thetamix.places.matching import great_circle
from thetamix.readers.ismn.data_file import SENSOR_FILE, read_head, read_rows
from thetamix.readers.ismn.ismn_station import CODES, Sensor, Station
from thetamix.readers.ismn.record_file import CENTURIES, Record, end_of_hour, to_record
from thetamix.readers.tables.files.opening import DAMAGE, as_folder, files_in
from thetamix.system.errors import InputError

_STATION_FILE = re.compile(r"(?:^|.*/)(?P<network>[^/]+)/(?P<station>[^/]+)/[^/]+\.csv$", re.IGNORECASE)


class IsmnArchive(contextlib.ExitStack):
    """An archive as downloaded (zip), or its folder, or a tar archive of it.

    Parameters
    ----------
    source
        The archive.

    Attributes
    ----------
    stations : dict
        (network, station) -> its files: ``NETWORK/STATION/…``.

    Raises
    ------
    InputError
        If it is missing, damaged, or holds no data files, or the package ismn is not installed.
    """

    def __init__(self, source: Path) -> None:
        super().__init__()
        _require_package()
        self.source = Path(source)
        self._zip: zipfile.ZipFile | None = None
        self._folder = Path()
        try:
            if self.source.is_file() and zipfile.is_zipfile(self.source):
                self._zip = self.enter_context(zipfile.ZipFile(self.source))
                names = [info.filename for info in self._zip.infolist() if not info.is_dir()]
            else:
                self._folder = self.enter_context(as_folder(self.source))
                names = files_in(self._folder)
        except DAMAGE as error:
            raise InputError(f"{self.source}: the archive is damaged ({error}); download it again") from error
        self._top: dict[tuple[str, str], str] = {}
        stations: dict[tuple[str, str], list[str]] = {}
        for name in sorted(names):
            if (match := SENSOR_FILE.match(name) or _STATION_FILE.match(name)) is not None:
                place = match["network"], match["station"]
                top = self._top.setdefault(place, name[: match.start("network")])
                stations.setdefault(place, []).append(name.removeprefix(top))
        self.stations = {place: files for place, files in stations.items() if any(map(_variable, files))}
        if not self.stations:
            self.close()
            raise InputError(
                f"{self.source}: holds no data of the ISMN (files NETWORK/STATION/…_sm_….stm); give the zip file as "
                "downloaded, or the folder that it was unpacked to"
            )

    @contextlib.contextmanager
    def unpacked(self, network: str, name: str) -> Iterator[Path]:
        """Yield the folder that holds ``NETWORK/STATION``; raise an OSError where the station's files are damaged."""
        top = self._top[network, name]
        if self._zip is None:
            yield self._folder / top
            return
        with tempfile.TemporaryDirectory(prefix="thetamix-ismn-") as folder:
            for file in self.stations[network, name]:
                try:
                    self._zip.extract(top + file, folder)
                except DAMAGE as error:
                    raise OSError(f"{file} is damaged in the archive ({error})") from error
            yield Path(folder) / top

    def describe(self, network: str, name: str) -> tuple[Station, list[str]]:
        """Read where a station is and what it has.

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
                if (variable := _variable(file)) is None:
                    continue
                try:
                    sensor, place = _describe(root, file, variable)
                except (OSError, ValueError) as error:
                    broken.append(f"{file}: {_why(error)}")
                else:
                    sensors.append(sensor)
                    places.append(place)
            if not sensors:
                raise OSError("; ".join(broken))
            static, trouble = _static(root, self.stations[network, name])
            latitude, longitude, _ = np.array(places).T
            spread = float(great_circle(latitude[0], longitude[0], latitude, longitude).max())
            return Station(network, name, *places[0], sensors, static, spread), broken + trouble

    def read(self, root: Path, sensor: Sensor) -> Record:
        """Read the readings of a sensor (of :meth:`describe`) in a folder (of :meth:`unpacked`).

        Raises
        ------
        OSError
            If the file cannot be read.
        """
        try:
            return to_record(read_rows(root / sensor.path), sensor.variable)
        except ValueError as error:
            raise OSError(_why(error)) from error


_VARIABLES = {code: variable for variable, code in CODES.items()}
#: What the package raises; all of them mean that a table cannot be used.
_BROKEN = (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, ArithmeticError, NotImplementedError)


def _require_package() -> None:
    try:
        import ismn  # noqa: F401
    except ImportError as error:
        raise InputError("archives of the ISMN need the package ismn; install it with: pip install ismn") from error


def _variable(file: str) -> str | None:
    match = SENSOR_FILE.match(file)
    return None if match is None else _VARIABLES.get(match["code"].lower())


def _why(error: Exception) -> str:
    # The package puts a whole traceback into its message: its last line says what is wrong.
    return (str(error).strip() or type(error).__name__).splitlines()[-1][:200]


def _describe(root: Path, file: str, variable: str) -> tuple[Sensor, tuple[float, float, float]]:
    match, head = SENSOR_FILE.match(file), read_head(root / file)
    assert match is not None
    latitude, longitude, elevation, *depths = map(float, head.place)
    upper, lower = depths or (float(match["upper"]), float(match["lower"]))
    if not all(CENTURIES[0] <= pd.Timestamp(time) <= CENTURIES[1] for time in (head.first, head.last)):
        raise ValueError(f"its times run from {head.first} to {head.last}")
    if head.last < head.first:
        raise ValueError(f"its lines are not in order of time: {head.first} to {head.last}")
    if not (abs(latitude) <= 90 and abs(longitude) <= 360):
        raise ValueError(f"latitude {latitude:g}, longitude {longitude:g} are no place")
    if variable == "soil_moisture" and not 0 <= upper <= lower <= 100:
        raise ValueError(f"depths of {upper:g} to {lower:g} m")
    sensor = Sensor(file, variable, match["instrument"], upper, lower, *map(end_of_hour, (head.first, head.last)))
    return sensor, (latitude, longitude, elevation if np.isfinite(elevation) else np.nan)


def _static(root: Path, files: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    from ismn.base import IsmnRoot
    from ismn.const import LANDCOVER
    from ismn.filehandlers import StaticMetaFile

    tables = [file for file in files if file.lower().endswith(".csv")]
    if not tables:
        return {}, []
    try:
        with warnings.catch_warnings(action="ignore"):
            meta = list(StaticMetaFile(IsmnRoot(root), tables[0]).metadata)
    except _BROKEN as error:
        return {}, [f"{tables[0]}: {_why(error)}"]
    static: dict[str, Any] = {}
    # Of a variable with layers the uppermost.
    for entry in sorted(meta, key=lambda var: var.depth.start if var.depth is not None else 0.0, reverse=True):
        if not pd.isnull(entry.val) and entry.val != "unknown":
            static[entry.name] = entry.val
    names = {code: name for name, code in LANDCOVER.items()}
    cover = next((static[name] for name in ("lc_2010", "lc_2005", "lc_2000", "lc_insitu") if name in static), None)
    if cover is not None:
        static["land_cover"] = names.get(cover, str(cover))
    return static, []
