"""Clocks and times of tables as loggers, people and spreadsheets write them: every time is right, or told.

Readings are numbered by hour, UTC: a reading at a wrong time shows as a wrong number.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from thetamix.readers.tables.files import text_blocks

NAMES = r"(?P<cluster>[^_]+)_(?P<replicate>[A-Z])_(?P<depth>\d+)"
START = pd.Timestamp("2021-01-01")


def readings(utc: pd.DatetimeIndex) -> np.ndarray:
    """Readings that tell their time: each is its own within a record of a year."""
    return 0.1 + np.asarray((utc - START) / pd.Timedelta("1h")) * 1e-5


class Folder:
    """Tables, a mapping, and what the command line makes of them."""

    def __init__(self, path: Path, thetamix: Callable[..., Any]) -> None:
        self.path, self.thetamix = path, thetamix
        (path / "raw").mkdir()
        self.soil: dict[str, Any] = {"file": "soil.csv", "time": "time", "unit": "m3 m-3"}
        self.mapping: dict[str, Any] = {
            "about": {"title": "t", "source": "s"},
            "step": "1h",
            "stamp": "end",
            "sensors": {"names": NAMES, "depth_unit": "cm"},
            "soil_moisture": self.soil,
        }

    def write(self, stamps: Any, values: Any, name: str = "soil.csv", column: str = "P_A_10") -> None:
        pd.DataFrame({"time": stamps, column: np.round(values, 6)}).to_csv(self.path / "raw" / name, index=False)

    def run(self) -> Any:
        (self.path / "m.yml").write_text(yaml.safe_dump(self.mapping, sort_keys=False))
        out = self.path / "n.nc"
        out.unlink(missing_ok=True)
        return self.thetamix("import", "csv", self.path / "raw", "--mapping", self.path / "m.yml", "-o", out)

    def read(self) -> tuple[pd.Series, str]:
        """Return the readings of the first sensor and what the command said."""
        ended = self.run()
        assert ended.code == 0, ended.err
        with xr.open_dataset(self.path / "n.nc", engine="netcdf4") as network:
            series = network["soil_moisture"].isel(cluster=0, depth=0, replicate=0).to_pandas()
        return series, " ".join((ended.out + ended.err).split())

    def refused(self) -> str:
        ended = self.run()
        assert ended.code == 2
        assert "Traceback" not in ended.err
        assert not (self.path / "n.nc").exists()
        return " ".join(ended.err.split())


@pytest.fixture
def folder(tmp_path: Path, thetamix: Callable[..., Any]) -> Folder:
    return Folder(tmp_path, thetamix)


def local(utc: pd.DatetimeIndex, zone: str) -> pd.Index:
    return utc.tz_localize("UTC").tz_convert(zone).strftime("%Y-%m-%d %H:%M")


def right(series: pd.Series, utc: pd.DatetimeIndex) -> None:
    """Assert that every reading is at its time, and nothing else is there."""
    pd.testing.assert_index_equal(series.dropna().index, utc, check_names=False, exact=False, check_freq=False)
    np.testing.assert_allclose(series.dropna(), readings(utc), atol=2e-6)


# -- local time with summer time ----------------------------------------------------------------------------------

ZONES = {
    "Europe/Berlin": "1h",
    "Europe/London": "30min",
    "America/New_York": "1h",
    "America/Santiago": "15min",
    "Australia/Sydney": "1h",
    "Pacific/Auckland": "30min",
    "Australia/Lord_Howe": "30min",
    "Africa/Casablanca": "1h",
    "Europe/Dublin": "1h",
}


def around_switches(step: str) -> pd.DatetimeIndex:
    """Some days around every switch of 2021 in any of the zones."""
    days = ["2021-03-13", "2021-03-27", "2021-04-03", "2021-04-10", "2021-05-15", "2021-09-04", "2021-09-25"]
    days += ["2021-10-02", "2021-10-30", "2021-11-06"]
    ranges = [pd.date_range(day, periods=int(pd.Timedelta("3D") / pd.Timedelta(step)), freq=step) for day in days]
    return pd.DatetimeIndex(np.unique(np.concatenate(ranges)))


@pytest.mark.parametrize(("zone", "step"), ZONES.items())
def test_a_zone_with_summer_time(folder, zone, step):
    utc = around_switches(step)
    folder.write(local(utc, zone), readings(utc))
    folder.mapping |= {"step": step, "timezone": zone}
    right(folder.read()[0], utc)


def test_newest_rows_first(folder):
    utc = around_switches("1h")
    folder.write(local(utc, "Europe/Berlin")[::-1], readings(utc)[::-1])
    folder.mapping["timezone"] = "Europe/Berlin"
    right(folder.read()[0], utc)


def test_stamps_at_the_start_of_local_hours(folder):
    utc = around_switches("1h")
    folder.write(local(utc - pd.Timedelta("1h"), "Europe/Berlin"), readings(utc))
    folder.mapping |= {"timezone": "Europe/Berlin", "stamp": "start"}
    right(folder.read()[0], utc)


@pytest.mark.parametrize("by", ["time", "sensor"])
def test_a_long_table(folder, by):
    utc = around_switches("1h")
    rows = [
        pd.DataFrame({"time": local(utc, "Europe/Berlin"), "sensor": name, "v": readings(utc) + more, "at": utc})
        for name, more in (("P_A_10", 0), ("P_B_10", 0.2))
    ]
    table = pd.concat(rows).sort_values(["at", "sensor"] if by == "time" else ["sensor", "at"]).drop(columns="at")
    table.to_csv(folder.path / "raw" / "soil.csv", index=False)
    folder.soil |= {"layout": "long", "sensor": "sensor", "value": "v"}
    folder.mapping["timezone"] = "Europe/Berlin"
    right(folder.read()[0], utc)
    with xr.open_dataset(folder.path / "n.nc", engine="netcdf4") as network:
        np.testing.assert_allclose(network["soil_moisture"][0, 0, 1].dropna("time"), readings(utc) + 0.2, atol=2e-6)


def test_a_file_a_sensor(folder):
    utc = around_switches("1h")
    for name in ("P_A_10", "P_B_10"):
        folder.write(local(utc, "America/New_York"), readings(utc), f"{name}.csv", "vwc")
    folder.soil |= {"file": "{sensor}.csv", "layout": "single", "value": "vwc"}
    folder.mapping["timezone"] = "America/New_York"
    right(folder.read()[0], utc)


def test_weather_in_local_time_beside_readings_in_utc(folder):
    utc = around_switches("1h")
    folder.write(utc, readings(utc))
    folder.write(local(utc, "Europe/Berlin"), readings(utc) * 100, "air.csv", "t")
    folder.mapping |= {"utc_offset": "+00:00", "constants": {"latitude": 50.0, "longitude": 8.0}}
    air = {"file": "air.csv", "time": "time", "timezone": "Europe/Berlin"}
    folder.mapping["forcing"] = [air | {"variables": {"air_temperature": {"unit": "degC", "column": "t"}}}]
    right(folder.read()[0], utc)
    with xr.open_dataset(folder.path / "n.nc", engine="netcdf4") as network:
        there = network["air_temperature"][0].dropna("time")
    right(there.to_pandas() / 100, utc)


def test_an_hour_of_which_only_one_is_there_is_left_out_and_told(folder):
    utc = around_switches("1h")
    stamps = local(utc, "Europe/Berlin")
    once = ~stamps.duplicated()
    folder.write(stamps[once], readings(utc[once]))
    folder.mapping["timezone"] = "Europe/Berlin"
    series, told = folder.read()
    right(series, utc[(stamps != "2021-10-31 02:00")])
    assert "1 row(s) left out: the clocks of Europe/Berlin show their hour twice" in told


def test_a_clock_with_summer_time_that_drifts(folder):
    utc = pd.date_range("2021-10-29", "2021-11-03", freq="1h")
    stamps = (utc + pd.to_timedelta(np.arange(utc.size), unit="s")).tz_localize("UTC").tz_convert("Europe/Berlin")
    folder.write(stamps.strftime("%Y-%m-%d %H:%M:%S"), readings(utc))
    folder.mapping |= {"timezone": "Europe/Berlin", "snap": "5min"}
    right(folder.read()[0], utc)


def test_summer_time_called_a_fixed_offset_at_a_step_of_two_hours(folder):
    utc = pd.date_range("2021-03-20", "2021-04-10", freq="2h")
    folder.write(local(utc, "Europe/Berlin"), readings(utc))
    folder.mapping |= {"utc_offset": "+01:00", "step": "2h"}
    assert "if the clock has summer time, say timezone" in folder.refused()


def test_a_logger_asked_by_a_clock_with_summer_time_is_not_advised_to_say_its_zone_again(folder):
    wall = pd.date_range("2021-03-20", "2021-04-10", freq="3h")
    utc = wall.tz_localize("Europe/Berlin").tz_convert("UTC").tz_localize(None)
    folder.write(wall, readings(utc))
    folder.mapping |= {"timezone": "Europe/Berlin", "step": "3h"}
    told = folder.refused()
    assert "timezone: " not in told
    assert "say snap: 1h" in told


def test_the_record_of_an_autumn(case, thetamix):
    folder = case("dst-autumn")
    assert "timezone: Europe/Berlin" in thetamix("import", "csv", "raw", "--mapping", "m2.yml", "-o", "n.nc").err
    path = folder / "m.yml"
    path.write_text(path.read_text().replace('utc_offset: "+01:00"', "timezone: Europe/Berlin"))
    assert thetamix("import", "csv", "raw", "--mapping", "m.yml", "-o", "n.nc").code == 0
    values = pd.read_csv("raw/soil.csv")["P_A_10"]
    with xr.open_dataset("n.nc", engine="netcdf4") as network:
        assert network["time"].to_numpy()[0] == np.datetime64("2021-10-29T00:00")
        assert network.sizes["time"] == len(values)
        np.testing.assert_allclose(network["soil_moisture"][0, 0, 0], values, rtol=1e-6)


def test_quarters_beside_the_hour_across_summer_time(folder):
    """As meters write them: https://github.com/OpenEnergyDashboard/OED/pull/1219."""
    utc = pd.date_range("2021-03-10 00:05", "2021-11-20", freq="15min")
    folder.write(local(utc, "America/Chicago"), readings(utc))
    folder.mapping |= {"timezone": "America/Chicago", "step": "15min"}
    right(folder.read()[0], utc)


