"""The command line as a user types it, on a small simulated network."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
import yaml

from thetamix.cli import main
from thetamix.network.netcdf import EPOCH
from thetamix.report.figures import drawing, registry
from thetamix.simulation.simulate import simulate

STUDY: dict[str, Any] = {
    "name": "small",
    "network": "network.nc",
    "inputs": {
        "forcing": [
            "precipitation",
            "potential_evapotranspiration",
            "air_temperature",
            {"discharge": "optional"},
        ],
        "attributes": ["elevation", "soil_type"],
    },
    "split": {"scheme": "blocks", "block": "10d"},
    "training": {"hidden": 8, "sequence": 12, "epochs": 3, "batch": 32, "windows_per_epoch": 600},
    "forecasters": {
        "condLSTM": {"kind": "lstm", "components": 1, "condition_on_replicate": True},
        "3G-LSTM": {"kind": "lstm", "components": 3},
        "both": {"kind": "ensemble", "of": ["condLSTM", "3G-LSTM"]},
        "annual cycle": {"kind": "annual_cycle"},
        "annual cycle of the series": {"kind": "annual_cycle", "by": "series"},
        "reference": {"kind": "reference"},
    },
    "seeds": [1, 2],
    "evaluation": {"bootstrap": {"draws": 10, "block_draws": 40}},
}


@dataclass
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def thetamix(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run a command line in this process."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> Said:
        # Workers are processes that import torch; one test has them, the others do without.
        alone = ["--workers", "1"] if arguments[0] == "run" and "--workers" not in arguments else []
        monkeypatch.setattr(sys, "argv", ["thetamix", *map(str, arguments), *alone])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return Said(int(ended.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture(autouse=True)
def few_figures(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty figures for every run would take most of the time; a test that is marked `figures` draws them all."""
    if request.node.get_closest_marker("figures") is None:
        few = {name: entry for name, entry in registry.FIGURES.items() if name in ("data", "split", "training")}
        monkeypatch.setattr(registry, "FIGURES", few)
        monkeypatch.setattr(drawing, "FIGURES", few)


@pytest.fixture(scope="session")
def simulated() -> xr.Dataset:
    """Three clusters, two months of hours, hardly any gaps."""
    network = simulate(3, 0.2, seed=3, truth_profiles=0, without=["gaps", "faults"]).network
    return network.isel(replicate=slice(0, 3))


@dataclass
class Workspace:
    """A folder with a network and a study that a test may spoil."""

    folder: Path

    @property
    def network(self) -> Path:
        return self.folder / "network.nc"

    @property
    def study(self) -> Path:
        return self.folder / "study.yml"

    def write_network(self, network: xr.Dataset) -> None:
        """Without any check: that is the command's business."""
        encoding = {"time": {"units": EPOCH}} if "time" in network else {}
        network.to_netcdf(self.network, engine="netcdf4", encoding=encoding)

    def write_study(self, **changes: Any) -> None:
        self.study.write_text(yaml.safe_dump(STUDY | changes, sort_keys=False), encoding="utf-8")


@pytest.fixture
def workspace(tmp_path: Path, simulated: xr.Dataset) -> Workspace:
    workspace = Workspace(tmp_path)
    workspace.write_network(simulated)
    workspace.write_study()
    return workspace
