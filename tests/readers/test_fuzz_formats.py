"""Mutated archives, loggers' files, Excel sheets and grids: a clear error or a network, never anything else."""

import os
import random
import shutil
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xarray as xr
import yaml

from thetamix.network.assemble import assemble
from thetamix.network.netcdf import open_network, write_network
from thetamix.readers.forcing_reader import ForcingReader
from thetamix.readers.ismn.ismn_reader import IsmnReader
from thetamix.readers.tables.csv_reader import read_csv
from thetamix.readers.tables.guess.guess_mapping import guess_mapping
from thetamix.system.errors import InputError

from .ismn_archives import Archive, hours

#: Nothing here may take longer [s].
HANGS = 20
TOKENS = [
    b"",
    b"NaN",
    b"-9999",
    b"1e999",
    b"1e30",
    b"x",
    b"2020/13/40 25:61",
    b"9999/01/01 00:00",
    b"\x00",
    b"\xff\xfe",
    b'"',
]


@contextmanager
def limit(seconds: int) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def mutate(data: bytes, rng: random.Random) -> bytes:
    if not data:
        return data
    kind = rng.randrange(9)
    lines = data.split(b"\n")
    at = rng.randrange(len(data))
    if kind == 0:  # bits
        changed = bytearray(data)
        for _ in range(rng.choice([1, 1, 10])):
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        return bytes(changed)
    if kind == 1:
        return data[:at]
    if kind == 2:
        return data[:at] + data[rng.randrange(at, len(data)) :]
    if kind == 3:
        rng.shuffle(lines)
        return b"\n".join(lines)
    if kind == 4:
        return b"\n".join([*lines, rng.choice(lines)])
    if kind == 5:
        return data.decode("latin-1").encode(rng.choice(["utf-16", "utf-32", "cp500"]), "replace")
    if kind == 6:
        return rng.choice([b"", b"\n", b"PK\x03\x04", bytes(100), b"<html>not found</html>"])
    row = rng.randrange(len(lines))
    for separator in (b",", b" "):
        cells = lines[row].split(separator)
        if len(cells) > 1:
            cells[rng.randrange(len(cells))] = rng.choice(TOKENS)
            if kind == 8:
                rng.shuffle(cells)
            lines[row] = separator.join(cells)
            break
    return b"\n".join(lines)


def mutate_one(folder: Path, rng: random.Random, endings: tuple[str, ...]) -> None:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name.endswith(endings))
    for _ in range(rng.choice([1, 1, 2])):
        file = rng.choice(files)
        file.write_bytes(mutate(file.read_bytes(), rng))


# --- what is made, mutated and imported; each gives the network file


def make_ismn(folder: Path, form: str) -> None:
    archive = Archive(folder / "archive", form)
    times = hours("2020-01-01", 60)
    for name in ("one", "two"):
        archive.sensor("NET", name, times, np.linspace(0.1, 0.3, 60), "G")
        archive.sensor("NET", name, times, 0.2, "D01,D03", instrument="Other", depth=(0.0, 0.2))
        archive.sensor("NET", name, times, 1.0, code="p", depth=(0, 0), instrument="Gauge")


def run_ismn(folder: Path, rng: random.Random, out: Path) -> None:
    source = folder / "archive"
    if rng.random() < 0.5:
        mutate_one(source, rng, (".stm", ".csv"))
    if rng.random() < 0.6:
        source = Archive(source).packed(folder / rng.choice(["a.zip", "a.tar.gz"]))
        if rng.random() < 0.7:
            source.write_bytes(mutate(source.read_bytes(), rng))
    IsmnReader().read(source, out)


MAPPING = {
    "about": {"title": "t", "source": "s"},
    "step": "1h",
    "utc_offset": "+00:00",
    "stamp": "end",
    "sensors": {"names": r"(?P<cluster>\w+)/vwc_(?P<depth>\d+)cm", "depth_unit": "cm"},
}


def make_shapes(folder: Path) -> None:
    times = hours("2020-01-01", 48).strftime("%Y-%m-%d %H:%M:%S")
    rows = "\n".join(f'"{time}",{number},0.25,0.3' for number, time in enumerate(times))
    head = '"TOA5","a","b","c"\n"TIMESTAMP","RECORD","vwc_5cm","vwc_20cm"\n"TS","RN","m3/m3","m3/m3"\n'
    head += '"","","Avg","Avg"\n'
    for name in ("s1", "s2"):
        (folder / f"{name}.dat").write_text(head + rows + "\n")
    book = openpyxl.Workbook()
    book.active.append(["time", "p", "t"])
    for time in times:
        book.active.append([pd.Timestamp(time).to_pydatetime(), 0.5, 12.0])
    book.save(folder / "weather.xlsx")


