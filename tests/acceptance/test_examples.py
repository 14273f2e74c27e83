"""The examples, as their README says, on the real data they are for; and the demonstration."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
import yaml
from typer.testing import CliRunner

from thetamix.cli import imports
from thetamix.network.assemble import assemble
from thetamix.network.netcdf import open_network, write_network
from thetamix.study import demo
from thetamix.study.resolve import load_study
from thetamix.study.table_files import read_table

from .conftest import Said

Command = Callable[..., Said]
EXAMPLES = Path(__file__).parents[2] / "examples"


MAPPINGS = [path for path in sorted(EXAMPLES.glob("*/*.yml")) if "forecasters:" not in path.read_text("utf-8")]
STUDIES = [path for path in sorted(EXAMPLES.glob("*/*.yml")) if path not in MAPPINGS]


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.name)
def test_every_study_of_the_examples_is_one(path: Path) -> None:
    assert load_study(path).network.name == "network.nc"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*")), ids=lambda path: path.name)
def test_every_example_says_its_commands(path: Path) -> None:
    readme = (path / "README.md").read_text(encoding="utf-8")
    assert "thetamix " in readme
    for file in path.glob("*.yml"):
        assert f"examples/{path.name}/{file.name}" in readme, f"{file.name} is in no command"


def real(name: str) -> Path:
    folder = os.environ.get("THETAMIX_REAL_DATA")
    if folder is None:
        pytest.skip("THETAMIX_REAL_DATA is not set")
    return Path(folder) / name


def run(command: Callable[..., None], *words: object) -> str:
    """Run a command of the import group."""
    app = typer.Typer()
    app.command()(command)
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def shares(path: Path) -> tuple[dict[str, int], float, float]:
    """Give sizes, the share of readings missing (of series that exist) and the share flagged."""
    with open_network(path) as network:
        readings = network["soil_moisture"].to_numpy()
        there = np.isfinite(readings)
        flagged = network["soil_moisture_flag"].to_numpy() != 0
        exists = there.any(axis=-1)
        return dict(network.sizes), 1 - float(there[exists].mean()), float(flagged[there].mean())


@pytest.mark.real
def test_usses(tmp_path: Path) -> None:
    out = tmp_path / "network.nc"
    run(imports.import_csv, real("usses-2h"), "--mapping", EXAMPLES / "usses" / "mapping.yml", "-o", out)
    sizes, missing, flagged = shares(out)
    assert (sizes["cluster"], sizes["depth"], sizes["replicate"], sizes["time"]) == (12, 2, 2, 19864)
    assert 0.15 < missing < 0.25
    assert 0.05 < flagged < 0.07  # the negative ones
    raw = pd.read_csv(real("usses-2h") / "decagon.csv.gz")
    moisture = raw[raw["measure"] == "VWC"]
    with open_network(out) as network:
        assert int(network["soil_moisture"].notnull().sum()) == len(moisture)
        one = moisture.query("plot == 'X7' and position == '5W'")
        names = network["cluster_id"].to_numpy().tolist()
        series = network["soil_moisture"].isel(cluster=names.index("X7"), depth=0, replicate=1).dropna("time")
        utc = pd.to_datetime(one["datetime"]) + pd.Timedelta("7h")
        order = utc.argsort()
        assert (series["time"].to_numpy() == utc.to_numpy()[order]).all()
        np.testing.assert_array_equal(series, one["v"].to_numpy(np.float32)[order])
        rain = pd.read_csv(real("usses-2h") / "weather_daily.csv.gz").query("ELEMENT == 'PRCP'").set_index("date")
        local_day = rain.loc["2014-06-17", "value"]
        day = network["precipitation"].isel(cluster=0).sel(time=slice("2014-06-17T09:00", "2014-06-18T07:00"))
        np.testing.assert_allclose(float(day.sum()) * 2, local_day, rtol=1e-5)


@pytest.mark.real
def test_kings_creek(tmp_path: Path) -> None:
    out = tmp_path / "network.nc"
    source = real("kings-creek") / "kings-creek-series.tar.gz"
    run(imports.import_csv, source, "--mapping", EXAMPLES / "kings-creek" / "mapping.yml", "-o", out)
    sizes, missing, flagged = shares(out)
    assert (sizes["cluster"], sizes["depth"], sizes["replicate"]) == (16, 3, 1)
    assert missing < 0.05
    assert flagged == 0
    with open_network(out) as network:
        pet = network["potential_evapotranspiration"]
        assert pet.attrs["comment"].startswith("method asce_short from air_temperature, relative_humidity")
        year = pet.isel(cluster=0).sel(time=slice("2022-01-01", "2022-12-31"))
        assert 1000 < float(year.sum()) < 1500  # Manhattan, Kansas: about 1300 mm of grass reference a year
        rain = network["precipitation"].isel(cluster=0).sel(time=slice("2022-01-01", "2022-12-31"))
        assert 500 < float(rain.sum()) < 1100


@pytest.mark.real
def test_mahurangi(tmp_path: Path) -> None:
    out = tmp_path / "network.nc"
    source = real("mahurangi-hourly") / "mahurangi-hourly.tar.gz"
    run(imports.import_csv, source, "--mapping", EXAMPLES / "mahurangi" / "mapping.yml", "-o", out)
    sizes, missing, flagged = shares(out)
    assert (sizes["cluster"], sizes["depth"], sizes["time"]) == (18, 2, 31062)
    assert missing == 0
    assert flagged > 0.05
    with open_network(out) as network:
        # 46.6 km2: runoff in m3 s-1 is mm h-1 times 46.6 / 3.6.
        total = network["discharge"].isel(cluster=0).mean() * 3.6 / 46.6
        assert 0.3 < float(total / network["precipitation"].isel(cluster=0).mean()) < 0.7


@pytest.mark.real
def test_hawaii(tmp_path: Path) -> None:
    source = real("qa4sm-hawaii")
    out, with_reference = tmp_path / "network.nc", tmp_path / "reference.nc"
    began = time.perf_counter()
    run(imports.import_ismn, source / "ISMN_TESTDATA_HAWAII.tar.gz", "-o", out)
    assert time.perf_counter() - began < 10
    mapping = EXAMPLES / "hawaii" / "era5-land.yml"
    run(imports.import_forcing, source, "--mapping", mapping, "--into", out, "-o", with_reference)
    with open_network(with_reference) as network:
        assert int(network["reference_soil_moisture"].isel(depth=0).notnull().sum()) == 9 * 730
    said = run(imports.import_ismn, source / "ISMN_V20250617_Kainaliu.zip", "-o", out, "--network", "SCAN")
    assert "one series of successive sensors" in said.replace("\n", " ")
    sizes, _, _ = shares(out)
    assert (sizes["cluster"], sizes["depth"], sizes["replicate"]) == (1, 5, 1)


@pytest.mark.real
def test_archives_of_the_ismn(tmp_path: Path) -> None:
    for source in sorted(real("ismn-samples").glob("*.zip")):
        run(imports.import_ismn, source, "-o", tmp_path / "network.nc")
        assert shares(tmp_path / "network.nc")[0]["cluster"] in {2, 8}


def empty_network(
    path: Path, latitude: float, longitude: float, elevation: float, first: str, step: str, n: int
) -> None:
    width = np.timedelta64(1, step) if step == "h" else np.timedelta64(24, "h")
    network = assemble(
        {
            "soil_moisture": np.full((1, 1, 1, n), 0.2, dtype=np.float32),
            "latitude": np.array([latitude]),
            "longitude": np.array([longitude]),
            "elevation": np.array([elevation]),
        },
        cluster_id=["a"],
        depth=[0.1],
        replicate_label=["A"],
        time=np.datetime64(first, "ns") + np.arange(n) * width,
        step=width,
        about={"title": "t", "summary": "s", "source": "s", "history": "h"},
    )
    write_network(network, path)


@pytest.mark.real
def test_the_first_mapping_of_a_real_folder(tmp_path: Path) -> None:
    text = run(imports.import_csv, real("attert-colpach-daily"), "--guess")
    keys = yaml.safe_load(text)
    assert keys["step"] == "1d"
    assert keys["sensors"]["file"] == "sensors.csv"
    assert [table["file"] for table in keys["soil_moisture"]] == ["soil_moisture.csv.gz"]
    assert {"precipitation", "air_temperature"} == set(keys["forcing"][0]["variables"])
    run(imports.import_csv, real("usses-2h"), "--guess", "--mapping", tmp_path / "first.yml")
    assert yaml.safe_load((tmp_path / "first.yml").read_text())["step"] == "2h"


@pytest.mark.real
def test_export(tmp_path: Path) -> None:
    network = tmp_path / "network.nc"
    source = real("ismn-samples") / "header_values_Data_header_values.zip"
    run(imports.import_ismn, source, "-o", network, "--start", "2012-01-01", "--end", "2012-12-31")
    said = run(imports.export, network, tmp_path / "generic")
    assert "6 series" in said  # of eight stations, two end before
    assert len(list((tmp_path / "generic" / "time_series").glob("*.nc"))) == 6


@pytest.mark.real
@pytest.mark.parametrize(
    ("folder", "mapping", "network", "method", "yearly"),
    [
        (
            "refet-fallon-2015",
            "fallon/weather.yml",
            (39.46, -118.77, 1208.5, "2015-01-01T09:00", "h", 8700),
            "asce_short",
            (1200, 1600),
        ),
        (
            "pyet-reference",
            "de-bilt/weather.yml",
            (52.1, 5.2, 2.0, "1980-01-02", "d", 14600),
            "makkink",
            (500, 650),
        ),
        (
            "pyet-reference",
            "de-bilt/coagmet.yml",
            (40.5, -102.1, 1138.0, "2020-01-02T07:00", "d", 360),
            "makkink",
            (900, 1300),
        ),
    ],
)
def test_weather_tables(
    tmp_path: Path, folder: str, mapping: str, network: tuple, method: str, yearly: tuple[float, float]
) -> None:
    into, out = tmp_path / "network.nc", tmp_path / "out.nc"
    empty_network(into, *network)
    run(imports.import_forcing, real(folder), "--mapping", EXAMPLES / mapping, "--into", into, "-o", out)
    with open_network(out) as found:
        pet = found["potential_evapotranspiration"].isel(cluster=0)
        assert pet.attrs["comment"].startswith(f"method {method}")
        assert float(pet.isnull().mean()) < 0.03
        assert yearly[0] < float(pet.mean()) * 8766 < yearly[1]


@pytest.mark.real
@pytest.mark.parametrize("name", ["study.yml", "calendar.yml"])
def test_attert(tmp_path: Path, thetamix: Command, name: str) -> None:
    folder = os.environ.get("THETAMIX_REAL_DATA")
    if folder is None:
        pytest.skip("THETAMIX_REAL_DATA is not set")
    source = Path(folder) / "attert-colpach-daily"
    mapping = EXAMPLES / "attert" / "mapping.yml"
    said = thetamix("import", "csv", source, "--mapping", mapping, "-o", tmp_path / "network.nc")
    assert said.code == 0, said.err
    assert "pos_34" in said.out
    study = yaml.safe_load((EXAMPLES / "attert" / name).read_text(encoding="utf-8"))
    # Untrained models are enough to see that everything fits together; the annual cycles are what they are.
    study["training"] |= {"epochs": 1, "windows_per_epoch": 256, "hidden": 8, "sequence": 8}
    study |= {"seeds": [1], "evaluation": {"bootstrap": {"draws": 3, "block_draws": 20}}}
    (tmp_path / "study.yml").write_text(yaml.safe_dump(study), encoding="utf-8")
    said = thetamix("run", tmp_path / "study.yml", "--out", tmp_path / "run")
    assert said.code == 0, said.err
    scores = read_table(tmp_path / "run" / "scores.csv")
    total = scores.query("seed == 'all' and geology == 'all' and depth == 'all' and score == 'crps'")
    crps = total.set_index("forecaster")["value"]
    assert len([name for name in crps.index if not name.startswith("floor")]) == 7
    # What a series' own climatology scores on these sensors: 0.03 m3 m-3 within the draw of the split.
    assert 0.025 < crps["annual cycle of the series"] < 0.035
    assert crps["annual cycle of the series"] < crps["annual cycle"]
    leakage = pd.read_csv(tmp_path / "run" / "tables" / "leakage.csv")
    assert leakage["same_series"].item() == 0
    assert (leakage["same_forcing"].item() == 0) == (name == "calendar.yml")


def test_demo(tmp_path: Path, thetamix: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SIZE", {"clusters": 3, "years": 0.5, "step_hours": 6})
    short = demo.STUDY["training"] | {"epochs": 1, "windows_per_epoch": 300, "hidden": 8}
    monkeypatch.setattr(demo, "STUDY", demo.STUDY | {"training": short, "split": {"block": "20d"}})
    out = tmp_path / "demo"
    said = thetamix("demo", "--out", out, "--workers", "1")
    assert said.code == 0, said.err
    assert said.out.rstrip().endswith("report.html")
    assert "simulating" in said.out
    assert "the study took" in said.out
    scores = read_table(out / "run" / "scores.csv")
    truth = scores.query("forecaster == 'true law' and cluster == 'all' and seed == 'all' and score == 'crps'")
    assert np.isfinite(truth["value"]).all()
    again = thetamix("demo", "--out", out, "--workers", "1")
    assert "simulating" not in again.out
    assert "to do" not in again.out
    assert "simulating" in thetamix("demo", "--out", out, "--seed", "2", "--workers", "1").out


def test_simulate_writes_the_same_bytes_twice(tmp_path: Path, thetamix: Command) -> None:
    for name in ("a", "b"):
        options = [
            "--clusters",
            "3",
            "--years",
            "0.1",
            "--seed",
            "4",
            "--truth",
            tmp_path / f"{name}-truth.nc",
        ]
        assert thetamix("simulate", tmp_path / f"{name}.nc", *options).code == 0
    for name in (".nc", "-truth.nc"):
        assert (tmp_path / f"a{name}").read_bytes() == (tmp_path / f"b{name}").read_bytes()
