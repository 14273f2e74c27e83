"""A trained run in daily use: mixtures for any forcing, with or without readings, from day to day."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import thetamix as tm
from thetamix.locks import alone_with
from thetamix.prediction.files import open_prediction
from thetamix.training.processor import has_bf16

from .conftest import Desk, Said

Command = Callable[..., Said]
MANY = {"sequence": 40, "warm_up": 20, "epochs": 2, "batch": 8}


@pytest.fixture
def run(desk: Desk, thetamix: Command) -> Path:
    desk.write_study(
        forecasters={
            "condLSTM": {"kind": "lstm", "components": 1, "condition_on_replicate": True},
            "many": {"kind": "lstm", "components": 2, "training": MANY},
            "more": {"kind": "lstm", "components": 3, "training": MANY},
            "annual cycle": {"kind": "annual_cycle"},
        }
    )
    folder = desk.folder / "run"
    said = thetamix("run", desk.study, "--out", folder)
    assert said.code == 0, said.err
    return folder


@pytest.fixture
def forcing(desk: Desk) -> Path:
    """The network without its readings."""
    path = desk.folder / "forcing.nc"
    with tm.open_network(desk.network) as network:
        network.drop_dims("replicate").to_netcdf(path, engine="netcdf4")
    return path


def test_for_a_card_that_is_not_there(
    desk: Desk, thetamix: Command, run: Path, forcing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    out = desk.folder / "out.nc"
    said = thetamix("predict", run, forcing, "-o", out, "--device", "cuda")
    assert said.code == 2
    assert said.err == "error: --device: cuda, but torch finds no graphics card; write auto or cpu\n"
    assert not out.exists()
    assert thetamix("predict", run, forcing, "-o", out, "--device", "auto").code == 0


def test_for_places_without_readings(desk: Desk, thetamix: Command, run: Path, forcing: Path) -> None:
    out = desk.folder / "out.nc"
    said = thetamix("predict", run, forcing, "-o", out)
    assert said.code == 0, said.err
    assert "predicting 3 clusters, 3 depths" in said.out
    with open_prediction(out) as written, open_prediction(run / "predictions" / "condLSTM-s1.nc") as first:
        assert written.sizes["component"] == 6  # three replicates, two seeds
        weight = written["component_weight"].isel(component=slice(3)) * 2
        known = first["component_weight"].notnull()
        np.testing.assert_allclose(weight.where(known), first["component_weight"], atol=1e-6)
        same = tm.open_run(run).predict(forcing)
        np.testing.assert_allclose(same["component_mean"], written["component_mean"])
        assert float(same.mixture.probability_below(0.6).isel(time=100)[0, 0]) > 0.5


def test_beyond_what_was_trained_on(desk: Desk, thetamix: Command, run: Path, forcing: Path) -> None:
    said = thetamix("predict", run, forcing, "-o", desk.folder / "out.nc")
    assert "extrapolates" not in said.out
    deeper, out = desk.folder / "deeper.nc", desk.folder / "deeper-out.nc"
    with xr.open_dataset(forcing, engine="netcdf4") as network:
        network.assign_coords(depth=network["depth"] + 1).to_netcdf(deeper, engine="netcdf4")
    said = thetamix("predict", run, deeper, "-o", out)
    assert said.code == 0, said.err
    assert "the model extrapolates at 3 of 3 depths: depth is 1.1 to 1.5 m, and was 0.1 to 0.5 m" in said.out


@pytest.mark.skipif(not has_bf16("cpu"), reason="torch has no bfloat16 on this processor")
def test_in_bfloat16(desk: Desk, thetamix: Command, run: Path, forcing: Path) -> None:
    exact, rough = desk.folder / "exact.nc", desk.folder / "rough.nc"
    assert thetamix("predict", run, forcing, "-o", exact).code == 0
    said = thetamix("predict", run, forcing, "-o", rough, "--bf16")
    assert said.code == 0, said.err
    with open_prediction(exact) as one, open_prediction(rough) as other:
        assert other.attrs["title"].endswith("seeds pooled, computed in bfloat16")
        apart = abs(other["component_mean"] - one["component_mean"])
        assert 0 < float(apart.max()) < 0.005  # [m3 m-3]
        assert (apart.notnull() == one["component_mean"].notnull()).all()
    said = thetamix("predict", run, forcing, "-o", rough, "--model", "many", "--bf16")
    assert said.code == 2
    assert said.err.startswith("error: bf16 is for models that were trained on windows")
    state = desk.folder / "state.nc"
    said = thetamix("predict", run, forcing, "-o", rough, "--model", "many", "--state", state, "--bf16")
    assert said.code == 2
    assert said.err.startswith("error: --bf16: a state that is carried on")
    assert not state.exists()


def test_from_day_to_day(desk: Desk, thetamix: Command, run: Path, forcing: Path) -> None:
    with xr.open_dataset(forcing, engine="netcdf4") as whole:
        whole.isel(time=slice(0, 700)).to_netcdf(desk.folder / "past.nc", engine="netcdf4")
        whole.isel(time=slice(700, 708)).to_netcdf(desk.folder / "today.nc", engine="netcdf4")
        whole.isel(time=slice(708, 709)).to_netcdf(desk.folder / "tomorrow.nc", engine="netcdf4")
    state = desk.folder / "state.nc"
    pieces = []
    for day in ("past", "today", "tomorrow"):
        out = desk.folder / f"{day}-out.nc"
        said = thetamix(
            "predict", run, desk.folder / f"{day}.nc", "-o", out, "--model", "many", "--state", state
        )
        assert said.code == 0, said.err
        with open_prediction(out) as written:
            pieces.append(written["component_mean"].load())
    joined = xr.concat(pieces, "time")
    expected = tm.open_run(run).predict(forcing, "many")["component_mean"].isel(time=slice(709))
    np.testing.assert_allclose(joined, expected, atol=1e-5)
    again = thetamix(
        "predict",
        run,
        desk.folder / "today.nc",
        "-o",
        desk.folder / "x.nc",
        "--model",
        "many",
        "--state",
        state,
    )
    assert again.code == 2
    assert "the state goes on at" in again.err
    assert "these steps are done already" in again.err
    assert not (desk.folder / "x.nc").exists()


def test_one_process_and_one_model_at_a_time(desk: Desk, thetamix: Command, run: Path, forcing: Path) -> None:
    out, state = desk.folder / "out.nc", desk.folder / "state.nc"
    leftover = desk.folder / ".out.nc.ab12cd34.part"
    leftover.write_text("half")
    command = ("predict", run, forcing, "-o", out, "--state", state)
    with alone_with(state, "--state"):
        held = thetamix(*command, "--model", "many")
    assert held.code == 2
    assert f"{state}: held by process {os.getpid()}" in held.err
    assert thetamix(*command, "--model", "many").code == 0
    assert not leftover.exists()
    written = out.read_bytes()
    said = thetamix(*command, "--model", "more")
    assert said.code == 2
    assert "state is of other models" in said.err
    assert out.read_bytes() == written
    assert sorted(path.name for path in desk.folder.glob(".*")) == []


def test_refusals(desk: Desk, thetamix: Command, run: Path, forcing: Path) -> None:
    with xr.open_dataset(forcing, engine="netcdf4") as whole:
        whole.drop_vars("precipitation").to_netcdf(desk.folder / "dry.nc", engine="netcdf4")
        whole.isel(time=slice(0, 11)).to_netcdf(desk.folder / "short.nc", engine="netcdf4")
    out = desk.folder / "out.nc"
    for network, options, words in (
        (forcing, ["--model", "manny"], "no model 'manny'; did you mean \"many\"?"),
        (forcing, ["--model", "annual cycle"], "no model 'annual cycle'"),
        (forcing, ["--device", "gpu"], "--device: no device 'gpu'; write auto, cpu or cuda"),
        (forcing, ["--model", "condLSTM", "--state", desk.folder / "state.nc"], "trained on windows"),
        (desk.folder / "dry.nc", [], f"{desk.folder / 'dry.nc'}: the network has no forcing 'precipitation'"),
        (desk.folder / "short.nc", [], "11 time steps, and a prediction needs 12"),
        (desk.folder / "none.nc", [], "none.nc"),
    ):
        said = thetamix("predict", run, network, "-o", out, *options)
        assert said.code == 2
        assert words in said.err
        assert not out.exists()
        assert not out.with_name("out.nc.pieces").exists()
    before = forcing.read_bytes()
    for options in (
        ["-o", forcing],
        ["-o", out, "--state", forcing],
        ["-o", desk.folder / "." / forcing.name],
    ):
        said = thetamix("predict", run, forcing, *options)
        assert said.code == 2
        assert "would be lost" in said.err
        assert forcing.read_bytes() == before