def run_shapes(folder: Path, rng: random.Random, out: Path) -> None:
    mutate_one(folder, rng, (".dat", ".xlsx"))
    mapping = folder / "mapping.yml"
    series = {"file": "{station}.dat", "time": "TIMESTAMP", "unit": "m3/m3"}
    variables = {
        "precipitation": {"unit": "mm", "column": "p"},
        "air_temperature": {"unit": "degC", "column": "t"},
    }
    forcing = {"file": "weather.xlsx", "time": "time", "variables": variables}
    if rng.random() < 0.5:
        forcing["step"] = rng.choice(["1h", "2h", "30min"])
    mapping.write_text(yaml.safe_dump(MAPPING | {"soil_moisture": series, "forcing": forcing}))
    write_network(read_csv(folder, mapping), out)


def make_weather(folder: Path) -> None:
    time = np.datetime64("2020-01-01T01", "ns") + np.arange(48) * np.timedelta64(1, "h")
    network = assemble(
        {
            "soil_moisture": np.full((2, 1, 1, 48), 0.2, dtype=np.float32),
            "latitude": np.array([50.0, 50.1]),
            "longitude": np.array([6.0, 6.1]),
        },
        cluster_id=["a", "b"],
        depth=[0.05],
        replicate_label=["A"],
        time=time,
        step=np.timedelta64(1, "h"),
        about={"title": "t", "summary": "s", "source": "s", "history": "h"},
    )
    write_network(network, folder / "network.nc")
    grid = xr.Dataset(coords={"time": time, "lat": [50.0, 50.1], "lon": [6.0, 6.1]})
    for name, value in (("t2m", 280.0), ("swvl1", 0.3)):
        grid[name] = (("time", "lat", "lon"), np.full((48, 2, 2), value, dtype=np.float32), {"units": "K"})
    grid.to_netcdf(folder / "grid.nc", engine="netcdf4")
    stamps = pd.DatetimeIndex(time).strftime("%Y-%m-%d %H:%M")
    pd.DataFrame({"time": stamps, "p": 1.0}).to_csv(folder / "rain.csv", index=False)
    (folder / "mapping.yml").write_text(
        yaml.safe_dump(
            {
                "utc_offset": "+00:00",
                "stamp": "end",
                "forcing": {
                    "file": "rain.csv",
                    "time": "time",
                    "variables": {"precipitation": {"unit": "mm", "column": "p"}},
                },
                "grids": {
                    "file": "grid.nc",
                    "kind": "era5_land",
                    "variables": ["air_temperature"],
                    "reference_soil_moisture": "overlap",
                },
            }
        )
    )


def run_weather(folder: Path, rng: random.Random, out: Path) -> None:
    mutate_one(folder, rng, ("grid.nc", "rain.csv", "mapping.yml", "network.nc"))
    ForcingReader(folder / "mapping.yml", folder / "network.nc").read(folder, out)


def run_guess(folder: Path, rng: random.Random, out: Path) -> None:
    mutate_one(folder, rng, (".dat", ".xlsx"))
    assert yaml.safe_load(guess_mapping(folder).replace("TODO", "x"))
    out.touch()


Maker = Callable[[Path], None]
FORMATS: dict[str, tuple[Maker, Callable[[Path, random.Random, Path], None]]] = {
    "ismn header": (lambda folder: make_ismn(folder, "header"), run_ismn),
    "ismn ceop": (lambda folder: make_ismn(folder, "ceop"), run_ismn),
    "loggers and Excel": (make_shapes, run_shapes),
    "weather": (make_weather, run_weather),
    "guess": (make_shapes, run_guess),
}


def fuzz(name: str, tmp_path: Path, seeds: range) -> None:
    make, run = FORMATS[name]
    made = tmp_path / "made"
    made.mkdir()
    make(made)
    read, failed = 0, []
    for seed in seeds:
        folder = tmp_path / "one"
        shutil.copytree(made, folder)
        out = tmp_path / "out" / "network.nc"
        out.parent.mkdir()
        try:
            with limit(HANGS), warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                run(folder, random.Random(seed), out)
                if name != "guess":
                    with open_network(out) as network:
                        assert np.isfinite(network["soil_moisture"]).any()
                        assert float(network["soil_moisture"].max()) < 1e7
            read += 1
        except InputError as error:
            message = str(error)
            if not 10 < len(message) < 2000 or "Traceback" in message:
                failed.append(f"seed {seed}: not a message for a user: {message[:300]}")
            if list(out.parent.iterdir()):
                failed.append(f"seed {seed}: half a file: {list(out.parent.iterdir())}")
        except Exception as error:
            failed.append(f"seed {seed}: {type(error).__name__}: {error}")
        finally:
            shutil.rmtree(folder)
            shutil.rmtree(out.parent)
    assert not failed, f"{len(failed)} of {len(seeds)}: " + "\n".join(failed[:12])
    assert read > 0.05 * len(seeds)


@pytest.mark.parametrize("name", FORMATS)
def test_mutated(name, tmp_path):
    fuzz(name, tmp_path, range(12))


@pytest.mark.soak
@pytest.mark.parametrize("name", FORMATS)
def test_two_thousand_mutated(name, tmp_path):
    fuzz(name, tmp_path, range(100, 100 + int(os.environ.get("THETAMIX_FUZZ", "2000"))))
