"""Days from hours, and several networks in one study, as a user types it."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import thetamix as tm
from thetamix.network.netcdf import write_network

from .conftest import Workspace

CYCLE = {"annual cycle": {"kind": "annual_cycle", "by": ["depth"]}}
LSTM = {"3G-LSTM": {"kind": "lstm", "components": 3}}
SMALL = {"hidden": 4, "sequence": 3, "epochs": 1, "batch": 32, "windows_per_epoch": 100}


@pytest.fixture
def pair(workspace: Workspace, simulated: xr.Dataset) -> Workspace:
    write_network(simulated.isel(cluster=[0, 1]), workspace.folder / "home.nc")
    write_network(simulated.isel(cluster=[2], time=slice(24, None)), workspace.folder / "away.nc")
    return workspace


def test_trained_on_one_network_and_scored_on_another(pair: Workspace, simulated: xr.Dataset, thetamix) -> None:
    out = pair.folder / "run"
    pair.write_study(
        network=["home.nc", "away.nc"],
        step="1d",
        inputs={"forcing": ["precipitation"], "attributes": ["elevation"]},
        split={"scheme": "networks", "kept_out": ["away"]},
        forecasters=CYCLE,
        evaluation={"group_by": ["network", "depth"]},
        seeds=[1],
    )
    said = thetamix("run", pair.study, "--out", out)
    assert said.code == 0, said.err
    assert "readings make" in said.out
    scores = pd.read_csv(out / "scores.csv")
    away = str(simulated["cluster_id"].to_numpy()[2])
    assert set(scores["cluster"]) == {"all", away}
    assert set(scores["network"]) == {"all", "away"}
    with tm.open_network(out / "prepared-network.nc") as prepared:
        readings = prepared["soil_moisture"].sel(cluster=2).to_numpy()
        hours = simulated["soil_moisture"].to_numpy()[2][..., 24:]
        day = readings[..., 3]
        stamp = prepared["time"].to_numpy()[3]
    within = (simulated["time"].to_numpy()[24:] > stamp - np.timedelta64(1, "D")) & (
        simulated["time"].to_numpy()[24:] <= stamp
    )
    np.testing.assert_allclose(day, hours[..., within].mean(axis=-1), rtol=1e-5)
    assert "network: up to date" in thetamix("run", pair.study, "--out", out).out
    assert thetamix("report", out).code == 0
    checked = thetamix("check", pair.folder / "home.nc", "--study", pair.study)
    assert "has no" not in checked.err


def test_hours_are_brought_to_the_days_of_a_model(pair: Workspace, thetamix) -> None:
    out = pair.folder / "run"
    pair.write_study(
        step="1d",
        inputs={"forcing": ["precipitation"], "attributes": ["elevation"]},
        forecasters=LSTM,
        training=SMALL,
        evaluation={"group_by": ["depth"]},
        seeds=[1],
    )
    assert thetamix("run", pair.study, "--out", out).code == 0
    said = thetamix("predict", out, pair.folder / "away.nc", "-o", pair.folder / "predicted.nc")
    assert said.code == 0, said.err
    assert "brought from steps of 1h to 1d" in said.out
    with tm.open_prediction(pair.folder / "predicted.nc") as predicted:
        assert (np.diff(predicted["time"].to_numpy()) == np.timedelta64(1, "D")).all()
        assert np.isfinite(predicted["component_mean"].to_numpy()[:, :, 2:]).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"network": ["home.nc", "away.nc"], "split": {"scheme": "networks", "kept_out": ["awy"]}},
            'did you mean "away"',
        ),
        ({"split": {"scheme": "networks"}}, "needs a study of several networks"),
        ({"step": "36h"}, "neither divides a day"),
        ({"network": ["home.nc", "elsewhere/home.nc"]}, "files of the same name"),
    ],
)
def test_what_does_not_go_is_told(pair: Workspace, thetamix, changes, message) -> None:
    pair.write_study(**changes)
    said = thetamix("run", pair.study, "--out", pair.folder / "run")
    assert said.code == 2
    assert message in said.err


def test_a_model_is_told_running_means(pair: Workspace, thetamix) -> None:
    out = pair.folder / "run"
    pair.write_study(
        inputs={"forcing": ["precipitation", "precipitation_48h", "air_temperature_1d"], "attributes": ["elevation"]},
        forecasters=LSTM,
        training=SMALL | {"sequence": "3h", "warm_up": "1h"},
        evaluation={"group_by": ["depth"]},
        forecast="all",
        seeds=[1],
    )
    said = thetamix("run", pair.study, "--out", out)
    assert said.code == 0, said.err
    assert thetamix("report", out).code == 0
    assert thetamix("check", pair.network, "--study", pair.study).code == 0
    said = thetamix("predict", out, pair.network, "-o", pair.folder / "predicted.nc")
    assert said.code == 0, said.err
    with (
        tm.open_prediction(pair.folder / "predicted.nc") as again,
        tm.open_run(out).prediction("3G-LSTM", 1) as first,
    ):
        mean = again["component_mean"].to_numpy()
        np.testing.assert_allclose(mean, first["component_mean"].to_numpy(), atol=1e-6)
        assert np.isnan(mean[:, :, :47]).all()  # no span of 48 hours yet
        assert np.isfinite(mean[:, :, 50:]).all()
    said = thetamix("predict", out, pair.network, "-o", pair.folder / "p.nc", "--state", pair.folder / "state.nc")
    assert said.code == 2
    assert "a state does not hold the weather" in said.err
