"""Pairs of forecasters on the same draws; seeds as a spread."""

import numpy as np
import pandas as pd
import pytest

from thetamix.evaluation.bootstrap import Units, share_better, unit_weights
from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.forecaster_differences import (
    COLUMNS,
    comparison_table,
    difference,
    paired_means,
    series_table,
)
from thetamix.evaluation.long_table import score_table

DRAWS = 200
GEOLOGY = ["marl", "marl", "schist", "schist", "schist", "schist"]


@pytest.fixture
def scored(scored_series):
    def make(cluster, draws=None, units=range(8), **value):
        return scored_series(cluster, 0.1, value, draws or {}, 9, 0, frozenset(units), DRAWS)

    return make


@pytest.fixture
def compare(made_up_scores):
    def make(results, units=None) -> pd.DataFrame:
        scores, _ = made_up_scores(results, GEOLOGY, units)
        drawn = units or Units(np.arange(8), np.ones((DRAWS, 8)))
        return comparison_table(scores, dict.fromkeys(scores, drawn))

    return make


def row(table: pd.DataFrame, score: str = "crps", one: str = "a", other: str = "b", group=ALL) -> pd.Series:
    wanted = {"score": score, "one": one, "other": other, "group": group}
    wanted["depth"] = "0.1" if group != ALL else ALL
    [number] = np.flatnonzero(np.all([table[name] == text for name, text in wanted.items()], axis=0))
    return table.iloc[number]


def test_differences_are_taken_draw_by_draw_before_they_are_averaged(scored, compare, made_up_scores):
    rng = np.random.default_rng(0)
    weather = rng.normal(0, 1, DRAWS)  # what is hard for one is hard for the other
    own = rng.normal(0, 0.01, (2, 3, DRAWS))
    results = {
        (name, 1): [scored(c, {"crps": weather + own[f, c]}, crps=float(f + c)) for c in range(3)]
        for f, name in enumerate("ab")
    }
    table = compare(results)
    assert list(table.columns) == COLUMNS
    marl, total = row(table, group="marl"), row(table)
    assert marl["difference"] == pytest.approx(-1)
    assert (marl["n"], total["n"]) == (2, 3)
    difference = own[0] - own[1]
    of_marl = difference[:2].mean(axis=0)
    of_all = (of_marl + difference[2]) / 2
    assert (marl["low"], marl["high"]) == pytest.approx(tuple(np.quantile(of_marl, [0.025, 0.975])))
    assert (total["low"], total["high"]) == pytest.approx(tuple(np.quantile(of_all, [0.025, 0.975])))
    # A low CRPS is good.
    assert total["share_one_better"] == pytest.approx(np.mean(of_all < 0))
    # The scores themselves are a hundred times less certain than their difference.
    scores = score_table(*made_up_scores(results, GEOLOGY))
    single = scores[(scores["group"] == ALL) & (scores["depth"] == ALL) & (scores["score"] == "crps")]
    assert (single["high"] - single["low"]).min() > 50 * (total["high"] - total["low"])


def test_only_series_and_seeds_that_both_define_count(scored, compare):
    results = {
        ("a", 1): [scored(0, crps=1.0, kge=0.5), scored(1, crps=5.0), scored(2, crps=1.0)],
        ("b", 1): [scored(0, crps=3.0), scored(1), scored(2, crps=2.0)],
        ("a", 2): [scored(0, crps=9.0)],
    }
    table = compare(results)
    assert row(table, group="marl")["difference"] == pytest.approx(-2)
    assert row(table, group="marl")["n"] == 1
    assert row(table)["difference"] == pytest.approx((-2 - 1) / 2)
    assert set(table["score"]) == {"crps"}  # b has no KGE


def test_seeds_are_averaged_and_series_counted_once(scored, compare):
    results = {(name, s): [scored(0, crps=f + 0.1 * s * f)] for f, name in enumerate("ab") for s in (1, 2)}
    marl = row(compare(results), group="marl")
    assert marl["difference"] == pytest.approx(-1.15)
    assert marl["n"] == 1
    assert marl["share_one_better"] == 1