@pytest.mark.parametrize("size", [1, 300])
def test_the_double_hour_may_lie_in_two_blocks_of_a_file(folder, monkeypatch, size):
    utc = pd.date_range("2021-10-30", "2021-11-01", freq="15min")
    folder.write(local(utc, "Europe/Berlin"), readings(utc))
    folder.mapping |= {"timezone": "Europe/Berlin", "step": "15min"}
    monkeypatch.setattr(text_blocks.text_blocks, "__defaults__", (size, None, text_blocks.plain))
    right(folder.read()[0], utc)


def test_the_grid_decides_which_of_two_hours_is_meant(folder):
    utc = pd.date_range("2021-10-29", "2021-11-03", freq="2h")
    folder.write(local(utc, "Europe/Berlin"), readings(utc))
    folder.mapping |= {"timezone": "Europe/Berlin", "step": "2h"}
    right(folder.read()[0], utc)


def test_a_time_that_does_not_exist(folder):
    utc = pd.date_range("2021-03-27", "2021-03-30", freq="1h")
    folder.write(utc.strftime("%Y-%m-%d %H:%M"), readings(utc))
    folder.mapping["timezone"] = "Europe/Berlin"
    told = folder.refused()
    assert "line 28: clocks of Europe/Berlin never show '2021-03-28 02:00'" in told
    assert "say utc_offset instead of timezone" in told


