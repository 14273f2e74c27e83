"""Stamps to the ends of intervals, UTC; against pandas and against arithmetic by hand."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thetamix.readers.tables.clocks.time_grid import Scan
from thetamix.readers.tables.clocks.times import Axis, TableClock, parse_offset
from thetamix.system.errors import InputError

DAY, HOUR = np.timedelta64(1, "D"), np.timedelta64(1, "h")


def ends(texts, *, pattern=None, offset="+00:00", stamp="end", step=HOUR):
    clock = TableClock(pattern, None if offset is None else parse_offset(offset), stamp, np.timedelta64(step, "ns"))
    lines = np.arange(2, 2 + len(texts))
    before, after = clock.ends(pd.Categorical(texts), lines, "f.csv: column 't'")
    assert (before == after).all()
    return before


@pytest.mark.parametrize(
    ("text", "options", "utc"),
    [
        ("2020-02-29", {}, "2020-02-29T00:00"),
        ("20200229", {}, "2020-02-29T00:00"),
        ("2020-02-29 13:30", {}, "2020-02-29T13:30"),
        ("2020-02-29T13:30:00.5", {}, "2020-02-29T13:30:00.500"),
        ("2020-02-29 13:30", {"offset": "+05:30"}, "2020-02-29T08:00"),
        ("2020-02-29 13:30", {"offset": "-06:00", "stamp": "start"}, "2020-02-29T20:30"),
        ("2020-02-28", {"stamp": "start", "step": DAY}, "2020-02-29T00:00"),
        ("2020-02-29T13:30Z", {"offset": None}, "2020-02-29T13:30"),
        ("2020-02-29T13:30Z", {"offset": "+01:00"}, "2020-02-29T13:30"),  # the stamp knows better
        ("2020-02-29 13:30:00-06:00", {"offset": None}, "2020-02-29T19:30"),
        ("2020-02-29 13:30+0530", {"offset": None}, "2020-02-29T08:00"),
        ("29.02.2020 13h", {"pattern": "%d.%m.%Y %Hh"}, "2020-02-29T13:00"),
        ("29-Feb-2020 13:00:00", {"pattern": "%d-%b-%Y %H:%M:%S"}, "2020-02-29T13:00"),
        ("2020-060", {"pattern": "%Y-%j"}, "2020-02-29T00:00"),
        ("29.02.2020 13:00 +0100", {"pattern": "%d.%m.%Y %H:%M %z", "offset": None}, "2020-02-29T12:00"),
    ],
)
def test_stamps(text, options, utc):
    assert ends([text], **options)[0] == np.datetime64(utc)


@pytest.mark.parametrize(
    "text",
    ["", "x", "2020", "202001", "41275", "01.02.2020", "2020-13-01", "2020-02-30", "2020-01-01 24:30", "0001-01-01",
     "9999-12-31", "2020-01-01 25:00", "nan", "NaT", "1580515200"],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_its_line(text):
    with pytest.raises(InputError, match=r"f\.csv: column 't', line 4: the time"):
        ends(["2020-01-01 10:00", "2020-01-01 11:00", text, "also wrong"])


@given(
    st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2150, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from(["start", "end"]),
)
def test_any_stamp_at_any_offset(moment, minutes, stamp):
    moment = moment.replace(microsecond=0)
    zone = datetime.timezone(datetime.timedelta(minutes=minutes))
    sign = "-" if minutes < 0 else "+"
    offset = f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    truth = moment.replace(tzinfo=zone).astimezone(datetime.UTC).replace(tzinfo=None)
    truth += datetime.timedelta(hours=1 if stamp == "start" else 0)
    naive = ends([moment.isoformat(" ")], offset=offset, stamp=stamp)
    carried = ends([moment.replace(tzinfo=zone).isoformat()], offset=None, stamp=stamp)
    assert naive[0] == carried[0] == np.datetime64(truth, "ns")


@pytest.mark.parametrize("text", ["CET", "Europe/Paris", "1", "+1", "+1:00", "01:00", "+15:00", "+01:60", ""])
def test_what_is_no_fixed_offset_is_refused(text):
    with pytest.raises(ValueError, match="not a fixed offset from UTC"):
        parse_offset(text)


def test_scan_counts_what_is_off_the_grid():
    scan = Scan(np.timedelta64(1, "h").astype("timedelta64[ns]"))
    stamps = np.array(["2020-01-01T05:10", "2020-01-01T02:00", "2020-01-01T03:00"], dtype="datetime64[ns]")
    scan.add(stamps, np.array([2, 3, 4]))
    scan.add(stamps + np.timedelta64(4, "h"), np.array([5, 6, 7]))
    scan.add(stamps[:0], np.array([], dtype=int))
    assert (scan.first, scan.last) == (stamps[1], stamps[0] + np.timedelta64(4, "h"))
    assert scan.main_phase == 0
    with pytest.raises(InputError, match=r"here: 2 of 6 times are off the grid, first in line 2: .*T05:10:00 UTC"):
        scan.require_phase(0, "here", "the grid")


def test_most_stamps_make_the_grid_wherever_the_others_stand():
    stamps = np.array(["2020-01-01T02:00", "2020-01-01T03:00", "2020-01-01T04:10"], dtype="datetime64[ns]")
    for lines in ([2, 3, 4], [4, 3, 2]):
        scan = Scan(np.timedelta64(1, "h").astype("timedelta64[ns]"))
        scan.add(stamps, np.array(lines))
        assert scan.main_phase == 0


@given(st.integers(1, 48), st.integers(1, 60), st.integers(-10, 100))
def test_axis_finds_its_own_ends(step, size, hours):
    width = np.timedelta64(step * 3600 * 10**9, "ns")
    axis = Axis(np.datetime64("1969-12-31T22:00", "ns"), width, size)
    assert axis.position(axis.ends).tolist() == list(range(size))
    outside = axis.ends[-1] + width, axis.first - width
    assert axis.position(np.array(outside)).tolist() == [-1, -1]
    at = axis.position(np.array([axis.first + hours * width]))
    assert at[0] == (hours if 0 <= hours < size else -1)
