"""Clocks: the evidence is the offset, and daily data have none."""

import numpy as np
import pytest
import xarray as xr

from thetamix.quality.checks import examine
from thetamix.quality.checks.clock_checks import lagged_response


def late(network: xr.Dataset, name: str, steps: int) -> xr.Dataset:
    variable = network[name]
    return network.assign({name: (variable.dims, np.roll(variable.to_numpy(), steps, axis=-1), variable.attrs)})


@pytest.mark.parametrize("hours", [1, 6])
def test_the_evidence_is_the_offset(clean, hours):
    shifted = late(clean, "shortwave_radiation", hours)
    (finding,) = (f for f in examine(shifted, "spoiled") if f.check == "radiation_clock")
    assert abs(finding.evidence - hours) < 0.1
    early = late(clean, "precipitation", -hours)
    response = [f for f in examine(early, "spoiled") if f.check == "rain_response"]
    if hours == 6:
        assert abs(response[0].evidence - hours) <= 1
    else:
        assert response == []


def test_clocks_are_not_read_from_daily_data(clean):
    daily = clean.coarsen(time=24, boundary="trim").mean()
    daily = daily.assign_coords(time=clean["time"].to_numpy()[23::24][: daily.sizes["time"]])
    for name in clean.data_vars:
        if name in daily:
            daily[name].attrs = clean[name].attrs
    kept = [name for name in clean.data_vars if clean[name].dims == ("cluster",)]
    daily = daily.assign({name: clean[name] for name in kept}).drop_vars(["time_bounds", "soil_moisture_flag"])
    findings = examine(daily, "daily")
    assert [f for f in findings if f.check.endswith(("clock", "phase", "time"))] == []
    assert [f for f in findings if f.severity != "note"] == []


@pytest.mark.parametrize("steps", [2, 23, 49])
def test_a_record_shorter_than_the_lags_is_no_defect(clean, steps):
    findings = examine(clean.isel(time=slice(0, steps)), "short")
    assert [f for f in findings if f.check == "rain_response"] == []


def test_lags_beyond_a_record_have_no_response():
    response = lagged_response(np.ones(2), np.ones(2), np.arange(-3, 4))
    assert response.tolist() == [0, 0, 1, 2, 1, 0, 0]
