"""Runs compared as a user does: folders in, a page with its figures and a table out."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest

from thetamix.study.comparing import compare_runs
from thetamix.system.errors import InputError

STUDY = """
network: network.nc
inputs: {forcing: [precipitation], attributes: [elevation]}
forecasters:
  model: {kind: lstm}
  cycle: {kind: annual_cycle}
seeds: [1]
"""
KEYS = ["forecaster", "seed", "geology", "depth", "cluster", "score"]


@pytest.fixture
def make_folder(tmp_path):
    """What a comparison reads of a run; eight clusters, two depths, made-up scores."""

    def make(name, mean=0.03, network="abc"):
        folder = tmp_path / name
        (folder / "tables").mkdir(parents=True)
        (folder / "study.yml").write_text(f"name: run{STUDY}")
        (folder / "environment.json").write_text(
            json.dumps({"thetamix": "0.1", "network_sha256": network, "packages": {"torch": "2"}})
        )
        noise = np.random.default_rng(1)
        rows = []
        for forecaster, score, depth in itertools.product(
            ("model", "cycle"), ("crps", "log_likelihood"), ("0.1", "0.3")
        ):
            for cluster in range(8):
                value = mean + 0.005 * noise.random()
                rows.append((forecaster, "1", "marl", depth, f"c{cluster}", score, value, np.nan, np.nan, 50, 0))
        series = pd.DataFrame(rows, columns=[*KEYS, "value", "low", "high", "n", "n_undefined"])
        means = []
        for seed, geology, depth in itertools.product(("1", "all"), ("marl", "all"), ("0.1", "0.3", "all")):
            chosen = series if depth == "all" else series[series["depth"] == depth]
            mean_of = chosen.groupby(["forecaster", "score"], as_index=False, sort=False)["value"].mean()
            means.append(
                mean_of.assign(
                    seed=seed,
                    geology=geology,
                    depth=depth,
                    cluster="all",
                    low=mean_of["value"] * 0.9,
                    high=mean_of["value"] * 1.1,
                    n=8,
                    n_undefined=0,
                )
            )
        pd.concat([series, *means]).to_csv(folder / "scores.csv", index=False)
        shares = {"same_series": 0.0, "same_cluster": 0.5, "same_forcing": 1.0}
        pd.DataFrame([{"seed": 1, "steps": 100, **shares}]).to_csv(folder / "tables" / "leakage.csv", index=False)
        pd.DataFrame(
            [(1, "c0", 0.1, "all", "2013-01-01", "2014-01-01", "training")],
            columns=["seed", "cluster", "depth", "replicate", "start", "end", "part"],
        ).to_csv(folder / "splits.csv", index=False)
        return folder

    return make


def test_a_comparison_is_a_page_with_figures_and_a_table(make_folder, tmp_path):
    out = tmp_path / "out"
    page = compare_runs([make_folder("one"), make_folder("two", 0.04)], out)
    text = page.read_text(encoding="utf-8")
    assert page == out / "comparison.html"
    assert text.count("<figure>") == 2
    assert {path.name for path in out.iterdir()} == {
        "comparison.html",
        "comparison.csv",
        "comparison_crps.pdf",
        "comparison_crps.png",
        "comparison_differences.pdf",
        "comparison_differences.png",
    }
    table = pd.read_csv(out / "comparison.csv", dtype={"depth": str})
    assert sorted(set(table["depth"])) == ["0.1", "0.3", "all"]
    np.testing.assert_allclose(table["difference"], 0.01)


def test_the_same_runs_give_the_same_bytes(make_folder, tmp_path):
    folders = [make_folder("one"), make_folder("two", 0.04)]
    for name in "ab":
        compare_runs(folders, tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_figures_of_an_earlier_comparison_do_not_stay(make_folder, tmp_path):
    one, out = make_folder("one"), tmp_path / "out"
    compare_runs([one, make_folder("two")], out)
    text = compare_runs([one, make_folder("other", network="x")], out).read_text(encoding="utf-8")
    assert text.count("<figure>") == 1
    assert not list(out.glob("comparison_differences.*"))


def test_runs_of_one_name_are_told_apart_by_their_paths(make_folder, tmp_path):
    folders = [make_folder("a/run"), make_folder("b/run", 0.04)]
    text = compare_runs(folders, tmp_path / "out").read_text(encoding="utf-8")
    assert "a/run" in text
    assert "b/run" in text


def test_one_run_cannot_be_compared(make_folder, tmp_path):
    one = make_folder("one")
    for folders in ([one], [one, one]):
        with pytest.raises(InputError, match="two different"):
            compare_runs(folders, tmp_path / "out")
