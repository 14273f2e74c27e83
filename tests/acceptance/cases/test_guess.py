"""The first mapping of files with preambles, without headers, with units in names; and what is not understood."""

from collections.abc import Callable
from pathlib import Path

import pytest
import xarray as xr
import yaml

HOURS = [f"2021-01-01 {hour:02d}:00" for hour in range(24)]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("raw").mkdir()


def table(name: str, header: str, row: str, encoding: str = "utf-8") -> None:
    """Write hours of rows; `row` has {time} and {n}."""
    rows = "".join(row.format(time=hour, n=n) + "\n" for n, hour in enumerate(HOURS))
    Path("raw", name).write_text(header + rows, encoding=encoding)


def guessed(thetamix) -> tuple[dict, str]:
    said = thetamix("import", "csv", "raw", "--guess")
    assert said.code == 0, said.err
    return yaml.safe_load(said.out), said.out


def test_ameriflux_with_its_preamble(case: Callable[[str], Path], thetamix):
    folder = case("guess-used")
    keys, text = guessed(thetamix)
    soil = keys["soil_moisture"][0]
    assert soil["comment"] == ["#"]
    assert (soil["time"], soil["time_format"], soil["unit"]) == ("TIMESTAMP_END", "%Y%m%d%H%M", "percent")
    assert (keys["step"], keys["stamp"], keys["missing"]) == ("30min", "end", [-9999])
    assert set(keys["forcing"][0]["variables"]) == {"precipitation", "air_temperature"}
    # SWC_1_2_1: no depth is in it. What is wanting is told, line by line, and enough when it is filled in.
    assert '#   "SWC_1_2_1",TODO,C,TODO' in text
    assert "SWC_F_MDS_1_QC" not in text
    (folder / "raw" / "sensors.csv").write_text(
        "sensor,cluster,replicate,depth\nSWC_1_1_1,a,A,10\nSWC_2_1_1,a,B,10\nSWC_1_2_1,a,A,20\n"
    )
    (folder / "g.yml").write_text(guessed(thetamix)[1])
    said = thetamix("import", "csv", "raw", "--mapping", "g.yml", "-o", "n.nc")
    assert said.code == 0, said.err


def test_an_empty_part_of_a_mapping_is_told_in_words(thetamix):
    table("soil.csv", "time,a\n", "{time},0.2")
    Path("m.yml").write_text(
        "about: {title: t, source: s}\nstep: 1h\nsensors: {names: '(?P<cluster>a)(?P<depth>1)', depth_unit: cm}\n"
        "soil_moisture:\n"
    )
    said = thetamix("import", "csv", "raw", "--mapping", "m.yml", "-o", "n.nc")
    assert said.code == 2
    assert "soil_moisture.0: is empty; write its keys below it" in said.err
    assert "SeriesTable" not in said.err


def test_what_is_not_understood_is_told_file_by_file(thetamix):
    Path("raw/notes.txt").write_text("Dear all,\n\nthe sensors were moved, see the photo.\nBest\n")
    table("weather.csv", "time,rain_mm,longwave\n", "{time},0.{n},310")
    said = thetamix("import", "csv", "raw", "--guess")
    assert said.code == 2
    assert said.out == ""
    assert "notes.txt: its rows are not alike" in said.err
    assert "weather.csv: weather only (precipitation)" in said.err


def test_a_file_without_header_that_is_not_familiar_is_told(thetamix):
    table("x.csv", "", "{time},0.{n},5.1")
    said = thetamix("import", "csv", "raw", "--guess")
    assert said.code == 2
    assert "x.csv: it has no header" in said.err


def test_depths_of_ten_are_no_metres(thetamix):
    table("soil.csv", "time,p1,p2\n", "{time},0.2{n},0.3{n}")
    Path("raw/sensors.csv").write_text("sensor,site,depth,longwave,lon\np1,A,10,3,6.1\np2,A,50,3,6.1\n")
    keys, _ = guessed(thetamix)
    assert keys["sensors"]["depth"] == {"column": "depth", "unit": "cm"}
    assert keys["sensors"]["longitude"] == "lon"


