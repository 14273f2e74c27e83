"""Zones against the standard library's own arithmetic."""

import datetime
import zoneinfo

import numpy as np
import pytest

from thetamix.readers.tables.clocks.zones import (
    HOUR,
    find_zone,
    summer_zone,
    switches,
    zone_of_missing_hours,
    zone_offset,
)

ZONES = [
    "Europe/Berlin",
    "Europe/Dublin",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "America/Havana",
    "Asia/Tehran",
]


@pytest.mark.parametrize("zone", ZONES)
def test_what_clocks_show_twice_and_never(zone):
    local = np.datetime64("2020-01-01", "ns") + np.arange(3 * 17568) * (HOUR // 2)
    rule, info = switches(zone, local), zoneinfo.ZoneInfo(zone)
    early, late = rule.stretches(local)
    hours = [time.replace(tzinfo=info) for time in local.astype("datetime64[s]").tolist()]
    folds = [[time.replace(fold=fold).utcoffset() for time in hours] for fold in (0, 1)]
    first, second = (np.array([offset.total_seconds() for offset in fold]) for fold in folds)
    np.testing.assert_array_equal((early < late), first > second)
    np.testing.assert_array_equal((early > late), first < second)
    shown = early <= late
    np.testing.assert_array_equal(rule.offsets[early][shown] / np.timedelta64(1, "s"), first[shown])
    np.testing.assert_array_equal(rule.offsets[late][shown] / np.timedelta64(1, "s"), second[shown])
    names = [time.tzname() for time in hours]
    np.testing.assert_array_equal(rule.names[early][shown], np.array(names)[shown])


@pytest.mark.parametrize(("word", "hours"), [("CET", 1), ("mesz", 2), ("EDT", -4), ("UTC-3", -3), ("GMT+05:30", 5.5)])
def test_abbreviations(word, hours):
    assert zone_offset(word, None) / HOUR == hours


def test_an_offset_that_is_stated_settles_an_abbreviation():
    assert zone_offset("CST", 8 * HOUR) / HOUR == 8
    with pytest.raises(ValueError, match="timezone: America/Chicago or timezone: Asia/Shanghai"):
        zone_offset("CST", 2 * HOUR)


@pytest.mark.parametrize("name", ["CET", "UTC", "Etc/GMT-1", "+01:00", "Europe/Nowhere", "", "../etc/passwd"])
def test_names_that_are_no_zone_with_summer_time(name):
    with pytest.raises(ValueError, match="time zone"):
        find_zone(name)


@pytest.mark.parametrize(
    ("time", "offset", "zone"),
    [
        ("2021-10-31T02:30", 1, "Europe/Berlin"),
        ("2021-10-31T01:30", 0, "Europe/London"),
        ("2021-11-07T01:00", -6, "America/Chicago"),
        ("2021-11-07T01:00", -5, "America/New_York"),
        ("2021-04-04T01:45", 10.5, "Australia/Lord_Howe"),
        ("2021-10-31T03:30", 1, "Europe/Helsinki"),
        ("2021-10-30T02:30", 1, None),
    ],
)
def test_hours_that_stand_twice_name_a_zone(time, offset, zone):
    assert summer_zone(np.array([time], dtype="datetime64[ns]"), int(offset * 2) * (HOUR // 2)) == zone


def test_a_record_with_all_of_a_forward_hour_is_no_summer_time():
    hours = np.datetime64("2018-01-01", "ns") + np.arange(4 * 8766) * HOUR
    skipped = [np.datetime64(f"{day}T02:00") for day in ("2018-03-25", "2019-03-31", "2020-03-29", "2021-03-28")]
    assert zone_of_missing_hours(hours, HOUR, HOUR) is None
    assert zone_of_missing_hours(np.setdiff1d(hours, skipped), HOUR, HOUR) == ("Europe/Berlin", skipped[0])
    # In one of the four years the clock was not put forward: it has no summer time.
    assert zone_of_missing_hours(np.setdiff1d(hours, skipped[:3]), HOUR, HOUR) is None


def test_dates_before_zones_had_rules():
    rule = switches("Europe/Berlin", np.array(["1850-01-01"], dtype="datetime64[ns]"))
    assert rule.moments.size == 0
    assert datetime.timedelta(0) < rule.offsets[0].astype("timedelta64[s]").item() < datetime.timedelta(hours=1)