def test_rows_out_of_order_do_not_tell_which_hour_is_meant(folder):
    utc = pd.date_range("2021-10-30", "2021-11-01", freq="15min")
    order = np.random.default_rng(1).permutation(utc.size)
    folder.write(local(utc, "Europe/Berlin")[order], readings(utc)[order])
    folder.mapping |= {"timezone": "Europe/Berlin", "step": "15min"}
    assert "the clock shows this hour twice, and which of the two a row means follows" in folder.refused()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Sydney"])
def test_summer_time_called_a_fixed_offset_is_doubted_in_spring(folder, zone):
    start = "2021-08-15" if zone == "Australia/Sydney" else "2021-02-01"
    utc = pd.date_range(start, periods=2000, freq="1h")
    folder.write(local(utc, zone), readings(utc))
    offset = pd.Timestamp("2021-07-01" if "Aus" in zone else "2021-01-01", tz=zone).strftime("%z")
    folder.mapping["utc_offset"] = f"{offset[:3]}:{offset[3:]}"
    assert f"say timezone: {zone} (or its own zone) instead of utc_offset" in folder.read()[1]


def test_a_gap_of_an_hour_at_another_time_is_no_summer_time(folder):
    utc = pd.date_range("2021-02-01", "2021-06-01", freq="1h").delete([100, 1400])
    folder.write(utc, readings(utc))
    folder.mapping["utc_offset"] = "+00:00"
    assert "timezone" not in folder.read()[1]


@pytest.mark.parametrize("equal", [False, True])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Auckland"])
def test_summer_time_called_a_fixed_offset_is_refused_in_autumn(folder, zone, equal):
    start = "2021-03-30" if zone == "Pacific/Auckland" else "2021-10-28"
    utc = pd.date_range(start, periods=300, freq="1h")
    folder.write(local(utc, zone), np.full(utc.size, 0.3) if equal else readings(utc))
    offset = pd.Timestamp("2021-07-01" if "Auck" in zone else "2021-01-01", tz=zone).strftime("%z")
    folder.mapping["utc_offset"] = f"{offset[:3]}:{offset[3:]}"
    told = folder.refused()
    assert f"say timezone: {zone} (or its own) instead of utc_offset" in told
    assert "keep one" not in told


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"utc_offset": "Europe/Berlin"}, "timezone: Europe/Berlin"),
        ({"timezone": "Europe/Berln"}, 'did you mean "Europe/Berlin"?'),
        ({"timezone": "CET"}, "say utc_offset: '+01:00' instead"),
        ({"timezone": "Etc/GMT+1"}, "say utc_offset: '+01:00' instead"),
        ({"timezone": "Europe/Berlin", "utc_offset": "+01:00"}, "either utc_offset (the same all year) or timezone"),
        ({"timezone": "Europe/Berlin", "step": "1d"}, "days of a clock with summer time have 23 to 25 hours"),
        ({}, "or, of a clock with summer time, timezone: Europe/Berlin"),
    ],
)
def test_a_clock_that_is_not_understood(folder, keys, words):
    utc = pd.date_range("2021-02-01", periods=9, freq="1h")
    folder.write(utc, readings(utc))
    folder.mapping |= keys
    assert words in folder.refused()


# -- abbreviations of zones ---------------------------------------------------------------------------------------


def test_a_zone_behind_the_time(case, thetamix):
    case("tz-name-in-stamp")
    assert thetamix("import", "csv", "raw", "--mapping", "m.yml", "-o", "n.nc").code == 0
    with xr.open_dataset("n.nc", engine="netcdf4") as network:
        assert network["time"].to_numpy()[0] == np.datetime64("2021-01-02T02:00")


@pytest.mark.parametrize("pattern", ["%Y-%m-%d %H:%M %Z", None])
@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Europe/Helsinki", "America/Santiago"]
)
def test_zones_behind_the_times_of_both_halves_of_the_year(folder, zone, pattern):
    utc = around_switches("1h")
    folder.write(utc.tz_localize("UTC").tz_convert(zone).strftime("%Y-%m-%d %H:%M %Z"), readings(utc))
    folder.soil["time_format"] = pattern
    right(folder.read()[0], utc)


