"""Tables of sensors as people keep them: codes, numbers without a unit, depths, replaced sensors."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

IMPORT = ("import", "csv", "raw", "--mapping", "m.yml", "-o", "n.nc")


def say(**keys):
    """Change keys of a mapping's table of sensors, or of its top where they stand there."""
    path = Path("m.yml")
    mapping = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key, value in keys.items():
        (mapping if key in mapping else mapping["sensors"])[key] = value
    path.write_text(yaml.safe_dump(mapping), encoding="utf-8")


def network():
    with xr.open_dataset("n.nc", engine="netcdf4") as data:
        return data.load()


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("50.1,6,-9999,20", ("column 'z', line 3", "missing: [-9999]")),
        ("50.1,6,-99.9,20", ("column 'z', line 3", "missing: [-99.9]")),
        ("50.1,6,9999,20", ("column 'z', line 3", "missing: [9999]")),
        ("50.1,6,35000,20", ("column 'z', line 3", "35000 is 35000 m, which elevation cannot be")),
        ("50.1,6,400,-9999", ("column 'clay', line 3", "missing: [-9999]")),
        ("-9999,-9999,400,20", ("column 'lat', line 3", "missing: [-9999]")),
    ],
)
def test_codes_among_the_attributes(case, thetamix, cells, words):
    folder = case("csv-elevation-9999")
    table = (folder / "raw/sensors.csv").read_text().replace("50.1,6,-9999,-9999", cells)
    (folder / "raw/sensors.csv").write_text(table)
    refused = thetamix(*IMPORT)
    assert refused.code == 2
    for word in words:
        assert word in refused.err


def test_a_code_that_the_mapping_names_is_missing(case, thetamix):
    case("csv-elevation-9999")
    say(missing=[-9999])
    assert thetamix(*IMPORT).code == 0
    assert network()["elevation"].to_numpy().tolist()[0] == 350
    assert np.isnan(network()["elevation"].to_numpy()[1])
    assert np.isnan(network()["clay"].to_numpy()[1])


@pytest.mark.parametrize(
    ("porosity", "unit", "words"),
    [
        ("1.75", "1", "1.75 is 1.75 1, which porosity cannot be"),
        ("-9999", "1", "missing: [-9999]"),
        ("45", "1", "which porosity cannot be; correct it, or its unit"),
        ("0.45", "percent", "0.45 is 0.0045 1, which porosity cannot be"),
    ],
)
def test_a_porosity_that_would_flag_every_reading(case, thetamix, porosity, unit, words):
    folder = case("csv-elevation-9999")
    table = (folder / "raw/sensors.csv").read_text().replace("-9999,-9999", f"400,{porosity}")
    (folder / "raw/sensors.csv").write_text(table.replace("350,20", "350," + ("0.5" if unit == "1" else "50")))
    say(attributes={"porosity": {"column": "clay", "unit": unit}})
    refused = thetamix(*IMPORT)
    assert refused.code == 2
    assert words in refused.err
    assert "column 'clay', line 3" in refused.err


def five_clusters(folder: Path, extra: list[str], header: str = "x") -> None:
    """Write a table of five clusters with a column more, and readings of as many sensors."""
    rows = [f"s{n},c{n},A,10,50.{n},6,{100 + n},{text}" for n, text in enumerate(extra)]
    names = [f"s{n}" for n in range(len(extra))]
    (folder / "raw/sensors.csv").write_text(f"sensor,cluster,replicate,depth,lat,lon,z,{header}\n" + "\n".join(rows))
    lines = [f"2021-01-01 {hour:02d}:00," + ",".join(["0.2"] * len(extra)) for hour in range(1, 20)]
    (folder / "raw/soil.csv").write_text(",".join(["time", *names]) + "\n" + "\n".join(lines) + "\n")


def test_numbers_without_a_unit_are_numbers(case, thetamix):
    folder = case("csv-elevation-9999")
    five_clusters(folder, ["1.5", "2.25", "3", "NA", "5"])
    say(attributes={"slope": "x"}, missing=[-9999])
    run = thetamix(*IMPORT)
    assert run.code == 0
    np.testing.assert_array_equal(network()["slope"], [1.5, 2.25, 3, np.nan, 5])
    assert "attribute slope is read as numbers; say its unit, or kind: text" in run.out + run.err
    say(attributes={"slope": {"column": "x", "kind": "text"}})
    run = thetamix(*IMPORT)
    assert run.code == 0
    assert network()["slope"].to_numpy().tolist() == ["1.5", "2.25", "3", "", "5"]


def test_a_text_that_names_the_cluster_is_told(case, thetamix):
    folder = case("csv-elevation-9999")
    five_clusters(folder, ["Upper field", "Lower field", "Forest", "Meadow", "Ditch"])
    say(attributes={"field": "x"}, missing=[-9999])
    run = thetamix(*IMPORT)
    assert "attribute field is another text in each of the 5 clusters" in run.out + run.err
    five_clusters(folder, ["field", "field", "forest", "meadow", "meadow"])
    run = thetamix(*IMPORT)
    assert "another text" not in run.out + run.err


@pytest.mark.parametrize("constants", [{"elevation": -9999}, {"porosity": 1.75}, {"clay": -999}])
def test_constants_are_judged_too(case, thetamix, constants):
    case("depth-m-as-cm")
    mapping = yaml.safe_load(Path("m.yml").read_text())
    mapping["sensors"]["depth"]["unit"] = "m"
    Path("m.yml").write_text(yaml.safe_dump(mapping | {"constants": constants}))
    refused = thetamix(*IMPORT)
    assert refused.code == 2
    assert f"constants.{next(iter(constants))}" in refused.err
