"""The examples, as their README says, on the real data they are for; and the demonstration."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from thetamix import demo
from thetamix.resolve import load_study
from thetamix.work import read_scores

from .conftest import Said

Command = Callable[..., Said]
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/*.yml")), ids=lambda path: path.name)
def test_every_study_of_the_examples_is_one(path: Path) -> None:
    if path.name != "mapping.yml":
        assert load_study(path).network.name == "network.nc"


@pytest.mark.real
@pytest.mark.parametrize("name", ["study.yml", "calendar.yml"])
def test_attert(tmp_path: Path, thetamix: Command, name: str) -> None:
    folder = os.environ.get("THETAMIX_REAL_DATA")
    if folder is None:
        pytest.skip("THETAMIX_REAL_DATA is not set")
    source = Path(folder) / "attert-colpach-daily"
    mapping = EXAMPLES / "attert" / "mapping.yml"
    said = thetamix("import", "csv", source, "--mapping", mapping, "-o", tmp_path / "network.nc")
    assert said.code == 0, said.err
    assert "pos_34" in said.out
    study = yaml.safe_load((EXAMPLES / "attert" / name).read_text(encoding="utf-8"))
    # Untrained models are enough to see that everything fits together; the annual cycles are what they are.
    study["training"] |= {"epochs": 1, "windows_per_epoch": 256, "hidden": 8, "sequence": 8}
    study |= {"seeds": [1], "evaluation": {"bootstrap": {"draws": 3, "block_draws": 20}}}
    (tmp_path / "study.yml").write_text(yaml.safe_dump(study), encoding="utf-8")
    said = thetamix("run", tmp_path / "study.yml", "--out", tmp_path / "run")
    assert said.code == 0, said.err
    scores = read_scores(tmp_path / "run" / "scores.csv")
    total = scores.query("seed == 'all' and geology == 'all' and depth == 'all' and score == 'crps'")
    crps = total.set_index("forecaster")["value"]
    assert len(crps) == 7
    # What a series' own climatology scores on these sensors: 0.03 m3 m-3 within the draw of the split.
    assert 0.025 < crps["annual cycle of the series"] < 0.035
    assert crps["annual cycle of the series"] < crps["annual cycle"]
    leakage = pd.read_csv(tmp_path / "run" / "tables" / "leakage.csv")
    assert leakage["same_series"].item() == 0
    assert (leakage["same_forcing"].item() == 0) == (name == "calendar.yml")


def test_demo(tmp_path: Path, thetamix: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SIZE", {"clusters": 3, "years": 0.5, "step_hours": 6})
    short = demo.STUDY["training"] | {"epochs": 1, "windows_per_epoch": 300, "hidden": 8}
    monkeypatch.setattr(demo, "STUDY", demo.STUDY | {"training": short, "split": {"block": "20d"}})
    out = tmp_path / "demo"
    said = thetamix("demo", "--out", out, "--workers", "1")
    assert said.code == 0, said.err
    assert said.out.rstrip().endswith("report.html")
    assert "simulating" in said.out
    assert "the study took" in said.out
    scores = read_scores(out / "run" / "scores.csv")
    truth = scores.query(
        "forecaster == 'true law' and cluster == 'all' and seed == 'all' and score == 'crps'"
    )
    assert np.isfinite(truth["value"]).all()
    again = thetamix("demo", "--out", out, "--workers", "1")
    assert "simulating" not in again.out
    assert "to do" not in again.out
    assert "simulating" in thetamix("demo", "--out", out, "--seed", "2", "--workers", "1").out


def test_simulate_writes_the_same_bytes_twice(tmp_path: Path, thetamix: Command) -> None:
    for name in ("a", "b"):
        options = [
            "--clusters",
            "3",
            "--years",
            "0.1",
            "--seed",
            "4",
            "--truth",
            tmp_path / f"{name}-truth.nc",
        ]
        assert thetamix("simulate", tmp_path / f"{name}.nc", *options).code == 0
    for name in (".nc", "-truth.nc"):
        assert (tmp_path / f"a{name}").read_bytes() == (tmp_path / f"b{name}").read_bytes()
