"""Tables of sensors as people keep them: codes, numbers without a unit, depths, replaced sensors."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

from .conftest import IMPORT, change_mapping

say = partial(change_mapping, "sensors")


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
        ("1.75", "1", "1.75 is 1.75, which porosity cannot be"),
        ("-9999", "1", "missing: [-9999]"),
        ("45", "1", "which porosity cannot be; correct it, or its unit"),
        ("0.45", "percent", "0.45 is 0.0045, which porosity cannot be"),
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


def test_a_text_among_numbers_is_told(case, thetamix):
    folder = case("csv-elevation-9999")
    five_clusters(folder, ["1.5", "2.25", "<5", "3", "5"])
    say(attributes={"slope": "x"}, missing=[-9999])
    run = thetamix(*IMPORT)
    assert "attribute slope is read as texts, though most are numbers, for '<5' is none" in run.out + run.err
    say(missing=[-9999, "<5"])
    assert thetamix(*IMPORT).code == 0
    np.testing.assert_array_equal(network()["slope"], [1.5, 2.25, np.nan, 3, 5])


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


def sensors(folder: Path, rows: str) -> None:
    (folder / "raw/sensors.csv").write_text(rows)


def test_metres_called_centimetres(case, thetamix):
    case("depth-m-as-cm")
    refused = thetamix(*IMPORT)
    assert refused.code == 2
    assert "column 'depth', line 2: 0.05 cm is 0.0005 m, where no sensor can be: is the unit m?" in refused.err
    say(depth={"column": "depth", "unit": "m"})
    assert thetamix(*IMPORT).code == 0
    assert network()["depth"].to_numpy().tolist() == [0.05, 0.2]


def test_replicates_at_5_6_and_7_cm_are_at_one_depth(case, thetamix):
    case("unequal-depths")
    run = thetamix(*IMPORT)
    assert run.code == 0
    data = network()
    assert data.sizes["depth"] == 1
    assert data.sizes["replicate"] == 3
    assert np.isfinite(data["soil_moisture"]).all()
    assert data["sensor_depth"].to_numpy().ravel().tolist() == pytest.approx([0.05, 0.06, 0.07])
    assert "depths of 0.05, 0.06, 0.07 m are taken for one, 0.05 m" in run.out + run.err


def test_inches_beside_centimetres(case, thetamix):
    folder = case("unequal-depths")
    sensors(folder, "sensor,cluster,replicate,depth\na,P,A,5\nb,P,B,5.08\nc,P,C,5\n")
    assert thetamix(*IMPORT).code == 0
    assert network()["depth"].to_numpy().tolist() == [0.05]


def test_a_profile_with_both_depths_keeps_them_apart(case, thetamix):
    folder = case("unequal-depths")
    sensors(folder, "sensor,cluster,replicate,depth\na,P,A,5\nb,P,A,6\nc,P,B,7\n")
    assert thetamix(*IMPORT).code == 0
    assert network()["depth"].to_numpy().tolist() == [0.05, 0.06, 0.07]


def test_nominal_depths_of_the_mapping_keep_them_apart(case, thetamix):
    case("unequal-depths")
    mapping = yaml.safe_load(Path("m.yml").read_text())
    Path("m.yml").write_text(
        yaml.safe_dump(mapping | {"depths": {"nominal": [0.05, 0.06, 0.07], "tolerance": 0.001}})
    )
    assert thetamix(*IMPORT).code == 0
    assert network()["depth"].to_numpy().tolist() == [0.05, 0.06, 0.07]


@pytest.mark.parametrize(
    ("depths", "expected", "words"),
    [
        (("0-10", "10-30", "30-50"), [0.05, 0.2, 0.4], "are taken at their middle"),
        (("0 – 10", "20", "40"), [0.05, 0.2, 0.4], "depths that are ranges (0 – 10 cm) are taken at their middle"),
        (("-5", "-20", "-40"), [0.05, 0.2, 0.4], "all depths are negative, -5 for instance"),
        (("5", "-20", "-40"), "'-20' is no depth", ""),
        (("5", "-9999", "20"), "looks like a code for a missing value", ""),
        (("-9999", "-9999", "-9999"), "looks like a code for a missing value", ""),
    ],
)
def test_ranges_and_heights(case, thetamix, depths, expected, words):
    folder = case("unequal-depths")
    rows = [f"{name},P,A,{depth}" for name, depth in zip("abc", depths, strict=True)]
    sensors(folder, "\n".join(["sensor,cluster,replicate,depth", *rows, ""]))
    say(missing=[])
    run = thetamix(*IMPORT)
    if isinstance(expected, str):
        assert run.code == 2
        assert expected in run.err
        return
    assert run.code == 0
    assert network()["depth"].to_numpy().tolist() == pytest.approx(expected)
    assert words in run.out + run.err


def replaced(folder: Path, rows: str) -> None:
    """Write 2,000 hours of three sensors: sn207 begins where sn100 ends, and sn101 reads throughout."""
    hours = np.arange(2000)
    stamps = np.datetime64("2021-01-01T01", "h") + hours
    first = [f"{0.2 + 1e-5 * hour:.5f}" if hour < 1000 else "" for hour in hours]
    second = [f"{0.3 + 1e-5 * hour:.5f}" if hour >= 1010 else "" for hour in hours]
    lines = [
        f"{str(stamp).replace('T', ' ')}:00,{a},{b},{0.23 + 1e-5 * hour:.5f}"
        for stamp, a, b, hour in zip(stamps, first, second, hours, strict=True)
    ]
    (folder / "raw/soil.csv").write_text("\n".join(["time,sn100,sn207,sn101", *lines, ""]))
    sensors(folder, rows)


def test_a_sensor_that_replaced_another_goes_on_with_its_series(case, thetamix):
    folder = case("unequal-depths")
    rows = "sensor,cluster,replicate,depth,since,until\nsn100,P,A,10,,2021-02-11\nsn207,P,A,10,2021-02-12,\n"
    replaced(folder, rows + "sn101,P,B,10,,\n")
    say(**{"from": "since", "to": "until"})
    run = thetamix(*IMPORT)
    assert run.code == 0
    data = network()
    values = data["soil_moisture"].to_numpy()[0, 0]
    assert int(np.isfinite(values).all(axis=0).sum()) == 1990
    assert values[0, 999] == pytest.approx(0.20999)
    assert values[0, 1010] == pytest.approx(0.3101)
    assert data["sensor_id"].to_numpy().ravel().tolist() == ["sn100 > sn207", "sn101"]
    assert "sn100 to 2021-02-11, sn207 from 2021-02-12" in data.attrs["comment"]


def test_without_days_the_successor_is_asked_for(case, thetamix):
    folder = case("unequal-depths")
    replaced(folder, "sensor,cluster,replicate,depth\nsn100,P,A,10\nsn207,P,C,10\nsn101,P,B,10\n")
    run = thetamix(*IMPORT)
    assert run.code == 0
    assert "P at 0.1 m: sn207 begins after sn100 ends: did it replace it?" in run.out + run.err
    replaced(folder, "sensor,cluster,replicate,depth\nsn100,P,A,10\nsn207,P,A,10\nsn101,P,B,10\n")
    refused = thetamix(*IMPORT)
    assert refused.code == 2
    assert "sensors.from and sensors.to" in refused.err


def test_sensors_that_overlap_are_refused_with_both_rows(case, thetamix):
    folder = case("unequal-depths")
    rows = "sensor,cluster,replicate,depth,since,until\nsn100,P,A,10,,2021-02-20\nsn207,P,A,10,2021-02-12,\n"
    replaced(folder, rows + "sn101,P,B,10,,\n")
    say(**{"from": "since", "to": "until"})
    refused = thetamix(*IMPORT)
    assert refused.code == 2
    words = "P, 0.1 m, replicate A: sn100 to 2021-02-20 (line 2) and sn207 from 2021-02-12 (line 3) overlap"
    assert words in refused.err


def test_a_sensor_that_moved(case, thetamix):
    folder = case("unequal-depths")
    rows = "sensor,cluster,replicate,depth,since,until\nsn101,P,A,10,,2021-01-31\nsn101,Q,A,30,2021-02-10,\n"
    replaced(folder, rows + "sn100,P,B,10,,\nsn207,Q,B,30,,\n")
    say(**{"from": "since", "to": "until"})
    run = thetamix(*IMPORT)
    assert run.code == 0
    values = network()["soil_moisture"].sel(replicate=0).to_numpy()
    expected = np.float32(0.23 + 1e-5 * np.arange(2000))
    ends = np.datetime64("2021-01-01T01", "h") + np.arange(2000)
    before, after = ends <= np.datetime64("2021-02-01T00", "h"), ends > np.datetime64("2021-02-10T00", "h")
    np.testing.assert_allclose(values[0, 0], np.where(before, expected, np.nan), rtol=1e-5)
    np.testing.assert_allclose(values[1, 1], np.where(after, expected, np.nan), rtol=1e-5)
    lost = int((~before & ~after).sum())
    assert f"sensor 'sn101': {lost} reading(s) before its from or after its to are left out" in run.out + run.err


@pytest.mark.parametrize(
    ("until", "words"), [("11.02.2021", "'11.02.2021' is no day; write"), ("2020-01-01", "is before")]
)
def test_days_that_are_none(case, thetamix, until, words):
    folder = case("unequal-depths")
    rows = f"sensor,cluster,replicate,depth,since,until\nsn100,P,A,10,2021-01-01,{until}\n"
    replaced(folder, rows)
    say(**{"from": "since", "to": "until"})
    refused = thetamix(*IMPORT)
    assert refused.code == 2
    assert words in refused.err
    assert "column 'until', line 2" in refused.err


def test_times_of_a_swap_leave_out_what_a_sensor_read_on_the_table(case, thetamix):
    """As in github.com/GeoNet/delta/pull/1668: the last reading before the swap is that of a sensor in the air."""
    folder = case("unequal-depths")
    rows = "sensor,cluster,replicate,depth,since,until\nsn100,P,A,10,,2021-02-11 13:30\n"
    replaced(folder, rows + "sn207,P,A,10,2021-02-11 15:41,\nsn101,P,B,10,,\n")
    say(**{"from": "since", "to": "until"})
    run = thetamix(*IMPORT)
    assert run.code == 0
    values = network()["soil_moisture"].to_numpy()[0, 0, 0]
    last = int((np.datetime64("2021-02-11T13", "h") - np.datetime64("2021-01-01T01", "h")).astype(int))
    assert np.isfinite(values[last])
    assert np.isnan(values[last + 1 : 1010]).all()
    assert f"sensor 'sn100': {1000 - last - 1} reading(s) before its from or after its to" in run.out + run.err
