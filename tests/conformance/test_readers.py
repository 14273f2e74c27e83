"""What every reader must do: those of the table, and the template of the documentation."""

import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from thetamix.cli import app
from thetamix.network.assemble import assemble
from thetamix.network.check import check_network
from thetamix.network.netcdf import open_network, write_network
from thetamix.network.schema import time_step
from thetamix.readers import READERS, Reader, find_reader
from thetamix.system.errors import InputError

from .template_files import TEMPLATES

DAY = np.timedelta64(24, "h")
#: Readings of a probe in the course of two intervals, in percent and [m3 m-3], and rain of the first, in mm.
PERCENT, FRACTION, RAIN = 21.5, np.float32(0.215), 4.8


@dataclass
class Sample:
    """A small source and what must be in its network.

    Attributes
    ----------
    source
        The file or folder.
    settings
        Of the reader.
    end
        The END of the interval of the reading, UTC.
    rain
        In that interval [mm h-1]; None where the source has none.
    """

    source: Path
    settings: dict[str, Any]
    end: np.datetime64
    rain: float | None = None


def csv_tables(folder: Path) -> Sample:
    """A day that begins at midnight, an hour ahead of UTC."""
    (folder / "tables").mkdir()
    (folder / "tables" / "sensors.csv").write_text("id,plot,cm\na,p,10\n")
    (folder / "tables" / "soil.csv").write_text(f"day,a\n2021-05-01,{PERCENT}\n2021-05-02,22\n")
    (folder / "tables" / "rain.csv").write_text(f"day,mm\n2021-05-01,{RAIN}\n2021-05-02,0\n")
    mapping = folder / "mapping.yml"
    mapping.write_text(
        "about: {title: t, source: s}\nstep: 1d\nstamp: start\nutc_offset: '+01:00'\n"
        "sensors: {file: sensors.csv, sensor: id, cluster: plot, depth: {column: cm, unit: cm}}\n"
        "soil_moisture: {file: soil.csv, time: day, unit: percent}\n"
        "forcing: {file: rain.csv, time: day, variables: {precipitation: {column: mm, unit: mm}}}\n"
    )
    return Sample(folder / "tables", {"mapping": mapping}, np.datetime64("2021-05-01T23:00"), RAIN / 24)


def ismn_archive(folder: Path) -> Sample:
    """Hours: the ISMN's stamps are moments, its rain is mm in the hour before."""
    station = folder / "archive" / "NET" / "S"
    station.mkdir(parents=True)
    place = "NET NET S 50.00000 6.00000 300.00 0.0500 0.0500 Probe\n"
    for code, values in (("sm", (FRACTION, 0.22)), ("p", (RAIN, 0.0))):
        rows = "".join(f"2021/05/01 {hour:02d}:00 {v:.4f} G M\n" for hour, v in enumerate(values, 13))
        name = f"NET_NET_S_{code}_0.050000_0.050000_Probe_20210501_20210501.stm"
        (station / name).write_text(place + rows)
    return Sample(folder / "archive", {}, np.datetime64("2021-05-01T13:00"), RAIN)


def weather_tables(folder: Path) -> Sample:
    """The weather of a day, for a network with the reading."""
    network = assemble(
        {"soil_moisture": np.array([[[[FRACTION, 0.22]]]], dtype=np.float32)},
        cluster_id=["p"],
        depth=[0.1],
        replicate_label=["A"],
        time=np.datetime64("2021-05-02", "ns") + np.arange(2) * DAY,
        step=DAY,
        about={"title": "t", "summary": "s", "source": "s", "history": "h"},
    )
    write_network(network, folder / "into.nc")
    (folder / "weather").mkdir()
    (folder / "weather" / "rain.csv").write_text(f"day,mm\n2021-05-01,{RAIN}\n2021-05-02,0\n")
    mapping = folder / "weather.yml"
    mapping.write_text(
        "stamp: start\nutc_offset: UTC\n"
        "forcing: {file: rain.csv, time: day, step: 1d, variables: {precipitation: {column: mm, unit: mm}}}\n"
    )
    settings = {"mapping": mapping, "into": folder / "into.nc"}
    return Sample(folder / "weather", settings, np.datetime64("2021-05-02T00:00"), RAIN / 24)


def meadow(folder: Path) -> Sample:
    site = {"site": "meadow", "depth_cm": 10, "first_day": "2021-05-01"}
    site |= {"probes": {"A": [PERCENT, 22.0], "B": [25.0, 26.2]}, "rain_mm": [RAIN, 0.0]}
    (folder / "meadow.json").write_text(json.dumps(site))
    return Sample(folder / "meadow.json", {"unit": "percent"}, np.datetime64("2021-05-02T00:00"), RAIN / 24)


#: A source for each reader; a reader without is no reader of the project.
SAMPLES: dict[str, Callable[[Path], Sample]] = {
    "csv": csv_tables,
    "ismn": ismn_archive,
    "forcing": weather_tables,
    "template": meadow,
}


