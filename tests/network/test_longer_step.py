"""Days from hours, against pandas."""

import numpy as np
import pandas as pd
import pytest

import thetamix as tm
from thetamix.network.longer_step import changing, interval_ends, resampled
from thetamix.network.netcdf import write_network
from thetamix.network.preparing import Preparation
from thetamix.network.schema import flag_mask
from thetamix.system.errors import InputError

DAY, HOUR = np.timedelta64(1, "D"), np.timedelta64(1, "h")
HOURS = 24 * 6
C01 = flag_mask(["C01"])


@pytest.fixture
def hourly(make_network):
    """Six days of hours from 2013-01-01, with readings that are rejected and hours that are missing."""
    network = make_network(steps=HOURS, step=HOUR, seed=3)
    rng = np.random.default_rng(4)
    moisture = network["soil_moisture"].to_numpy().copy()
    moisture[rng.random(moisture.shape) < 0.3] = np.nan
    moisture[0, 0, 0, 24 : 24 + 13] = np.nan  # 11 of the second day's 24 hours are there
    rain = network["precipitation"].to_numpy().copy()
    rain[0, 48:52] = np.nan  # 20 hours of the third day
    rain[0, 72:77] = np.nan  # 19 hours of the fourth
    flags = np.where(rng.random(moisture.shape) < 0.1, C01, 0).astype(np.int32)
    return make_network(moisture, step=HOUR, precipitation=rain, soil_moisture_flag=flags)


def by_pandas(values, time, share, how="mean"):
    """Means over the days that end at 00:00, of a day with enough hours."""
    days = pd.Series(values, pd.DatetimeIndex(time)).resample("1D", closed="right", label="right")
    return getattr(days, how)().where(days.count() >= share * 24).to_numpy()


def test_days_are_means_of_the_readings_that_are_not_rejected(hourly):
    cluster, time = hourly[changing(hourly)].isel(cluster=0), hourly["time"].to_numpy()
    ends = interval_ends(hourly["time"], DAY, "network")
    found = resampled(cluster, ends, DAY, ["C01"])
    readings, flags = cluster["soil_moisture"].to_numpy(), cluster["soil_moisture_flag"].to_numpy()
    accepted = np.where(flags & C01, np.nan, readings)
    for place in np.ndindex(readings.shape[:2]):
        expected = by_pandas(accepted[place], time, 0.5)
        np.testing.assert_allclose(found["soil_moisture"][place], expected, rtol=1e-6)
    assert np.isnan(found["soil_moisture"][0, 0, 1])
    kept = resampled(cluster, ends, DAY, [])
    assert (kept["soil_moisture_flag"] & C01).any()
    assert not (found["soil_moisture_flag"] & C01).any()


def test_rain_needs_twenty_hours_and_keeps_its_sum(hourly):
    time = hourly["time"].to_numpy()
    found = resampled(
        hourly[changing(hourly)].isel(cluster=0), interval_ends(hourly["time"], DAY, "network"), DAY, []
    )
    rain = hourly["precipitation"].to_numpy()[0]
    np.testing.assert_allclose(found["precipitation"], by_pandas(rain, time, 20 / 24), rtol=1e-6)
    assert np.isfinite(found["precipitation"][2])
    assert np.isnan(found["precipitation"][3])
    assert 24 * found["precipitation"][0] == pytest.approx(rain[:24].sum(), rel=1e-6)


def test_a_file_is_opened_at_the_step(hourly, tmp_path):
    cut = hourly.isel(time=slice(5, HOURS - 2))  # neither the first nor the last day is whole
    write_network(cut, tmp_path / "hourly.nc")
    daily = tm.open_network(tmp_path / "hourly.nc", step="1d", reject=["C01"])
    stamps = pd.date_range("2013-01-03", "2013-01-06", freq="D")
    assert (pd.DatetimeIndex(daily["time"].to_numpy()) == stamps).all()
    assert (daily["time_bounds"].to_numpy()[:, 0] == (stamps - pd.Timedelta("1D")).to_numpy()).all()
    accepted = np.where(cut["soil_moisture_flag"] & C01, np.nan, cut["soil_moisture"])
    expected = by_pandas(accepted[1, 1, 2], cut["time"].to_numpy(), 0.5)
    expected = expected[1:-1]
    np.testing.assert_allclose(daily["soil_moisture"].to_numpy()[1, 1, 2], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (np.timedelta64(90, "m"), "does not go into"),
        (np.timedelta64(36, "h"), "neither divides a day nor is a multiple"),
        (np.timedelta64(30, "D"), "shorter than one step"),
    ],
)
def test_steps_that_do_not_go_are_refused(hourly, step, message):
    with pytest.raises(InputError, match=message):
        interval_ends(hourly["time"], step, "network")


def test_flags_without_masks_are_flags(hourly):
    """A network need not describe its flags."""
    del hourly["soil_moisture_flag"].attrs["flag_masks"], hourly["soil_moisture_flag"].attrs["flag_meanings"]
    daily = Preparation({"hourly": hourly}, DAY).dataset()
    assert daily["soil_moisture_flag"].dtype == np.int32
    assert set(np.unique(daily["soil_moisture_flag"])) == {0, C01}
