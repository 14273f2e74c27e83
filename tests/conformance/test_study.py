"""A stranger's forecaster and head in a study: the templates of the documentation, put into the tables, no more."""

import pytest
import yaml

from thetamix.forecasters import FORECASTERS
from thetamix.model.heads import HEADS
from thetamix.network.netcdf import write_network
from thetamix.study.run import run_study
from thetamix.study.table_files import read_table
from thetamix.system.progress import Progress

from .template_files import template

STUDY = {
    "name": "stranger",
    "network": "network.nc",
    "inputs": {"forcing": ["precipitation", "air_temperature"], "attributes": ["elevation"]},
    "split": {"scheme": "blocks", "block": "10d"},
    "training": {"hidden": 4, "sequence": 8, "epochs": 1, "windows_per_epoch": 200, "device": "cpu"},
    "forecasters": {
        "both": {"kind": "ensemble", "of": ["shared spread", "climate"]},
        "shared spread": {"kind": "lstm", "components": 2, "head": "shared_spread"},
        "climate": {"kind": "climate", "warm": 8},
    },
    "evaluation": {"bootstrap": {"draws": 5, "block_draws": 10}},
}


class Lines(Progress):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def written(make_network, monkeypatch, tmp_path):
    monkeypatch.setitem(FORECASTERS, "climate", template("forecaster").Climate)
    monkeypatch.setitem(HEADS, "shared_spread", template("head").SharedSpreadHead)
    write_network(make_network(steps=160), tmp_path / "network.nc")
    (tmp_path / "study.yml").write_text(yaml.safe_dump(STUDY, sort_keys=False))
    return tmp_path


def test_a_study_runs_with_them_and_is_done_then(written):
    run_study(written / "study.yml", written / "run")
    scores = read_table(written / "run" / "scores.csv")
    assert {"both", "shared spread", "climate"} <= set(scores["forecaster"])
    resolved = yaml.safe_load((written / "run" / "study.yml").read_text())["forecasters"]
    assert resolved["shared spread"]["head"] == "shared_spread"
    assert resolved["climate"] == {"kind": "climate", "warm": 8.0}
    page = (written / "run" / "report.html").read_text()
    assert "climate" in page
    progress = Lines()
    run_study(written / "study.yml", written / "run", progress)
    assert all(line.endswith("up to date") for line in progress.lines)
