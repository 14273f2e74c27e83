"""Durations: what is written reads back, what is not a duration is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thetamix.system.durations import format_duration, parse_duration
from thetamix.system.errors import InputError

SECONDS = {"d": 86400, "h": 3600, "min": 60, "s": 1}


@given(st.integers(0, 10**9))
def test_what_is_written_reads_back(seconds):
    text = format_duration(np.timedelta64(seconds, "s"))
    assert parse_duration(text) == np.timedelta64(seconds, "s")


@given(st.integers(1, 10**5), st.sampled_from(list(SECONDS)), st.sampled_from(["", " "]))
def test_units_are_worth_their_seconds(number, unit, space):
    assert parse_duration(f"{number}{space}{unit}") / np.timedelta64(1, "s") == number * SECONDS[unit]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0d"),
        (59, "59s"),
        (60, "1min"),
        (5400, "90min"),
        (86400, "1d"),
        (90000, "25h"),
        (86400 * 90, "90d"),
    ],
)
def test_the_largest_unit_that_divides_it(seconds, text):
    assert format_duration(np.timedelta64(seconds, "s")) == text
    assert format_duration(np.timedelta64(seconds, "s").astype("timedelta64[ns]")) == text


def test_fractions_are_read():
    assert parse_duration("1.5h") == np.timedelta64(5400, "s")


@pytest.mark.parametrize("text", ["", "90", "d", "-1d", "1 day", "1d2h", "1e3s", "nan d", "1,5h", "٣d x"])
def test_what_is_not_a_duration_is_refused(text):
    with pytest.raises(InputError, match="is not a duration; write a number and d, h, min or s"):
        parse_duration(text)


@given(st.text(max_size=8) | st.from_regex(r"\d{1,40}(\.\d{1,5})?(d|h|min|s)", fullmatch=True))
def test_any_text_is_a_duration_or_an_input_error(text):
    try:
        duration = parse_duration(text)
    except InputError:
        return
    # Nanoseconds, which times are kept in, can hold it.
    assert duration.astype("timedelta64[ns]").astype("timedelta64[s]") == duration