@pytest.mark.parametrize(
    ("label", "unit", "value"),
    [
        ("VWC_10cm [m3/m3]", "m3 m-3", "0.2{n}"),
        ("VWC_10cm (cm^3/cm^3)", "m3 m-3", "0.2{n}"),
        ("VWC_%_10cm", "percent", "0.9"),  # as dry as that: the name decides, not the numbers
        ("Bodenfeuchte 10 cm [Vol.-%]", "percent", "2.{n}"),
        ("Soil moisture 10 cm", "percent", "2.{n}"),
    ],
)
def test_the_unit_is_that_of_the_header(thetamix, label, unit, value):
    table("P1.csv", f"time,{label}\n", "{time}," + value)
    keys, text = guessed(thetamix)
    assert keys["soil_moisture"][0]["unit"] == unit
    Path("g.yml").write_text(text)
    said = thetamix("import", "csv", "raw", "--mapping", "g.yml", "-o", "n.nc")
    assert said.code == 0, said.err
    assert "1 clusters, 1 depths, 1 replicates" in said.out


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_an_encoding_is_guessed(thetamix, encoding):
    table("P1.csv", "time;θ 10cm µ°\n".replace("θ", "vwc"), "{time};0,2{n}", encoding)
    keys, text = guessed(thetamix)
    assert {key: keys["soil_moisture"][0][key] for key in ("encoding", "delimiter", "decimal")} == {
        "encoding": encoding,
        "delimiter": ";",
        "decimal": ",",
    }
    Path("g.yml").write_text(text, encoding="utf-8")
    said = thetamix("import", "csv", "raw", "--mapping", "g.yml", "-o", "n.nc")
    assert said.code == 0, said.err


def test_only_the_beginning_of_a_large_file_is_read(thetamix):
    table("P1.csv", "time,vwc_10cm\n", "{time},0.2{n}")
    with Path("raw/P1.csv").open("a") as file:
        file.write("2021-01-02 00:00,0.25\n" * 50_000)
        file.write("this is no row; nobody comes so far\n")
    keys, _ = guessed(thetamix)
    assert "comment" not in keys["soil_moisture"][0]


def test_a_row_of_units_and_a_foot_are_guessed(thetamix):
    table("P1.csv", "time,vwc_10cm\nYYYY-MM-DD hh:mm,m3/m3\n", "{time},0.2{n}")
    with Path("raw/P1.csv").open("a") as file:
        file.write("Total,\n")
    keys, text = guessed(thetamix)
    soil = keys["soil_moisture"][0]
    assert (soil["first_line"], soil["comment"], soil["unit"]) == (3, ["Total"], "m3 m-3")
    Path("g.yml").write_text(text)
    assert thetamix("import", "csv", "raw", "--mapping", "g.yml", "-o", "n.nc").code == 0


@pytest.mark.parametrize(("depths", "unit", "metres"), [((10, 50), "cm", "0.1, 0.5"), ((0.1, 0.5), "m", "0.1, 0.5")])
def test_depths_in_the_rows_of_a_long_table(thetamix, depths, unit, metres):
    lines = [f"{hour},{site},{depth},0.2{n}" for n, hour in enumerate(HOURS) for site in "ab" for depth in depths]
    Path("raw/long.csv").write_text("\n".join(["time,site,depth,vwc", *lines]) + "\n")
    keys, text = guessed(thetamix)
    assert keys["sensors"]["depth_unit"] == unit
    Path("g.yml").write_text(text)
    said = thetamix("import", "csv", "raw", "--mapping", "g.yml", "-o", "n.nc")
    assert said.code == 0, said.err
    assert "2 clusters, 2 depths, 1 replicates" in said.out
    with xr.open_dataset("n.nc", engine="netcdf4") as network:
        assert ", ".join(f"{depth:g}" for depth in network["depth"].to_numpy()) == metres


def test_a_toa5_file_whose_header_does_not_fit_its_rows(thetamix):
    above = '"TOA5","s","CR1000"\n"TIMESTAMP","RECORD","VWC"\n"TS","RN",""\n"","","Smp"\n'
    table("a.dat", above, '"{time}",{n},0.2,0.3')
    said = thetamix("import", "csv", "raw", "--guess")
    assert said.code == 2
    assert "a.dat: its header has 3 names, its rows have 4 fields" in said.err


def test_a_toa5_file_whose_line_of_units_is_short(thetamix):
    above = '"TOA5","s","CR1000"\n"TIMESTAMP","RECORD","VWC_10_Avg"\n"TS"\n"","","Avg"\n'
    table("a.dat", above, '"{time}",{n},0.2')
    assert guessed(thetamix)[0]["soil_moisture"]
