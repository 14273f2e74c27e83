"""Runs side by side: paired where they may be, said so where they may not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from thetamix.evaluation.forecaster_differences import mean_of_table
from thetamix.evaluation.run_differences import (
    RunTables,
    across_runs,
    paired_series_table,
    shared_seeds,
    why_unpaired,
)
from thetamix.report.page.compare import differing_settings, render_comparison, summarise_comparison
from thetamix.report.page.page import Picture
from thetamix.splits.settings import Split

CLUSTERS = tuple(range(8))


@pytest.fixture
def make_run(make_study, make_scores, leakage):
    def make_run(label="one", crps=None, network="abc", part="a", **settings):
        splits = pd.DataFrame({"seed": [1, 2, 3], "cluster": "c0", "start": 0, "part": [part] * 3})
        scores = make_scores(crps or {"model": 0.03}, group=("marl",) * 8, clusters=CLUSTERS)
        environment = {"thetamix": "0.1", "network_sha256": network}
        study = make_study(split=Split(**{"scheme": "blocks"} | settings))
        return RunTables(label, study, {"split": study.split.model_dump()}, scores, leakage, environment, splits)

    return make_run


def by_series(mean, scatter, seed=0):
    rng = np.random.default_rng(seed)
    return {("model", s, c): mean + scatter * rng.standard_normal() for s in (1, 2, 3) for c in CLUSTERS}


def test_pairs_need_the_same_network_and_split(make_run):
    run = make_run()
    assert why_unpaired(run, make_run("two")) is None
    assert "different networks" in why_unpaired(run, make_run("two", network="x"))
    assert "no seed" in why_unpaired(run, make_run("two", part="b"))
    other = make_run("two")
    splits = other.splits.copy()
    splits.loc[splits["seed"] == 2, "part"] = "b"
    assert shared_seeds(run, replace(other, splits=splits)) == ["1", "3"]
    assert across_runs([run, make_run("two", network="x")]).empty


def test_a_better_run_is_better(make_run):
    worse = make_run("worse", by_series(0.04, 0.01))
    better = make_run("better", {key: value - 0.005 for key, value in by_series(0.04, 0.01).items()})
    table = across_runs([worse, better]).set_index(["score", "depth"])
    row = table.loc[("crps", "all")]
    assert row["difference"] == pytest.approx(-0.005)
    assert row["low"] == pytest.approx(-0.005)  # pairs take the series' own differences away
    assert row["share_one_better"] == 1
    assert row["n"] == 3 * 2 * 8
    summary = summarise_comparison([worse, better], across_runs([worse, better]))
    assert summary.good[0].startswith("better · model has a lower CRPS than worse · model by 0.0050")


def test_what_is_not_decided_is_said(make_run):
    runs = [make_run("a", by_series(0.04, 0.01)), make_run("b", by_series(0.04, 0.01, seed=1))]
    summary = summarise_comparison(runs, across_runs(runs))
    assert any("cannot be told apart" in line for line in summary.distrust)
    same = [make_run("a"), make_run("b")]
    assert any("the same CRPS" in line for line in summarise_comparison(same, across_runs(same)).distrust)


def test_series_scored_at_other_steps_are_left_out(make_run):
    one, other = make_run("a"), make_run("b")
    scores = other.scores.copy()
    scores.loc[(scores["cluster"] == "c3") & (scores["depth"] == "0.1"), "n"] = 7
    series, left_out = paired_series_table(replace(other, scores=scores), "model", one, "model", "crps")
    assert len(left_out) == 3
    assert len(series) == 45


def test_each_depth_has_its_own_difference(make_run):
    one, other = make_run("a", by_series(0.04, 0.01)), make_run("b", by_series(0.04, 0.01))
    scores = other.scores.copy()
    deep = (scores["depth"] == "0.3") & (scores["score"] == "crps")
    scores.loc[deep, "value"] += 0.01
    scores.loc[(scores["cluster"] == "c3") & (scores["depth"] == "0.1"), "n"] = 7
    table = across_runs([one, replace(other, scores=scores)]).set_index(["score", "depth"]).loc["crps"]
    assert table.index.tolist() == ["all", "0.1", "0.3"]
    np.testing.assert_allclose(table["difference"], [0.005, 0, 0.01], atol=1e-12)
    np.testing.assert_allclose(table[["low", "high"]].loc["0.3"], 0.01)
    assert table["n"].tolist() == [45, 21, 24]
    assert table["n_left_out"].tolist() == [3, 3, 0]


def test_draws_of_clusters_agree_with_drawing_by_hand():
    index = pd.MultiIndex.from_product(
        [["1"], ["marl"], ["0.1", "0.3"], [f"c{c}" for c in range(6)]],
        names=["seed", "group", "depth", "cluster"],
    )
    values = pd.Series(np.random.default_rng(1).standard_normal(12), index=index)
    draws = mean_of_table(values.to_frame(), 4000).draws[:, 0]
    # The mean over both depths of a cluster is what is drawn.
    of_cluster = values.groupby(level="cluster").mean().to_numpy()
    assert draws.mean() == pytest.approx(of_cluster.mean(), abs=0.02)
    assert draws.std() == pytest.approx(of_cluster.std() / np.sqrt(6), rel=0.05)


def test_few_clusters_have_no_interval(study, make_scores, leakage):
    splits = pd.DataFrame({"seed": [1, 2, 3], "part": "a"})
    runs = [
        RunTables(label, study, {}, make_scores(), leakage, {"thetamix": "0", "network_sha256": "a"}, splits)
        for label in "ab"
    ]
    assert across_runs(runs)["low"].isna().all()
    assert any("too few clusters" in line for line in summarise_comparison(runs, across_runs(runs)).distrust)


def test_settings_that_differ_are_listed(make_run):
    runs = [make_run("a"), make_run("b", scheme="calendar")]
    assert list(differing_settings(runs)) == [("split.scheme", ["blocks", "calendar"])]


def test_the_page_is_sound_and_escaped(make_run):
    evil = "<script>alert(1)</script>\"'"
    text = render_comparison([make_run(evil), make_run("b", network="x"), make_run("c")])
    assert "<script>alert" not in text
    assert "default-src &#39;none&#39;" in text
    assert "cannot be paired: they were made on different networks" in text
    assert text.count("<script") == 1
    assert "<figure>" not in text


def test_the_page_shows_figures_in_their_own_section(make_run):
    figures = [Picture("comparison_crps", "CRPS <b>", "In m3 m-3.", b"png")]
    text = render_comparison([make_run("a"), make_run("b")], figures=figures)
    assert 'src="data:image/png;base64,cG5n"' in text
    assert 'alt="CRPS &lt;b&gt;. In m³ m⁻³."' in text
    assert text.index('id="scores"') < text.index('id="figures"') < text.index('id="settings"')
    assert '<a href="#figures">' in text