@pytest.mark.parametrize("zone", ["America/Chicago", "Asia/Jerusalem", "Europe/London", "Asia/Kolkata"])
def test_a_zone_settles_an_abbreviation_of_several_clocks(folder, zone):
    utc = around_switches("1h")
    if zone == "Asia/Kolkata":
        utc += pd.Timedelta("30min")
    folder.write(utc.tz_localize("UTC").tz_convert(zone).strftime("%Y-%m-%d %H:%M %Z"), readings(utc))
    told = folder.refused()
    assert "is the time of several zones; say which in the mapping: timezone: " in told
    assert f"timezone: {zone}" in told
    folder.mapping["timezone"] = zone
    right(folder.read()[0], utc)


@pytest.mark.parametrize(
    ("word", "keys", "words"),
    [
        ("XYZ", {}, "XYZ is no abbreviation of a time zone that is known"),
        ("PM", {}, "time_format with %I and %p"),
        ("EST", {"utc_offset": "+10:00"}, "EST is -5 h from UTC, utc_offset in the mapping +10 h"),
        ("CET", {"timezone": "America/New_York"}, "clocks of America/New_York do not go by CET then"),
    ],
)
def test_an_abbreviation_that_cannot_be(folder, word, keys, words):
    utc = pd.date_range("2021-02-01", periods=9, freq="1h")
    folder.write(utc.strftime(f"%Y-%m-%d %H:%M {word}"), readings(utc))
    folder.mapping |= keys
    assert words in folder.refused()


# -- how times are written ----------------------------------------------------------------------------------------

DAYS = pd.date_range("2021-02-27 01:00", "2021-03-03 00:00", freq="30min")


def hour_24(utc: pd.DatetimeIndex, date: str, time: str) -> list[str]:
    """The last moment of a day is its hour 24."""
    midnight = (utc.hour == 0) & (utc.minute == 0)
    days = (utc - pd.to_timedelta(midnight.astype(int), unit="D")).strftime(date)
    times = np.where(midnight, time.replace("%H", "24").replace("%M", "00"), utc.strftime(time))
    return [f"{day}{hour}" for day, hour in zip(days, times, strict=True)]


@pytest.mark.parametrize(
    ("date", "time", "pattern"),
    [
        ("%Y-%m-%d", " %H:%M", None),
        ("%Y-%m-%d", "T%H:%M:00Z", None),
        ("%Y%m%d", "T%H%M", None),
        ("%d.%m.%Y", " %H:%M", "%d.%m.%Y %H:%M"),
        ("%Y%m%d", "%H%M", "%Y%m%d%H%M"),
        ("%Y-%j", " %H%M", "%Y-%j %H%M"),
        ("%m/%d/%y", " %H:%M:00", "%m/%d/%y %H:%M:%S"),
    ],
)
def test_hour_24(folder, date, time, pattern):
    folder.write(hour_24(DAYS, date, time), readings(DAYS))
    folder.mapping |= {"step": "30min", "utc_offset": "+00:00"}
    folder.soil["time_format"] = pattern
    right(folder.read()[0], DAYS)


def test_hour_24_in_a_column_of_hours(folder):
    hours = DAYS[DAYS.minute == 0]
    stamps = hour_24(hours, "%Y%m%d", " %H")
    table = pd.DataFrame([stamp.split() for stamp in stamps], columns=["YYYYMMDD", "HH"]).assign(
        P_A_10=readings(hours)
    )
    table.astype({"HH": int}).to_csv(folder.path / "raw" / "soil.csv", index=False)
    folder.mapping["utc_offset"] = "+00:00"
    folder.soil |= {"time": ["YYYYMMDD", "HH"], "time_format": "%Y%m%d %H"}
    right(folder.read()[0], hours)


def test_hour_24_and_15_minutes_is_no_time(folder):
    folder.write(["2021-01-01 23:15", "2021-01-01 24:15"], [0.1, 0.2])
    folder.mapping["utc_offset"] = "+00:00"
    assert "line 3: the time '2021-01-01 24:15' is not an ISO 8601 date" in folder.refused()


def test_hours_and_minutes_without_zeros(folder):
    midnight = (DAYS.hour == 0) & (DAYS.minute == 0)
    day = DAYS - pd.to_timedelta(midnight.astype(int), unit="D")
    clock = np.where(midnight, 2400, DAYS.hour * 100 + DAYS.minute)
    table = pd.DataFrame({"y": day.year, "d": day.day_of_year, "hhmm": clock, "P_A_10": readings(DAYS)})
    table.to_csv(folder.path / "raw" / "soil.csv", index=False)
    folder.mapping |= {"step": "30min", "utc_offset": "+00:00"}
    folder.soil |= {"time": ["y", "d", "hhmm"], "time_format": "%Y %j %H%M"}
    right(folder.read()[0], DAYS)


def test_three_hours_as_0_300_600(folder):
    """As https://github.com/chubin/wttr.in/issues/897 has them."""
    utc = pd.date_range("2021-01-01", periods=40, freq="3h")
    table = pd.DataFrame({"date": utc.strftime("%Y-%m-%d"), "time": utc.hour * 100, "P_A_10": readings(utc)})
    table.to_csv(folder.path / "raw" / "soil.csv", index=False)
    folder.mapping |= {"step": "3h", "utc_offset": "+00:00"}
    folder.soil |= {"time": ["date", "time"], "time_format": "%Y-%m-%d %H%M"}
    right(folder.read()[0], utc)


