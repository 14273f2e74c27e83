"""Files of every release are read, predicted with, continued and reported by the code as it is now."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import thetamix as tm
from thetamix.cli import main
from thetamix.report.figures import drawing, registry

HERE = Path(__file__).parent
RELEASES = sorted(path.parent.name for path in HERE.glob("*/study.yml"))


@pytest.fixture(params=RELEASES)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of what a release left: it may be written to."""
    return Path(shutil.copytree(HERE / request.param, tmp_path / request.param))


@pytest.fixture
def thetamix(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command line in this process, with two figures."""
    few = {name: entry for name, entry in registry.FIGURES.items() if name in ("data", "split", "training")}
    for module in (registry, drawing):
        monkeypatch.setattr(module, "FIGURES", few)

    def run(*arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", ["thetamix", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        assert not ended.value.code, captured.err
        return captured.out

    return run


def equal(old: xr.Dataset, new: xr.Dataset) -> None:
    for name in ("component_weight", "component_mean", "component_sd"):
        np.testing.assert_allclose(new[name].to_numpy(), old[name].to_numpy(), atol=1e-6, rtol=0, err_msg=name)


def test_there_are_releases() -> None:
    assert "0.1.0" in RELEASES


def test_the_network_opens(kept: Path) -> None:
    with tm.open_network(kept / "network.nc") as network:
        assert network.sizes["cluster"] == 2
        assert float(network["soil_moisture"].mean()) == pytest.approx(0.25, abs=0.1)


def test_the_run_and_its_predictions_open(kept: Path) -> None:
    run = tm.open_run(kept / "run")
    assert {"kge", "crps"} <= set(run.scores["score"])
    for forecaster in run.study.forecasters:
        mean = run.prediction(forecaster, 1).mixture.expectation()
        assert np.nanmin(mean) > 0
        assert np.nanmax(mean) < 0.6


def test_the_model_predicts_the_same(kept: Path) -> None:
    run = tm.open_run(kept / "run")
    predicted = run.predict(kept / "network.nc", "3G-LSTM", "cpu")
    equal(run.prediction("3G-LSTM", 1).load(), predicted)


def test_the_run_goes_on_and_is_reported(kept: Path, thetamix: Callable[..., str]) -> None:
    before = {path: path.read_bytes() for path in (kept / "run" / "predictions").iterdir()}
    scores = pd.read_csv(kept / "run" / "scores.csv", keep_default_na=False)
    out = thetamix("run", kept / "study.yml", "--out", kept / "run", "--workers", 1)
    for step in ("split", "fit 3G-LSTM-s1", "forecast 3G-LSTM-s1"):
        assert f"{step}: up to date" in out
    ours = kept / "run" / "predictions" / "3G-LSTM-s1.nc"
    assert ours.read_bytes() == before[ours]
    again = pd.read_csv(kept / "run" / "scores.csv", keep_default_na=False)
    assert set(scores["score"]) <= set(again["score"])
    columns = ["forecaster", "seed", "geology", "depth", "cluster", "score"]
    both = scores.merge(again, on=columns, how="left", suffixes=("", "_now"))
    for name in ("value", "n"):
        was, now = (pd.to_numeric(both[f"{name}{end}"], errors="coerce") for end in ("", "_now"))
        # The annual cycle takes in all readings since 0.2.0, where it thinned them to 64.
        away = np.where(both["forecaster"] == "annual cycle", 5e-3, 1e-6)
        assert (np.isnan(now) == np.isnan(was)).all()
        assert (np.abs(now - was) <= away * (1 + np.abs(was)))[np.isfinite(was)].all()
    page = kept / "run" / "report.html"
    page.unlink()
    thetamix("report", kept / "run")
    assert "3G-LSTM" in page.read_text(encoding="utf-8")
