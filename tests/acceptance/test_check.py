"""``thetamix check`` and ``thetamix qc`` as a user types them."""

import json

import numpy as np
import pytest
import xarray as xr

from thetamix.network.netcdf import open_network
from thetamix.network.schema import FLAGS
from thetamix.simulation import simulate


@pytest.fixture(scope="module")
def sound() -> xr.Dataset:
    """Two months without planted faults."""

    return simulate(3, 0.3, seed=3, truth_profiles=0, without=["gaps", "faults"]).network


def test_a_sound_network(workspace, thetamix, sound):
    workspace.write_network(sound)
    said = thetamix("check", workspace.network)
    assert said.code == 0
    assert "0 errors, 0 warnings" in said.out or "nothing found" in said.out


def test_a_warning_is_told_and_does_not_fail(workspace, thetamix, sound):
    late = sound.assign(air_temperature=sound["air_temperature"].roll(time=-6))
    late["air_temperature"].attrs = sound["air_temperature"].attrs
    workspace.write_network(late)
    said = thetamix("check", workspace.network)
    assert said.code == 0
    assert "warning: temperature_clock: 3 of 3 clusters" in said.out
    assert "utc_offset" in said.out


def test_an_error_is_exit_code_2(workspace, thetamix, sound):
    percent = sound.copy(deep=True)
    percent["soil_moisture"][1] *= 100
    workspace.write_network(percent)
    said = thetamix("check", workspace.network)
    assert said.code == 2
    assert "error: percent_or_counts: S01 at 0.1 m, A" in said.out
    assert "divide by 100" in said.out


def test_json_is_all_that_is_printed(workspace, thetamix, sound):
    kelvin = sound.assign(air_temperature=sound["air_temperature"] + 273.15)
    kelvin["air_temperature"].attrs = sound["air_temperature"].attrs
    workspace.write_network(kelvin)
    said = thetamix("check", workspace.network, "--json")
    assert said.code == 2
    findings = json.loads(said.out)
    assert findings[0]["check"] == "kelvin"
    assert findings[0]["severity"] == "error"
    assert findings[0]["evidence"] > 250


def test_with_a_study(workspace, thetamix, sound):
    workspace.write_network(sound)
    said = thetamix("check", workspace.network, "--study", workspace.study)
    assert said.code == 0
    assert "leakage" in said.out
    workspace.write_study(inputs={"forcing": ["precipitatoin"]})
    said = thetamix("check", workspace.network, "--study", workspace.study)
    assert said.code == 2
    assert 'did you mean "precipitation"?' in said.out
    workspace.write_study(split={"scheme": "period", "period": {"start": "2030-01-01", "end": "2031-01-01"}})
    said = thetamix("check", workspace.network, "--study", workspace.study)
    assert said.code == 2
    assert "evaluation part is empty" in said.out


def test_what_is_no_network(workspace, thetamix, sound):
    workspace.write_network(sound.drop_vars("soil_moisture"))
    said = thetamix("check", workspace.network)
    assert said.code == 2
    assert "soil_moisture missing" in said.err
    assert thetamix("check", workspace.folder / "none.nc").code == 2


def test_qc_writes_flags_and_no_other_value(workspace, thetamix, sound):
    readings = sound["soil_moisture"].to_numpy().copy()
    readings[0, 0, 0, 1000] += 0.3
    workspace.write_network(sound.assign(soil_moisture=sound["soil_moisture"].copy(data=readings)))
    out = workspace.folder / "flagged.nc"
    said = thetamix("qc", workspace.network, "-o", out)
    assert said.code == 0
    assert "spike" in said.out
    assert f"wrote {out}" in said.out
    with open_network(out) as flagged, open_network(workspace.network) as before:
        assert int(flagged["soil_moisture_flag"][0, 0, 0, 1000]) & FLAGS["D06"][0]
        for name in set(before.data_vars) - {"soil_moisture_flag"}:
            np.testing.assert_array_equal(flagged[name].to_numpy(), before[name].to_numpy(), err_msg=name)
    said = thetamix("qc", out)
    assert said.code == 0
    assert "wrote" not in said.out
    assert "spike" in said.out


def test_qc_onto_itself(workspace, thetamix, sound):
    workspace.write_network(sound)
    assert thetamix("qc", workspace.network, "-o", workspace.network).code == 0
    with open_network(workspace.network) as network:
        np.testing.assert_array_equal(network["soil_moisture"], sound["soil_moisture"])