@pytest.mark.parametrize("pattern", [None, "%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M %p", "%d-%b-%Y %H:%M:%S"])
def test_midnight_as_the_date_alone(folder, pattern):
    """As R writes it: https://github.com/leppott/ContDataQC/issues/163."""
    stamps = DAYS.strftime(pattern or "%Y-%m-%d %H:%M")
    midnight = (DAYS.hour == 0) & (DAYS.minute == 0)
    dates = [stamp.split()[0] if alone else stamp for stamp, alone in zip(stamps, midnight, strict=True)]
    folder.write(dates, readings(DAYS))
    folder.mapping |= {"step": "30min", "utc_offset": "+00:00"}
    folder.soil["time_format"] = pattern
    right(folder.read()[0], DAYS)


def test_the_day_366_of_a_year_that_has_none(folder):
    folder.write(["2021-365", "2021-366"], [0.1, 0.2])
    folder.mapping |= {"step": "1d", "utc_offset": "+00:00"}
    folder.soil["time_format"] = "%Y-%j"
    assert "line 3: the time '2021-366' does not fit time_format" in folder.refused()


@pytest.mark.parametrize(
    ("am", "pm"), [("AM", "PM"), ("a. m.", "p. m."), ("a.\xa0m.", "p.\xa0m."), ("vorm.", "nachm."), ("上午", "下午")]
)
def test_noon_in_other_languages(folder, am, pm):
    halves = [am if hour < 12 else pm for hour in DAYS.hour]
    folder.write(
        [f"{stamp} {half}" for stamp, half in zip(DAYS.strftime("%d/%m/%Y %I:%M:%S"), halves, strict=True)],
        readings(DAYS),
    )
    folder.mapping |= {"step": "30min", "utc_offset": "+00:00"}
    folder.soil["time_format"] = "%d/%m/%Y %I:%M:%S %p"
    right(folder.read()[0], DAYS)


@pytest.mark.parametrize(
    ("stamp", "pattern", "words"),
    [
        ("01/02/2021 01:00 odp.", "%d/%m/%Y %I:%M %p", "%p is AM or PM, also in some other languages"),
        ("01/02/2021 01:00 PM", "%d/%m/%Y %H:%M %p", "and goes with %I"),
        ("01/02/2021 01:00 PM", "%d/%m/%Y %I:%M PM", "%I (1 to 12) needs %p"),
    ],
)
def test_hours_of_half_a_day_are_not_guessed(folder, stamp, pattern, words):
    folder.write([stamp, stamp.replace("01:00", "02:00")], [0.1, 0.2])
    folder.mapping["utc_offset"] = "+00:00"
    folder.soil["time_format"] = pattern
    assert words in folder.refused()


@pytest.mark.parametrize("pattern", ["%d/%m/%Y", None])
def test_days_and_months_exchanged_by_a_spreadsheet(folder, pattern):
    days = pd.date_range("2021-01-01", "2021-02-09", freq="1D")
    stamps = [f"{day:%Y-%d-%m} 00:00:00" if day.day <= 12 else f"{day:%d/%m/%Y}" for day in days]
    folder.write(stamps, readings(days))
    folder.mapping |= {"step": "1d", "utc_offset": "+00:00"}
    folder.soil["time_format"] = pattern
    told = folder.refused()
    assert "mixes texts ('13/01/2021') and dates" in told
    assert "exchanged them wherever the day is 12 or less" in told


# -- near the grid, and on another ---------------------------------------------------------------------------------

HOURS = pd.date_range("2021-01-01 01:00", periods=400, freq="1h")


