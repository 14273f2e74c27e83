"""A trained run in daily use: mixtures for any forcing, with or without readings, from day to day."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import norm

import thetamix as tm
from thetamix.prediction.prediction_file import open_prediction
from thetamix.system.device import why_no_bf16
from thetamix.system.errors import InputError
from thetamix.system.locks import alone_with

from .conftest import Said, Workspace

Command = Callable[..., Said]
MANY = {"sequence": 40, "warm_up": 20, "epochs": 2, "batch": 8}


FORECASTERS = {
    "condLSTM": {"kind": "lstm", "components": 1, "condition_on_replicate": True},
    "many": {"kind": "lstm", "components": 2, "training": MANY},
    "more": {"kind": "lstm", "components": 3, "training": MANY},
    "annual cycle": {"kind": "annual_cycle"},
}


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("origin"))


@pytest.fixture
def run(workspace: Workspace, thetamix: Command, simulated: xr.Dataset, origin: Workspace) -> Path:
    """Trained once, and copied for each test."""
    trained = origin.folder / "run"
    if not (trained / "report.html").exists():
        origin.write_network(simulated)
        origin.write_study(forecasters=FORECASTERS)
        said = thetamix("run", origin.study, "--out", trained)
        assert said.code == 0, said.err
    workspace.write_study(forecasters=FORECASTERS)
    return Path(shutil.copytree(trained, workspace.folder / "run"))


@pytest.fixture
def forcing(workspace: Workspace) -> Path:
    """The network without its readings."""
    path = workspace.folder / "forcing.nc"
    with tm.open_network(workspace.network) as network:
        network.drop_dims("replicate").to_netcdf(path, engine="netcdf4")
    return path


def test_for_a_card_that_is_not_there(
    workspace: Workspace, thetamix: Command, run: Path, forcing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    out = workspace.folder / "out.nc"
    said = thetamix("predict", run, forcing, "-o", out, "--device", "cuda")
    assert said.code == 2
    assert said.err == "error: --device: cuda, but torch finds no graphics card; write auto or cpu\n"
    assert not out.exists()
    assert thetamix("predict", run, forcing, "-o", out, "--device", "auto").code == 0


def test_for_places_without_readings(workspace: Workspace, thetamix: Command, run: Path, forcing: Path) -> None:
    out = workspace.folder / "out.nc"
    said = thetamix("predict", run, forcing, "-o", out, "--model", "condLSTM")
    assert said.code == 0, said.err
    assert "predicting 3 clusters, 3 depths, " in said.out
    assert " times: condLSTM of small, seeds pooled\n" in said.out
    with open_prediction(out) as written, open_prediction(run / "predictions" / "condLSTM-s1.nc") as first:
        assert written.sizes["component"] == 6  # three replicates, two seeds
        weight = written["component_weight"].isel(component=slice(3)) * 2
        known = first["component_weight"].notnull()
        np.testing.assert_allclose(weight.where(known), first["component_weight"], atol=1e-6)
        same = tm.open_run(run).predict(forcing, "condLSTM")
        np.testing.assert_allclose(same["component_mean"], written["component_mean"])
        assert float(same.mixture.probability_below(0.6).isel(time=100)[0, 0]) > 0.5


def test_beyond_what_was_trained_on(workspace: Workspace, thetamix: Command, run: Path, forcing: Path) -> None:
    said = thetamix("predict", run, forcing, "-o", workspace.folder / "out.nc")
    assert "extrapolates" not in said.out
    deeper, out = workspace.folder / "deeper.nc", workspace.folder / "deeper-out.nc"
    with xr.open_dataset(forcing, engine="netcdf4") as network:
        network.assign_coords(depth=network["depth"] + 1).to_netcdf(deeper, engine="netcdf4")
    said = thetamix("predict", run, deeper, "-o", out)
    assert said.code == 0, said.err
    assert "at 3 of 3 depths (1.1, 1.3, 1.5): depth is 1.1 to 1.5 m there, and was 0.1 to 0.5" in said.out


def test_bfloat16_is_refused_on_a_processor_without_its_instructions(
    workspace: Workspace, thetamix: Command, run: Path, forcing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = workspace.folder / "refused.nc"
    monkeypatch.setattr("thetamix.prediction.predictor.why_no_bf16", lambda _: "this processor has no instructions")
    said = thetamix("predict", run, forcing, "-o", out, "--model", "condLSTM", "--bf16")
    assert said.code == 2
    assert said.err.startswith("error: bf16: this processor has no instructions; predict without")
    assert not out.exists()


@pytest.mark.skipif(why_no_bf16("cpu") is not None, reason="no bfloat16 on this processor")
def test_in_bfloat16(workspace: Workspace, thetamix: Command, run: Path, forcing: Path) -> None:
    exact, rough = workspace.folder / "exact.nc", workspace.folder / "rough.nc"
    assert thetamix("predict", run, forcing, "-o", exact, "--model", "condLSTM").code == 0
    said = thetamix("predict", run, forcing, "-o", rough, "--model", "condLSTM", "--bf16")
    assert said.code == 0, said.err
    with open_prediction(exact) as one, open_prediction(rough) as other:
        assert other.attrs["title"].endswith("seeds pooled, computed in bfloat16")
        apart = abs(other["component_mean"] - one["component_mean"])
        assert 0 < float(apart.max()) < 0.005  # [m3 m-3]
        assert (apart.notnull() == one["component_mean"].notnull()).all()
    said = thetamix("predict", run, forcing, "-o", rough, "--model", "many", "--bf16")
    assert said.code == 2
    assert said.err.startswith("error: bf16 is for models that were trained on windows")
    state = workspace.folder / "state.nc"
    said = thetamix("predict", run, forcing, "-o", rough, "--model", "many", "--state", state, "--bf16")
    assert said.code == 2
    assert said.err.startswith("error: --bf16: a state that is carried on")
    assert not state.exists()


def test_from_day_to_day(workspace: Workspace, thetamix: Command, run: Path, forcing: Path) -> None:
    with xr.open_dataset(forcing, engine="netcdf4") as whole:
        whole.isel(time=slice(0, 700)).to_netcdf(workspace.folder / "past.nc", engine="netcdf4")
        whole.isel(time=slice(700, 708)).to_netcdf(workspace.folder / "today.nc", engine="netcdf4")
        whole.isel(time=slice(708, 709)).to_netcdf(workspace.folder / "tomorrow.nc", engine="netcdf4")
    state = workspace.folder / "state.nc"
    pieces = []
    for day in ("past", "today", "tomorrow"):
        out = workspace.folder / f"{day}-out.nc"
        said = thetamix(
            "predict", run, workspace.folder / f"{day}.nc", "-o", out, "--model", "many", "--state", state
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
        workspace.folder / "today.nc",
        "-o",
        workspace.folder / "x.nc",
        "--model",
        "many",
        "--state",
        state,
    )
    assert again.code == 2
    assert "the state goes on at" in again.err
    assert "these steps are done already" in again.err
    assert not (workspace.folder / "x.nc").exists()


def test_a_gap_costs_one_cluster_its_state_and_is_told(
    workspace: Workspace, thetamix: Command, run: Path, forcing: Path
) -> None:
    with xr.open_dataset(forcing, engine="netcdf4") as whole:
        whole.isel(time=slice(0, 700)).to_netcdf(workspace.folder / "past.nc", engine="netcdf4")
        day = whole.isel(time=slice(700, 708)).load()
        where = {"cluster": 1, "time": 3}
        day["precipitation"][where] = np.nan
        day.to_netcdf(workspace.folder / "day.nc", engine="netcdf4")
        name = str(day["cluster_id"].to_numpy()[1])
    command = ("predict", run, "--model", "many", "--state", workspace.folder / "state.nc")
    assert thetamix(*command, workspace.folder / "past.nc", "-o", workspace.folder / "one.nc").code == 0
    said = thetamix(*command, workspace.folder / "day.nc", "-o", workspace.folder / "two.nc")
    assert said.code == 0, said.err
    assert "20.8% of the steps have no prediction: one needs all forcing for 21 steps in a row" in said.out
    assert f"at the last step 1 of 3 clusters have none: {name}\n" in said.out


def test_a_data_set_is_checked_as_a_file_is(run: Path, forcing: Path) -> None:
    done = tm.open_run(run)
    with xr.open_dataset(forcing, engine="netcdf4") as file:
        network = file.load()
    kelvin = network.assign(
        air_temperature=(
            ("cluster", "time"),
            network["air_temperature"].to_numpy() + 273.15,
            {"units": "degC"},
        )
    )
    gap = network.isel(time=[*range(100), *range(101, network.sizes["time"])])
    for wrong, words in (
        (kelvin, "which looks like kelvin"),
        (gap, "time is not regular"),
        (network.drop_vars("cluster_id"), "cluster_id missing"),
        (network.isel(time=slice(0)), "time has 0 step"),
    ):
        for ask in (done.predict, lambda wrong: done.advance(wrong, model="many")):
            with pytest.raises(InputError, match=words):
                ask(wrong)


def test_one_process_and_one_model_at_a_time(
    workspace: Workspace, thetamix: Command, run: Path, forcing: Path
) -> None:
    out, state = workspace.folder / "out.nc", workspace.folder / "state.nc"
    leftover = workspace.folder / ".out.nc.ab12cd34.part"
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
    assert sorted(path.name for path in workspace.folder.glob(".*")) == []


def test_refusals(workspace: Workspace, thetamix: Command, run: Path, forcing: Path) -> None:
    with xr.open_dataset(forcing, engine="netcdf4") as whole:
        whole.drop_vars("precipitation").to_netcdf(workspace.folder / "dry.nc", engine="netcdf4")
        whole.isel(time=slice(0, 11)).to_netcdf(workspace.folder / "short.nc", engine="netcdf4")
        there = np.arange(whole.sizes["time"]) % 12 > 0
        gaps = whole.assign(precipitation=whole["precipitation"].where(xr.DataArray(there, dims="time")))
        gaps.to_netcdf(workspace.folder / "gaps.nc", engine="netcdf4")
    out = workspace.folder / "out.nc"
    for network, options, words in (
        (forcing, ["--model", "manny"], "no model 'manny'; did you mean \"many\"?"),
        (forcing, ["--model", "annual cycle"], "no model 'annual cycle'"),
        (forcing, ["--device", "gpu"], "--device: no device 'gpu'; write auto, cpu or cuda"),
        (forcing, ["--model", "condLSTM", "--state", workspace.folder / "state.nc"], "trained on windows"),
        (
            workspace.folder / "dry.nc",
            [],
            f"{workspace.folder / 'dry.nc'}: the network has no forcing 'precipitation'",
        ),
        (workspace.folder / "short.nc", ["--model", "condLSTM"], "11 time steps, and a prediction needs 12"),
        (
            workspace.folder / "short.nc",
            ["--model", "many", "--state", workspace.folder / "nowhere.nc"],
            "nowhere.nc: no such state; to begin one takes 21 time steps of forcing, and the network has 11",
        ),
        (
            workspace.folder / "gaps.nc",
            ["--model", "condLSTM"],
            "no step would have a prediction: one needs all forcing for 12 steps in a row",
        ),
        (
            forcing,
            ["--model", "many", "--state", workspace.folder],
            f"{workspace.folder}: is a folder; give the name of",
        ),
        (workspace.folder / "none.nc", [], "none.nc"),
    ):
        said = thetamix("predict", run, network, "-o", out, *options)
        assert said.code == 2
        assert words in said.err
        assert not out.exists()
        assert not out.with_name("out.nc.pieces").exists()
        assert not (workspace.folder / "nowhere.nc").exists()
    for place in (".", "..", "", workspace.folder):
        said = thetamix("predict", run, forcing, "-o", place)
        assert said.code == 2
        assert "is a folder; give the name of a file in it" in said.err
    mine = workspace.folder / "out.nc.pieces" / "mine.txt"
    mine.parent.mkdir()
    mine.write_text("precious")
    said = thetamix("predict", run, forcing, "-o", out)
    assert said.code == 2
    assert "out.nc.pieces: is in the way, and not of thetamix" in said.err
    assert mine.read_text() == "precious"
    mine.unlink()
    before = forcing.read_bytes()
    for options in (
        ["-o", forcing],
        ["-o", out, "--state", forcing],
        ["-o", workspace.folder / "." / forcing.name],
    ):
        said = thetamix("predict", run, forcing, *options)
        assert said.code == 2
        assert "would be lost" in said.err
        assert forcing.read_bytes() == before


def test_the_best_model_is_taken_and_said(workspace: Workspace, thetamix: Command, run: Path, forcing: Path) -> None:
    scores = tm.open_run(run).scores
    total = scores[
        (scores[["seed", "geology", "depth", "cluster"]] == "all").all(axis=1) & (scores["score"] == "crps")
    ]
    by_model = total.set_index("forecaster")["value"][["condLSTM", "many", "more"]]
    best = by_model.idxmin()
    said = thetamix("predict", run, forcing, "-o", workspace.folder / "out.nc")
    assert (
        f"taking {best} of the trained models, by their CRPS [m3 m-3]: condLSTM {by_model['condLSTM']:.4f}"
        in said.out
    )
    assert f" times: {best} of small, seeds pooled\n" in said.out
    assert "taking" not in thetamix("predict", run, forcing, "-o", workspace.folder / "b.nc", "--model", "more").out
    (run / "scores.csv").unlink()
    assert tm.open_run(run).model_name() == "condLSTM"
    assert tm.open_run(run).model_name(carried=True) == "many"


def test_as_a_table(workspace: Workspace, thetamix: Command, run: Path, forcing: Path) -> None:
    out = workspace.folder / "out.csv"
    assert thetamix("predict", run, forcing, "-o", workspace.folder / "out.nc").code == 0
    said = thetamix("predict", run, forcing, "-o", out)
    assert said.code == 0, said.err
    assert f"wrote {out}\n" in said.out
    assert sorted(path.name for path in workspace.folder.glob("*out*")) == ["out.csv", "out.nc"]
    table = pd.read_csv(out)
    assert list(table) == ["cluster", "depth", "time", "expectation", "sd", "q10", "q50", "q90"]
    with open_prediction(workspace.folder / "out.nc") as written:
        sizes = written.sizes
        assert len(table) == sizes["cluster"] * sizes["depth"] * sizes["time"]
        row = table.iloc[sizes["time"] * sizes["depth"] + 300]  # of the second cluster, at the top
        at = {"cluster": 1, "depth": 0, "time": 300}
        assert (row["cluster"], row["depth"]) == (written["cluster_id"].to_numpy()[1], written["depth"].to_numpy()[0])
        assert np.datetime64(row["time"]) == written["time"].to_numpy()[300]
        weight, mean, sd = (
            written[f"component_{name}"].isel(at).to_numpy().astype(float) for name in ("weight", "mean", "sd")
        )
        expected = (weight * mean).sum()
        assert row["expectation"] == pytest.approx(expected, abs=1e-5)
        assert row["sd"] == pytest.approx(np.sqrt((weight * (sd**2 + (mean - expected) ** 2)).sum()), abs=1e-5)
        for level in (10, 50, 90):  # the distribution function of the quantile is its level
            below = (weight * norm.cdf(row[f"q{level}"], mean, sd)).sum()
            assert below == pytest.approx(level / 100, abs=2e-4)
    assert table["expectation"].isna().sum() == table["q50"].isna().sum() > 0


def test_units_of_own_inputs_are_compared(workspace: Workspace, thetamix: Command) -> None:
    with tm.open_network(workspace.network) as network:
        wind = network["air_temperature"].copy(data=np.abs(network["air_temperature"].to_numpy()))
        other = network.assign(
            wind=wind.assign_attrs(units="m s-1"), stones=("cluster", [10.0, 20, 30], {"units": "mm"})
        )
        other.load()
    inputs = {"forcing": ["precipitation", "wind"], "attributes": ["stones"]}
    workspace.write_network(other)
    workspace.write_study(inputs=inputs, forecasters={"3G": {"kind": "lstm"}}, seeds=[1])
    assert thetamix("run", workspace.study, "--out", workspace.folder / "run").code == 0
    for name, unit, trained in (("stones", "cm", "mm"), ("wind", "km h-1", "m s-1")):
        spoiled = other.copy()
        spoiled[name] = spoiled[name].assign_attrs(units=unit)
        spoiled.to_netcdf(workspace.folder / f"{name}.nc", engine="netcdf4")
        said = thetamix("predict", workspace.folder / "run", workspace.folder / f"{name}.nc", "-o", "out.nc")
        assert said.code == 2
        assert f"{name} is in '{unit}', and the model was trained on '{trained}'; convert its values" in said.err
    said = thetamix("predict", workspace.folder / "run", workspace.network, "-o", workspace.folder / "out.nc")
    assert said.code == 0
