"""Running totals of rain: made from rain that is known, and made into rain again."""

import numpy as np
import pytest

from thetamix.readers.tables.clocks.times import Axis
from thetamix.readers.tables.running_totals import is_running_total, rain_of_totals
from thetamix.system.errors import InputError

HOUR = np.timedelta64(1, "h")


def axis_of(size: int, step: np.timedelta64 = HOUR) -> Axis:
    return Axis(np.datetime64("2021-10-01T01", "ns"), step.astype("timedelta64[ns]"), size)


@pytest.fixture
def rain() -> np.ndarray:
    """A year of hours [mm] with showers on every third day or so."""
    rng = np.random.default_rng(5)
    wet = np.repeat(rng.random(365) < 0.35, 24) & (rng.random(365 * 24) < 0.3)
    return np.where(wet, rng.gamma(0.5, 3, 365 * 24), 0).round(1)


def reset(rain: np.ndarray, every: int) -> np.ndarray:
    return np.concatenate([np.cumsum(rain[at : at + every]) for at in range(0, rain.size, every)])


@pytest.mark.parametrize("every", [9000, 4000, 730, 24])
def test_totals_are_recognised_and_become_the_rain_that_they_were(rain, every):
    total = reset(rain, every)
    assert is_running_total(total)
    assert is_running_total(total[: total.size // 2])
    back, notes = rain_of_totals(total, axis_of(total.size), "w.csv")
    assert np.isnan(back[0])
    same = np.abs(back[1:] - rain[1:]) < 1e-6
    # Where more falls in the hour after a reset than stood there before, nobody can tell.
    assert (~same).sum() <= (0 if every > 24 else 6)
    assert len(notes) == (every < 9000)


def test_rain_is_no_total(rain):
    days = rain.reshape(-1, 24).sum(axis=1)
    for values in (
        rain,
        days,
        np.repeat(days, 24),
        np.repeat(rain.reshape(-1, 3).mean(axis=1), 3),
        np.full(500, 0.1),
    ):
        assert not is_running_total(values)


def test_gaps_evaporation_and_an_emptied_bucket():
    total = np.array([100, 101, np.nan, np.nan, 104, 103.8, 104, 104.5, 20, 21, *[np.nan] * 30, 26, 26, np.nan, 26])
    back, notes = rain_of_totals(total, axis_of(total.size), "w.csv")
    nan = np.nan
    expected = [nan, 1, 1, 1, 1, 0, 0, 0.5, nan, 1, *[nan] * 31, 0, 0, 0]
    np.testing.assert_allclose(back, expected, atol=1e-12)
    assert notes == [
        "w.csv: the running total is set back 1 time(s), first from 104.5 to 20 mm at 2021-10-01 09:00 UTC: rain "
        "goes on from there; in 1 of them rain is missing, for the total does not begin near 0",
        "w.csv: the running total falls 1 time(s) without being set back, by 0.2 mm at most: taken for no rain",
        "w.csv: the running total has 1 gap(s) with rain, first before 2021-10-01 05:00 UTC; their 3 mm is "
        "spread evenly over it",
        "w.csv: the running total has 1 gap(s) with rain, first before 2021-10-02 17:00 UTC; their 5 mm is missing, "
        "for nobody knows when it fell",
    ]


def test_a_total_in_steps_of_ten_minutes():
    step = np.timedelta64(10, "m")
    back, _ = rain_of_totals(np.array([0, 0.2, 0.2, 0.6]) * 6, axis_of(4, step), "w.csv")
    np.testing.assert_allclose(back[1:], [1.2, 0, 2.4])


def test_a_total_cannot_rise_by_more_than_can_rain():
    with pytest.raises(InputError, match=r"rises from 12 to 9999 mm in the interval that ends at 2021-10-01 03:00"):
        rain_of_totals(np.array([11, 12, 9999, 13.0]), axis_of(4), "w.csv")


def test_dips_and_small_steps_back_are_no_rain():
    """As in github.com/USEPA/Stormwater-Management-Model/issues/74 and github.com/Gus-A/RAINSTORM/issues/2."""
    total = np.array([76, 77, 76.5, 77, 76.9, 77.2, 0, 77.2, 0.1, 0.1, 78.2, 78.2, 0, 0.4, 1])
    back, notes = rain_of_totals(total, axis_of(total.size), "w.csv")
    assert np.nansum(back) == pytest.approx(1 + 0.2 + 1 + 1)
    assert notes[0] == "w.csv: the running total is much lower for 3 reading(s), left out"
    assert "is set back 1 time(s), first from 78.2 to 0 mm" in notes[1]


def test_totals_of_an_hour_in_rows_of_five_minutes():
    """As airports write them: github.com/tidyverse/nycflights13/issues/27."""
    rng = np.random.default_rng(1)
    wet = np.repeat(rng.random(24 * 60) < 0.3, 12) & (rng.random(24 * 60 * 12) < 0.2)
    rain = np.where(wet, rng.gamma(1, 0.5, wet.size), 0).round(1)
    total = reset(rain, 12)
    back, _ = rain_of_totals(total * 12, axis_of(total.size, np.timedelta64(5, "m")), "w.csv")
    lost = rain[1:].sum() - np.nansum(back[1:]) / 12
    assert lost <= 0.02 * rain.sum()