@pytest.fixture(params=[*READERS, "template"])
def word(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put a reader into the table; gives its word."""
    monkeypatch.syspath_prepend(TEMPLATES)
    monkeypatch.setitem(sys.modules, "reader", None)
    monkeypatch.delitem(sys.modules, "reader")
    monkeypatch.setitem(READERS, "template", "reader:MeadowReader")
    return str(request.param)


@pytest.fixture
def sample(word: str, tmp_path: Path) -> Sample:
    return SAMPLES[word](tmp_path)


def read(word: str, sample: Sample, output: Path, **hearers: Any) -> xr.Dataset:
    reader: Reader = find_reader(word)(**sample.settings)
    reader.read(sample.source, output, **hearers)
    with open_network(output) as network:
        return network.load()


def test_it_is_a_frozen_dataclass_of_settings(word: str, sample: Sample) -> None:
    kind = find_reader(word)
    assert is_dataclass(kind)
    assert (inspect.getdoc(kind) or "").strip()
    with pytest.raises(AttributeError):
        kind(**sample.settings).anything = 1  # type: ignore[attr-defined]
    taken = list(inspect.signature(kind.read).parameters)  # type: ignore[attr-defined]
    assert taken == ["self", "source", "output", "progress", "note"]


def test_it_writes_a_network(word: str, sample: Sample, tmp_path: Path) -> None:
    network = read(word, sample, tmp_path / "made" / "network.nc")
    check_network(network, word)
    assert network.attrs["title"]
    assert network.attrs["history"]
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["network.nc"]


def test_stamps_are_ends_and_units_are_the_networks(word: str, sample: Sample, tmp_path: Path) -> None:
    network = read(word, sample, tmp_path / "network.nc")
    assert network["soil_moisture"].dtype == np.float32
    bounds = network["time_bounds"].to_numpy()
    np.testing.assert_array_equal(bounds[:, 1], network["time"])
    np.testing.assert_array_equal(bounds[:, 0], network["time"] - time_step(network["time"]))
    then = network.sel(time=sample.end)
    reading = then["soil_moisture"].isel(cluster=0, depth=0, replicate=0)
    assert float(reading) == pytest.approx(float(FRACTION), rel=1e-6)
    if sample.rain is not None:
        assert float(then["precipitation"].isel(cluster=0)) == pytest.approx(sample.rain, rel=1e-6)


def test_it_says_how_far_it_is(word: str, sample: Sample, tmp_path: Path) -> None:
    heard: list[tuple[str, float]] = []
    notes: list[str] = []
    read(word, sample, tmp_path / "network.nc", progress=lambda *what: heard.append(what), note=notes.append)
    assert heard
    assert all(text and 0 <= share <= 1 for text, share in heard)
    assert all(isinstance(sentence, str) and "\n" not in sentence for sentence in notes)


def test_the_same_source_gives_the_same_file(word: str, sample: Sample, tmp_path: Path) -> None:
    read(word, sample, tmp_path / "a.nc")
    read(word, sample, tmp_path / "b.nc")
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


def test_the_source_is_left_as_it_is(word: str, sample: Sample, tmp_path: Path) -> None:
    def contents() -> dict[Path, bytes]:
        files = [sample.source] if sample.source.is_file() else sample.source.rglob("*")
        return {path: path.read_bytes() for path in files if path.is_file()}

    before = contents()
    read(word, sample, tmp_path / "network.nc")
    assert contents() == before


def test_a_missing_source_is_named_and_nothing_is_written(word: str, sample: Sample, tmp_path: Path) -> None:
    reader = find_reader(word)(**sample.settings)
    (tmp_path / "out").mkdir()
    absent = tmp_path / f"absent{sample.source.suffix}"
    with pytest.raises(InputError, match=absent.name):
        reader.read(absent, tmp_path / "out" / "network.nc")
    assert not list((tmp_path / "out").iterdir())


def test_a_source_that_is_none_keeps_the_file_of_before(word: str, sample: Sample, tmp_path: Path) -> None:
    reader = find_reader(word)(**sample.settings)
    output = tmp_path / "out" / "network.nc"
    reader.read(sample.source, output)
    before = output.read_bytes()
    for path in [sample.source] if sample.source.is_file() else sample.source.rglob("*.*"):
        path.write_text("nothing of the kind")
    with pytest.raises(InputError) as caught:
        reader.read(sample.source, output)
    assert sample.source.name in str(caught.value)
    assert "\n" not in str(caught.value)
    assert output.read_bytes() == before
    assert list(output.parent.iterdir()) == [output]


def option(name: str) -> str:
    return "--" + name.replace("_", "-")


def test_it_has_a_command(word: str, sample: Sample, tmp_path: Path) -> None:
    options = [part for name, value in sample.settings.items() for part in (option(name), str(value))]
    words = ["import", word, str(sample.source), "-o", str(tmp_path / "network.nc"), *options]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "wrote" in done.output
    with open_network(tmp_path / "network.nc") as network:
        assert int(network["soil_moisture"].notnull().sum()) >= 2


def test_its_help_names_every_setting(word: str, sample: Sample) -> None:
    assert word in CliRunner().invoke(app, ["import", "--help"]).output
    page = CliRunner().invoke(app, ["import", word, "--help"], env={"COLUMNS": "200"}).output
    assert "--output" in page
    for name in sample.settings:
        assert option(name) in page


def test_an_unknown_word_is_refused() -> None:
    done = CliRunner().invoke(app, ["import", "nothing"])
    assert done.exit_code == 2


def test_help_imports_no_reader() -> None:
    """The help of other readers is their classes' own: listing them imports them."""
    code = (
        "import sys, atexit, thetamix.readers as readers\n"
        "for word in {*readers.READERS} - {'csv', 'ismn', 'forcing'}: del readers.READERS[word]\n"
        "atexit.register(lambda: sys.stderr.write(' '.join(sys.modules)))\n"
        "from thetamix.cli import main; sys.argv = ['thetamix', 'import', '--help']; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert all(word in done.stdout for word in ("csv", "ismn", "forcing"))
    loaded = done.stderr.split()
    assert "thetamix.readers" in loaded
    assert not {"thetamix.readers.tables", "thetamix.readers.ismn", "numpy", "pandas", "xarray"} & set(loaded)