def test_a_clock_that_drifts(folder):
    folder.write(HOURS + pd.to_timedelta(np.arange(400) // 12, unit="s"), readings(HOURS))
    folder.mapping["utc_offset"] = "+00:00"
    told = folder.refused()
    assert "388 of 400 times are off the regular grid, first in line 14" in told
    assert "say snap: 1min" in told
    folder.mapping["snap"] = "5min"
    series, told = folder.read()
    right(series, HOURS)
    assert "snap moved 388 time(s) onto the grid, by at most 33s (soil.csv)" in told


@pytest.mark.parametrize("seconds", [7, -1, 59, -180])
def test_seconds_beside_the_hour(folder, seconds):
    folder.write(HOURS + pd.Timedelta(seconds=seconds), readings(HOURS))
    folder.mapping |= {"utc_offset": "+00:00", "snap": "5min"}
    right(folder.read()[0], HOURS)


def test_a_first_row_beside_the_grid(folder):
    stamps = HOURS.to_list()
    stamps[0] += pd.Timedelta("3min")
    folder.write(stamps, readings(HOURS))
    folder.soil |= {"snap": "5min", "utc_offset": "+00:00"}
    right(folder.read()[0], HOURS)


@pytest.mark.parametrize(
    ("stray", "words", "period"),
    [
        ("2000-01-01", "3 time(s) up to 2000-01-01 02:00 UTC lie 7671 days before", {"start": "2020-12-31"}),
        ("2031-01-05", "3 time(s) from 2031-01-05 00:00 UTC lie 3635 days after", {"end": "2021-01-21"}),
    ],
)
def test_a_clock_that_was_reset_is_told(folder, stray, words, period):
    utc, strange = pd.date_range("2021-01-01", periods=500, freq="h"), pd.date_range(stray, periods=3, freq="h")
    folder.write(utc[:200].append(strange).append(utc[200:]), np.full(503, 0.2))
    folder.mapping |= {"utc_offset": "+00:00"}
    told = folder.read()[1]
    assert words in told
    folder.mapping["period"] = period
    values, told = folder.read()
    assert values.index.equals(utc)
    assert "was the clock" not in told


def test_a_time_when_nobody_measured(folder):
    folder.write(["2021-01-01 00:00", "2201-01-01 01:00"], [0.2, 0.2])
    folder.mapping |= {"utc_offset": "+00:00"}
    assert "line 3: nobody measured at '2201-01-01 01:00'" in folder.refused()


def test_weather_that_goes_from_the_full_hour_to_the_minute_before(folder):
    """As hourly radiation of the DWD does: https://github.com/earthobservations/wetterdienst/issues/1485."""
    folder.write(HOURS, readings(HOURS))
    stamps = HOURS - pd.to_timedelta(np.where(np.arange(HOURS.size) // 100 % 2, 1, 0), unit="min")
    folder.write(stamps.strftime("%Y%m%d%H:%M"), readings(HOURS) * 100, "air.csv", "t")
    folder.mapping |= {"utc_offset": "+00:00", "constants": {"latitude": 50.0, "longitude": 8.0}}
    air = {"file": "air.csv", "time": "time", "time_format": "%Y%m%d%H:%M"}
    air["variables"] = {"air_temperature": {"unit": "degC", "column": "t"}}
    folder.mapping["forcing"] = [air]
    assert "200 of 400 times are off the grid of soil.csv" in folder.refused()
    folder.mapping["forcing"] = [air | {"snap": "1min"}]
    assert "snap moved 200 time(s) onto the grid, by at most 1min (air.csv)" in folder.read()[1]
    with xr.open_dataset(folder.path / "n.nc", engine="netcdf4") as network:
        right(network["air_temperature"][0].to_pandas() / 100, HOURS)


@pytest.mark.parametrize("equal", [False, True])
@pytest.mark.parametrize("layout", ["wide", "long"])
def test_two_rows_that_snap_would_join(folder, layout, equal):
    stamps = [*HOURS[:50], HOURS[49] + pd.Timedelta("2min"), *HOURS[50:]]
    values = np.full(401, 0.3) if equal else np.linspace(0.1, 0.3, 401)
    table = pd.DataFrame({"time": stamps, "P_A_10": values})
    if layout == "long":
        table = pd.DataFrame({"time": stamps, "sensor": "P_A_10", "v": values})
        folder.soil |= {"layout": "long", "sensor": "sensor", "value": "v"}
    table.to_csv(folder.path / "raw" / "soil.csv", index=False)
    folder.mapping |= {"utc_offset": "+00:00", "snap": "5min"}
    told = folder.refused()
    assert "lines 51 and 52" in told
    assert "snap" in told


@pytest.mark.parametrize(("snap", "words"), [("5min", "say snap: 10min"), ("31min", "more than half of the step")])
def test_snap_has_its_limits(folder, snap, words):
    stamps = HOURS.to_list()
    stamps[20] += pd.Timedelta("7min")
    folder.write(stamps, readings(HOURS))
    folder.mapping |= {"utc_offset": "+00:00", "snap": snap}
    assert words in folder.refused()


def test_weather_and_readings_near_the_grid(folder):
    folder.write(HOURS + pd.Timedelta("3s"), readings(HOURS))
    folder.write(HOURS - pd.Timedelta("9s"), readings(HOURS) * 100, "air.csv", "t")
    folder.mapping |= {"utc_offset": "+00:00", "snap": "1min", "constants": {"latitude": 50.0, "longitude": 8.0}}
    variables = {"air_temperature": {"unit": "degC", "column": "t"}}
    folder.mapping["forcing"] = [{"file": "air.csv", "time": "time", "variables": variables}]
    series, told = folder.read()
    right(series, HOURS)
    assert "snap moved 800 time(s) onto the grid, by at most 9s (air.csv)" in told
    with xr.open_dataset(folder.path / "n.nc", engine="netcdf4") as network:
        right(network["air_temperature"][0].to_pandas() / 100, HOURS)


def test_loggers_on_the_hour_and_between(folder):
    folder.write(HOURS, readings(HOURS), "a.csv")
    folder.write(HOURS - pd.Timedelta("30min"), readings(HOURS), "b.csv", "P_B_10")
    tables = [{"file": name, "time": "time", "unit": "m3 m-3"} for name in ("a.csv", "b.csv")]
    folder.mapping |= {"utc_offset": "+00:00", "soil_moisture": tables}
    told = folder.refused()
    assert "b.csv: column 'time': 400 of 400 times are off the grid of a.csv" in told
    assert "say snap: 30min" in told
    tables[1]["snap"] = "30min"
    right(folder.read()[0], HOURS)
    with xr.open_dataset(folder.path / "n.nc", engine="netcdf4") as network:
        right(network["soil_moisture"][0, 0, 1].to_pandas(), HOURS)


# -- a step of the table's own -------------------------------------------------------------------------------------

QUARTERS = pd.date_range("2021-01-01 00:15", "2021-01-06 00:00", freq="15min")


def test_two_loggers_with_two_steps(case, thetamix):
    case("two-loggers-two-steps")
    assert thetamix("import", "csv", "raw", "--mapping", "m.yml", "-o", "n.nc").code == 0
    quarters = pd.read_csv("raw/soil_a.csv", index_col=0, parse_dates=True)["P_A_10"]
    hours = pd.read_csv("raw/soil_b.csv", index_col=0, parse_dates=True)["P_B_10"]
    means = quarters.resample("1h", closed="right", label="right").mean()[1:]  # of the first, a quarter is there
    with xr.open_dataset("n.nc", engine="netcdf4") as network:
        a, b = (network["soil_moisture"].isel(cluster=at, depth=0) for at in (0, 1))
        np.testing.assert_allclose(a.isel(replicate=0).dropna("time"), means, atol=1e-6)
        np.testing.assert_allclose(b.isel(replicate=1).dropna("time"), hours, atol=1e-6)


@pytest.mark.parametrize(("lost", "there"), [(1, True), (2, False)])
def test_an_hour_needs_three_of_its_quarters(folder, lost, there):
    values = readings(QUARTERS)
    values[40 : 40 + lost] = np.nan  # of the hour that ends at 11:00
    folder.write(QUARTERS, values)
    folder.mapping["utc_offset"] = "+00:00"
    folder.soil["step"] = "15min"
    series, _ = folder.read()
    means = pd.Series(values, QUARTERS).resample("1h", closed="right", label="right").mean()
    assert np.isfinite(series["2021-01-01 11:00"]) == there
    np.testing.assert_allclose(series.dropna(), means if there else means.drop("2021-01-01 11:00"), atol=2e-6)


def test_loggers_that_take_turns_in_one_table(folder):
    table = pd.concat(
        pd.DataFrame({"time": HOURS - pd.Timedelta(before), "sensor": name, "v": readings(HOURS)})
        for name, before in (("P_A_10", "0min"), ("P_B_10", "30min"))
    )
    table.to_csv(folder.path / "raw" / "soil.csv", index=False)
    folder.mapping["utc_offset"] = "+00:00"
    folder.soil |= {"layout": "long", "sensor": "sensor", "value": "v"}
    assert "if loggers take turns, say snap: 30min" in folder.refused()
    folder.soil["snap"] = "30min"
    right(folder.read()[0], HOURS)


def test_a_shorter_step_is_advised(folder):
    folder.write(QUARTERS, readings(QUARTERS))
    folder.mapping["utc_offset"] = "+00:00"
    assert "if the table's own step is shorter, give it step: 15min" in folder.refused()


@pytest.mark.parametrize("stamp", ["start", "end"])
def test_a_step_that_changes_within_the_table(folder, stamp):
    early = QUARTERS[QUARTERS <= "2021-01-03"][3::4]
    late = QUARTERS[QUARTERS > "2021-01-03"]
    stamps = early.append(late)
    if stamp == "start":
        stamps = (early - pd.Timedelta("1h")).append(late - pd.Timedelta("15min"))
    folder.write(stamps, readings(early.append(late)))
    folder.mapping |= {"utc_offset": "+00:00", "stamp": stamp}
    folder.soil["step"] = "15min"
    series, told = folder.read()
    means = pd.Series(readings(late), late).resample("1h", closed="right", label="right").mean()
    np.testing.assert_allclose(series.dropna(), [*readings(early), *means], atol=2e-6)
    assert "1 stretch(es) with readings 1h apart, not 15min: each stands for as long" in told


def test_sensors_of_one_table_with_two_steps(folder):
    rows = [
        pd.DataFrame({"time": utc, "sensor": name, "v": readings(utc)})
        for name, utc in (("P_A_10", QUARTERS[3::4]), ("P_B_10", QUARTERS))
    ]
    pd.concat(rows).sort_values(["time", "sensor"]).to_csv(folder.path / "raw" / "soil.csv", index=False)
    folder.mapping["utc_offset"] = "+00:00"
    folder.soil |= {"layout": "long", "sensor": "sensor", "value": "v", "step": "15min"}
    right(folder.read()[0], QUARTERS[3::4])


def test_quarters_of_a_logger_that_began_at_any_minute(folder):
    utc = QUARTERS + pd.Timedelta("7min")
    folder.write(utc, readings(utc))
    folder.mapping["utc_offset"] = "+00:00"
    folder.soil["step"] = "15min"
    series, _ = folder.read()
    # Of the quarter that ends at 7 minutes past, 7 are in the hour that begins.
    weights = np.array([8, 15, 15, 15, 7]) / 60
    quarters = pd.Series(readings(utc), utc)
    there = quarters["2021-01-02 11:00":"2021-01-02 12:15"]
    np.testing.assert_allclose(series["2021-01-02 12:00"], np.sum(weights * there), atol=2e-6)
    assert (series.index.minute == 0).all()


def test_files_that_follow_each_other_within_an_hour(folder):
    values = readings(QUARTERS)
    folder.write(QUARTERS[:42], values[:42], "a.csv")
    folder.write(QUARTERS[42:], values[42:], "b.csv")
    tables = [{"file": name, "time": "time", "unit": "m3 m-3", "step": "15min"} for name in ("a.csv", "b.csv")]
    folder.mapping |= {"utc_offset": "+00:00", "soil_moisture": tables}
    means = pd.Series(values, QUARTERS).resample("1h", closed="right", label="right").mean()
    np.testing.assert_allclose(folder.read()[0], means, atol=2e-6)


def test_readings_are_not_made_finer(folder):
    folder.write(HOURS, readings(HOURS))
    folder.mapping |= {"utc_offset": "+00:00", "step": "15min"}
    folder.soil["step"] = "1h"
    assert "its step (1h) is longer than the network's (15min), but readings are not made finer" in folder.refused()


# -- rows that stand twice, and rows of events --------------------------------------------------------------------


def test_equal_rows_are_one(case, thetamix):
    case("identical-duplicates")
    ended = thetamix("import", "csv", "raw", "--mapping", "m.yml", "-o", "n.nc")
    assert ended.code == 0
    assert "1 time(s) stand more than once, with equal values that are taken once" in " ".join(ended.out.split())
    with xr.open_dataset("n.nc", engine="netcdf4") as network:
        assert network.sizes["time"] == 100


@pytest.mark.parametrize("layout", ["wide", "long"])
def test_downloads_that_overlap(folder, layout):
    tables = []
    for name, utc in (("a.csv", HOURS[:250]), ("b.csv", HOURS[200:])):
        folder.write(utc, readings(utc), name)
        tables.append({"file": name})
        if layout == "long":
            rows = pd.DataFrame({"time": utc, "sensor": "P_A_10", "v": np.round(readings(utc), 6)})
            rows.to_csv(folder.path / "raw" / name, index=False)
            tables[-1] |= {"layout": "long", "sensor": "sensor", "value": "v"}
    folder.mapping |= {"utc_offset": "+00:00"}
    folder.mapping["soil_moisture"] = [table | {"time": "time", "unit": "m3 m-3"} for table in tables]
    series, told = folder.read()
    right(series, HOURS)
    assert "50 time(s) stand more than once" in told
    path = folder.path / "raw" / tables[1]["file"]
    text = path.read_text().splitlines()
    text[11] = text[11].rsplit(",", 1)[0] + ",0.4"
    path.write_text("\n".join(text))
    told = folder.refused()
    assert "line 12: " in told
    assert "'P_A_10' is 0.4 in the interval that ends at 2021-01-09 19:00 UTC, but 0.10211 in" in told
    assert "line 212; keep one of them" in told


@pytest.mark.parametrize("layout", ["wide", "single"])
def test_downloads_of_each_logger(folder, layout):
    for part, utc in enumerate((HOURS[:250], HOURS[200:300], HOURS[280:])):
        for sensor in "AB":
            column = "vwc" if layout == "single" else f"P_{sensor}_10"
            folder.write(utc, readings(utc), f"P_{sensor}_10-{part}.csv", column)
    file = {"wide": "P_*-*.csv", "single": "{sensor}-*.csv"}[layout]
    folder.soil |= {"file": file, "layout": layout} | ({"value": "vwc"} if layout == "single" else {})
    folder.mapping["utc_offset"] = "+00:00"
    series, told = folder.read()
    right(series, HOURS)
    assert "140 time(s) stand more than once" in told


def test_weather_of_several_years_in_several_tables(folder):
    folder.write(HOURS, readings(HOURS))
    folder.write(HOURS[:250], readings(HOURS[:250]) * 100, "2020.csv", "t")
    folder.write(HOURS[240:], readings(HOURS[240:]) * 100, "2021.csv", "t")
    folder.mapping |= {"utc_offset": "+00:00", "constants": {"latitude": 50.0, "longitude": 8.0}}
    variables = {"air_temperature": {"unit": "degC", "column": "t"}}
    folder.mapping["forcing"] = [{"file": "202*.csv", "time": "time", "variables": variables}]
    assert "10 time(s) stand more than once" in folder.read()[1]
    with xr.open_dataset(folder.path / "n.nc", engine="netcdf4") as network:
        right(network["air_temperature"][0].to_pandas() / 100, HOURS)


@pytest.mark.parametrize("mapping", ["m.yml"])
def test_rows_of_events_do_not_count(case, thetamix, mapping):
    case("hobo-events")
    ended = thetamix("import", "csv", "raw", "--mapping", mapping, "-o", "n.nc")
    assert ended.code == 0, ended.err
    with xr.open_dataset("n.nc", engine="netcdf4") as network:
        assert network["time"].to_numpy()[[0, -1]].astype("datetime64[m]").astype(str).tolist() == [
            "2021-04-08T21:00",
            "2021-04-09T06:45",
        ]
        assert np.isfinite(network["soil_moisture"]).all()


def test_an_event_with_a_reading_is_off_the_grid(case, thetamix):
    folder = case("hobo-events")
    path = folder / "raw" / "77001.csv"
    path.write_text(path.read_text().replace("08:52:34 AM,,", "08:52:34 AM,0.2,"))
    ended = thetamix("import", "csv", "raw", "--mapping", "m.yml", "-o", "n.nc")
    assert ended.code == 2
    assert "1 of 41 times are off the regular grid, first in line 43" in " ".join(ended.err.split())
