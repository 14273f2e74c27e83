"""Gauges that write running totals (SNOTEL, HOBO, Pluvio) and tables with a code among the rain."""

import numpy as np
import pytest
import xarray as xr
import yaml

from .conftest import IMPORT

HOURS = 24 * 120


@pytest.fixture
def gauge(tmp_path, monkeypatch):
    """Write four months of hours with a gauge's column, and return how."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "raw").mkdir()
    stamps = np.datetime64("2021-04-01T01", "h") + np.arange(HOURS)
    texts = [str(stamp).replace("T", " ") + ":00" for stamp in stamps]

    def write(name, columns):
        rows = [",".join(map(str, row)) for row in zip(texts, *columns.values(), strict=True)]
        (tmp_path / "raw" / name).write_text("\n".join([",".join(["time", *columns]), *rows]) + "\n")

    def put(values, **keys):
        write("soil.csv", {"P_A_10": 0.2 + 0.0001 * (np.arange(HOURS) % 100)})
        write("w.csv", {"p": values})
        mapping = {
            "about": {"title": "t", "source": "s"},
            "step": "1h",
            "utc_offset": "+00:00",
            "stamp": "end",
            "sensors": {"names": "(?P<cluster>[^_]+)_(?P<replicate>[A-Z])_(?P<depth>[0-9]+)", "depth_unit": "cm"},
            "soil_moisture": {"file": "soil.csv", "time": "time", "unit": "m3 m-3"},
            "forcing": [
                {
                    "file": "w.csv",
                    "time": "time",
                    "variables": {"precipitation": {"unit": "mm", "column": "p"} | keys},
                }
            ],
        }
        (tmp_path / "m.yml").write_text(yaml.safe_dump(mapping))

    return put


@pytest.fixture
def rain():
    rng = np.random.default_rng(3)
    wet = np.repeat(rng.random(HOURS // 24) < 0.4, 24) & (rng.random(HOURS) < 0.2)
    return np.where(wet, rng.gamma(0.6, 2, HOURS), 0).round(1)


def precipitation():
    with xr.open_dataset("n.nc", engine="netcdf4") as network:
        return network["precipitation"].to_numpy()[0], network.attrs.get("comment", "")


@pytest.mark.parametrize("every", [HOURS, 1000, 24], ids=["never", "water year", "daily"])
@pytest.mark.parametrize("start", [0.0, 412.3])
def test_a_running_total(gauge, thetamix, rain, every, start):
    total = np.concatenate([np.cumsum(rain[at : at + every]) for at in range(0, HOURS, every)]).round(1)
    total[:every] += start
    gauge(total)
    refused = thetamix(*IMPORT)
    assert refused.code == 2
    assert "kind: counter" in refused.err
    gauge(total, kind="counter")
    assert thetamix(*IMPORT).code == 0
    values, comment = precipitation()
    assert np.isnan(values[0])
    assert np.nansum(values) == pytest.approx(rain[1:].sum(), rel=0.01 if every == 24 else 1e-4)
    assert ("set back" in comment) == (every < HOURS)


def test_a_total_beyond_what_can_rain_in_an_hour(gauge, thetamix, rain):
    gauge((3000 + np.cumsum(rain)).round(1))
    refused = thetamix(*IMPORT)
    assert refused.code == 2
    assert "kind: counter" in refused.err


def test_rain_is_no_total(gauge, thetamix, rain):
    gauge(rain)
    assert thetamix(*IMPORT).code == 0
    values, _ = precipitation()
    np.testing.assert_allclose(values, rain, rtol=1e-6)


@pytest.mark.parametrize(("number", "words"), [(6999, "looks like a code"), (4000, "4000 mm h-1, which")])
def test_a_number_that_cannot_be_rain_names_its_line(gauge, thetamix, rain, number, words):
    rain[1000] = number
    gauge(rain)
    refused = thetamix(*IMPORT)
    assert refused.code == 2
    assert "w.csv: column 'p', line 1002" in refused.err
    assert words in refused.err
    assert f"missing: [{number}]" in refused.err


@pytest.mark.parametrize(("name", "unit"), [("precipitation", "mm h-1"), ("potential_evapotranspiration", "mm")])
def test_only_amounts_of_precipitation_are_counted(gauge, thetamix, rain, tmp_path, name, unit):
    gauge(np.cumsum(rain).round(1), kind="counter")
    mapping = yaml.safe_load((tmp_path / "m.yml").read_text())
    variable = mapping["forcing"][0]["variables"].pop("precipitation")
    mapping["forcing"][0]["variables"][name] = variable | {"unit": unit}
    (tmp_path / "m.yml").write_text(yaml.safe_dump(mapping))
    refused = thetamix(*IMPORT)
    assert refused.code == 2
    assert "has no running total" in refused.err


@pytest.mark.parametrize(
    ("name", "unit", "number"),
    [
        ("wind_speed", "km/h", -16091.8),
        ("air_temperature", "degC", -5572.8),
        ("shortwave_radiation", "W m-2", -1266873),
    ],
)
def test_codes_that_a_logger_converted(gauge, thetamix, rain, tmp_path, name, unit, number):
    """-9999 mph in km/h, -9999 degF in degC: github.com/phifogg/ioBroker.sainlogic/issues/180."""
    values = 10 + rain % 5
    values[77] = number
    gauge(values)
    mapping = yaml.safe_load((tmp_path / "m.yml").read_text())
    mapping["forcing"][0]["variables"] = {name: {"unit": unit, "column": "p"}}
    (tmp_path / "m.yml").write_text(yaml.safe_dump(mapping))
    refused = thetamix(*IMPORT)
    assert refused.code == 2
    assert f"column 'p', line 79: {number} is" in refused.err
    assert f"say missing: [{number}]" in refused.err
