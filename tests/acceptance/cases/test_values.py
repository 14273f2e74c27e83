"""Numbers as loggers and people write them: codes, percent, counts, units that change on the way."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

from .conftest import IMPORT, change_mapping

say = partial(change_mapping, "soil_moisture")


def readings():
    """Return the readings of the network that was written."""
    with xr.open_dataset("n.nc", engine="netcdf4") as network:
        return network["soil_moisture"].load(), network.attrs.get("comment", "")


def test_the_code_of_a_lost_sensor_is_missing(case, thetamix):
    case("hobo-888")
    done = thetamix(*IMPORT)
    assert done.code == 0
    assert "of the readings of 2 sensors missing" in done.out
    values, _ = readings()
    assert int(np.isnan(values).sum()) == 150
    assert float(values.max()) < 0.5


def test_a_code_is_refused_and_missing_where_the_mapping_names_it(case, thetamix):
    case("cs650-9999999")
    refused = thetamix(*IMPORT)
    assert refused.code == 2
    assert "column 'P_B_10', line 102" in refused.err
    assert "missing: [9999999]" in refused.err
    say(missing=[9999999])
    assert thetamix(*IMPORT).code == 0
    values, _ = readings()
    assert int(np.isnan(values).sum()) == 150
    assert float(values.max()) < 0.5


@pytest.mark.parametrize("unit", ["percent", "m3 m-3"])
@pytest.mark.parametrize("code", [-9.999, -888.888, 7999, 65535, -9999.9, -1000, 99999, 9.96921e36, -77.5, 12345.678])
def test_no_code_becomes_a_reading(case, thetamix, unit, code):
    folder = case("sentinels")
    table = (folder / "raw/soil.csv").read_text()
    factor = 1 if unit == "percent" else 100
    rows = [line.split(",") for line in table.splitlines()]
    rows = [rows[0]] + [[time, f"{float(a) / factor:.4f}", f"{float(a) / factor:.4f}"] for time, a, _ in rows[1:]]
    for row in rows[31:36]:
        row[2] = f"{code:.9g}"
    (folder / "raw/soil.csv").write_text("\n".join(map(",".join, rows)) + "\n")
    say(unit=unit)
    refused = thetamix(*IMPORT)
    assert refused.code == 2, refused.out
    assert "sensor 'P_B_10'" in refused.err or "column 'P_B_10', line 32" in refused.err
    assert "missing: [" in refused.err
    say(missing=[float(f"{code:.9g}")])
    assert thetamix(*IMPORT).code == 0
    values, _ = readings()
    assert int(np.isnan(values).sum()) == 5


def test_a_single_number_that_cannot_be_is_missing_and_told(case, thetamix):
    case("sentinels")
    run = thetamix(*IMPORT)
    assert run.code == 0
    assert "sensor 'P_B_10': 1 number(s) that cannot be soil moisture are missing: 9.96921e+36" in run.err + run.out
    assert int(np.isnan(readings()[0]).sum()) == 1


def test_readings_that_soil_hardly_has_are_kept_as_read_and_told(case, thetamix):
    folder = case("sentinels")
    table = (folder / "raw/soil.csv").read_text().replace("9.96921e+36", "-77.5")
    (folder / "raw/soil.csv").write_text(table)
    assert thetamix(*IMPORT).code == 0
    values, comment = readings()
    assert float(values.min()) == pytest.approx(-0.775)
    assert (
        "sensor 'P_B_10': 1 reading(s) below -0.5 or above 1.1 m3 m-3, which no soil has, are kept as read" in comment
    )


def test_percent_of_a_desert(case, thetamix):
    case("desert-percent")
    run = thetamix(*IMPORT)
    assert run.code == 0
    assert "very dry" in run.err + run.out
    values, _ = readings()
    assert values.isel(time=0, replicate=0).item() == pytest.approx(0.009)


def test_fractions_called_percent_of_a_wetter_soil(case, thetamix):
    folder = case("desert-percent")
    rows = [line.split(",") for line in (folder / "raw/soil.csv").read_text().splitlines()]
    rows[1:] = [[time, *(f"{float(value) / 4:.4f}" for value in values)] for time, *values in rows[1:]]
    (folder / "raw/soil.csv").write_text("\n".join(map(",".join, rows)) + "\n")
    refused = thetamix(*IMPORT)
    assert refused.code == 2
    assert "where these are fractions, say unit: m3 m-3" in refused.err
    assert "linear: [0, 0.01]" in refused.err
    say(unit="m3 m-3", linear=[0, 0.01])
    assert thetamix(*IMPORT).code == 0
    assert readings()[0].isel(time=0, replicate=0).item() == pytest.approx(0.00225)


@pytest.mark.parametrize("unit", ["percent", "m3 m-3"])
def test_raw_counts_are_told_as_such(case, thetamix, unit):
    case("units-mm-counts")
    say(unit=unit)
    refused = thetamix(*IMPORT)
    assert refused.code == 2
    assert "raw counts of a probe" in refused.err
    assert "linear: [a, b]" in refused.err
    assert "looks like percent" not in refused.err
    say(unit="m³/m³", linear=[-0.3, 3e-4])
    assert thetamix(*IMPORT).code == 0
    assert float(readings()[0].isel(time=0).max()) == pytest.approx(-0.3 + 3e-4 * 1500)
    say(linear=[0, 3e-3])
    wrong = thetamix(*IMPORT)
    assert wrong.code == 2
    assert "correct linear" in wrong.err


def test_millimetres_and_tensions_are_told(case, thetamix):
    case("units-mm-counts")
    for unit, words in (("mm", "1/THICKNESS IN MM"), ("kPa", "a tension"), ("mV", "before its calibration")):
        say(unit=unit)
        refused = thetamix(*IMPORT)
        assert refused.code == 2
        assert words in refused.err


@pytest.mark.parametrize("unit", ["percent", "m3 m-3"])
@pytest.mark.parametrize("strange", [slice(300, 500), slice(0, 100), slice(200, 350)])
def test_a_logger_that_went_from_percent_to_fractions_or_back(case, thetamix, unit, strange):
    folder = case("units-mm-counts")
    percent = 20 + 3 * np.sin(np.arange(500) / 60)
    written = percent if unit == "percent" else percent / 100
    factor = np.ones(500)
    factor[strange] = 0.01 if unit == "percent" else 100
    hours = np.datetime64("2021-01-01T01", "h") + np.arange(500)
    lines = [
        f"{str(hour).replace('T', ' ')}:00,{value:.7g}" for hour, value in zip(hours, written * factor, strict=True)
    ]
    (folder / "raw/soil.csv").write_text("time,P_A_10\n" + "\n".join(lines) + "\n")
    say(unit=unit)
    run = thetamix(*IMPORT)
    assert run.code == 0
    values, comment = readings()
    np.testing.assert_allclose(values.to_numpy().ravel(), percent / 100, rtol=1e-4)
    moment = str(hours[strange.start or strange.stop]).replace("T", " ") + ":00 UTC"
    span = f"from {moment} on" if strange.start else f"before {moment}"
    what = "fractions, no percent" if unit == "percent" else "percent, no fractions"
    assert comment == f"sensor 'P_A_10': {span} its readings are {what}, and are converted as such"


def test_a_level_that_changes_by_another_factor_is_only_told(case, thetamix):
    folder = case("units-mm-counts")
    hours = np.datetime64("2021-01-01T00", "h") + np.arange(400)
    values = np.where(np.arange(400) < 300, 20.0, 0.3) + 0.0001 * np.arange(400)
    lines = [f"{str(hour).replace('T', ' ')}:00,{value:.5f}" for hour, value in zip(hours, values, strict=True)]
    (folder / "raw/soil.csv").write_text("time,P_A_10\n" + "\n".join(lines) + "\n")
    assert thetamix(*IMPORT).code == 0
    network, comment = readings()
    np.testing.assert_allclose(network.to_numpy().ravel(), values / 100, rtol=1e-4)
    assert "from 2021-01-13 12:00 UTC on its readings are 60.7 times smaller" in comment


def test_a_sensor_with_fractions_among_sensors_with_percent(case, thetamix):
    """As in github.com/bpbond/cosore/issues/240, where some data sets have percent and others fractions."""
    folder = case("desert-percent")
    rows = [line.split(",") for line in (folder / "raw/soil.csv").read_text().splitlines()]
    rows[1:] = [[time, f"{20 * float(a):.3f}", f"{0.25 * float(b):.4f}"] for time, a, b in rows[1:]]
    (folder / "raw/soil.csv").write_text("\n".join(map(",".join, rows)) + "\n")
    run = thetamix(*IMPORT)
    assert run.code == 0
    assert "sensor(s) P_B_10 have medians below 0.01 m3 m-3 as unit 'percent' is understood" in run.out + run.err


def test_a_sensor_with_percent_among_sensors_with_fractions(case, thetamix):
    folder = case("desert-percent")
    rows = [line.split(",") for line in (folder / "raw/soil.csv").read_text().splitlines()]
    tables = {"a": [[time, f"{0.2 * float(a):.4f}"] for time, a, _ in rows[1:]]}
    tables["b"] = [[time, f"{20 * float(b):.3f}"] for time, _, b in rows[1:]]
    both = [[*a, b] for a, (_, b) in zip(tables["a"], tables["b"], strict=True)]
    for name, columns in {
        "soil": [rows[0], *both],
        "a": [rows[0][:2], *tables["a"]],
        "b": [rows[0][::2], *tables["b"]],
    }.items():
        (folder / f"raw/{name}.csv").write_text("\n".join(map(",".join, columns)) + "\n")
    say(unit="m3 m-3")
    refused = thetamix(*IMPORT)
    assert refused.code == 2
    assert "this looks like percent; but 'P_A_10' has fractions. Put them into a file of their own" in refused.err
    mapping = yaml.safe_load(Path("m.yml").read_text(encoding="utf-8"))
    table = mapping["soil_moisture"]
    mapping["soil_moisture"] = [table | {"file": "a.csv"}, table | {"file": "b.csv", "unit": "percent"}]
    Path("m.yml").write_text(yaml.safe_dump(mapping), encoding="utf-8")
    assert thetamix(*IMPORT).code == 0
    first = readings()[0].isel(time=0).to_numpy().ravel()
    np.testing.assert_allclose(first, [float(both[0][1]), float(both[0][2]) / 100], rtol=1e-6)


def test_water_by_mass(case, thetamix):
    """As in github.com/Envirometrix/LandGISmaps/issues/15: percent by weight, times the bulk density."""
    case("units-mm-counts")
    say(unit="% w/w")
    refused = thetamix(*IMPORT)
    assert refused.code == 2
    assert "multiplied by the bulk density" in refused.err
    say(unit="percent", linear=[0, 0.013])
    assert thetamix(*IMPORT).code == 0
    assert readings()[0].isel(time=0).max().item() == pytest.approx(1500 * 0.013 / 100)


@pytest.mark.parametrize(("code", "times", "told"), [("-9.99", 20, True), ("99.9", 20, True), ("99.9", 3, False)])
def test_a_number_that_soil_hardly_has_again_and_again(case, thetamix, code, times, told):
    folder = case("sentinels")
    rows = (folder / "raw/soil.csv").read_text().replace("9.96921e+36", "20").splitlines()
    rows[10 : 10 + times] = [",".join([*row.split(",")[:2], code]) for row in rows[10 : 10 + times]]
    (folder / "raw/soil.csv").write_text("\n".join(rows) + "\n")
    assert thetamix(*IMPORT).code == 0
    values, comment = readings()
    assert int(np.isclose(values, float(code) / 100).sum()) == times
    assert (f"sensor 'P_B_10': {code} stands {times} times" in comment) == told