def test_all_pairs_once_and_higher_may_be_better(scored, compare):
    results = {(name, 1): [scored(0, kge=value)] for name, value in (("a", 0.9), ("b", 0.5), ("c", 0.7))}
    table = compare(results)
    pairs = list(dict.fromkeys(zip(table["one"], table["other"], strict=True)))
    assert pairs == [("a", "b"), ("a", "c"), ("b", "c")]
    assert row(table, "kge")["share_one_better"] == 1
    assert row(table, "kge", "b", "c")["share_one_better"] == 0


def test_few_blocks_make_no_interval(scored, compare):
    results = {(name, 1): [scored(0, units=[1, 2, 3], crps=f)] for f, name in enumerate("ab")}
    few = row(compare(results))
    assert few["difference"] == -1
    assert np.isnan([few["low"], few["high"], few["share_one_better"]]).all()


def test_where_clusters_are_drawn_a_pair_has_the_same_ones(scored, compare):
    results = {
        (name, 1): [scored(c, units=range(8), crps=float(f * (c + 1))) for c in range(6)]
        for f, name in enumerate("ab")
    }
    weights = unit_weights(6, DRAWS, 0, "clusters")
    total = row(compare(results, Units(None, weights)))
    explicit = []
    for counts in weights:
        cells = [
            -np.average([m + 1.0 for m in members], weights=counts[members])
            for members in ([0, 1], [2, 3, 4, 5])
            if counts[members].sum()
        ]
        explicit.append(np.mean(cells))
    assert (total["low"], total["high"]) == pytest.approx(tuple(np.quantile(explicit, [0.025, 0.975])))


def test_identical_forecasters_are_a_tie(scored, compare):
    draws = {"crps": np.random.default_rng(0).normal(size=DRAWS)}
    results = {(name, 1): [scored(0, draws, crps=0.5)] for name in "ab"}
    tie = row(compare(results))
    assert (tie["difference"], tie["low"], tie["high"], tie["share_one_better"]) == (0, 0, 0, 0.5)
    assert np.isnan(share_better(np.full(3, np.nan), higher_is_better=True))


# From the tables of a run


def test_two_forecasters_are_compared_where_both_have_a_score(make_scores):
    # Where the reference is silent, the model is bad: that does not count against it.
    crps = {"model": 0.02, ("model", 2, 1): 0.5, "land": 0.04, ("land", 2, 1): np.nan}
    assert paired_means(make_scores(crps), "model", "land") == pytest.approx((0.02, 0.04))
    assert np.isnan(paired_means(make_scores({"model": 0.02}), "model", "land")).all()
    assert np.isnan(paired_means(make_scores(), "model", "absent")).all()


def test_the_comparison_is_a_mean_of_cells(make_scores):
    crps = {"model": 0.1, "cycle": 0.2, ("model", 1, 0): 0.4}
    # Of three seeds, the first has 0.4 in one of two geologies.
    assert paired_means(make_scores(crps), "model", "cycle")[0] == pytest.approx((0.25 + 0.1 + 0.1) / 3)


def test_series_are_laid_out_side_by_side(make_scores):
    both = series_table(make_scores(), "crps", ["model", "land"])
    assert list(both.columns) == ["model", "land"]
    assert len(both) == 12


def test_a_difference_has_a_direction():
    row = {"score": "crps", "one": "a", "other": "b", "group": "all", "depth": "all"}
    table = pd.DataFrame([row | {"difference": -0.1, "low": -0.2, "high": -0.05}])
    there, back = difference(table, "crps", "a", "b"), difference(table, "crps", "b", "a")
    assert (there.value, there.low, there.high) == (-0.1, -0.2, -0.05)
    assert (back.value, back.low, back.high) == (0.1, 0.05, 0.2)
    assert there.decided
    assert difference(table, "kge", "a", "b") is None
    assert difference(table.assign(low=np.nan), "crps", "a", "b") is None
    assert difference(None, "crps", "a", "b") is None
