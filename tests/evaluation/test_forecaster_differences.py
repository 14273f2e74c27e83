"""Pairs of forecasters on the same draws; seeds as a spread."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from thetamix.evaluation.estimates import ALL, score_table
from thetamix.evaluation.forecaster_differences import (
    COLUMNS,
    SPREAD_COLUMNS,
    comparison_table,
    seed_spread,
    share_better,
)
from thetamix.evaluation.scores import SCORES
from thetamix.evaluation.series_scores import SeriesScores, cluster_draws
from thetamix.network.series import Series

DRAWS = 200
GEOLOGY = ["marl", "marl", "schist"]


def scored(cluster: int, draws=None, units=range(8), **value: float) -> SeriesScores:
    values = dict.fromkeys(SCORES, np.nan) | value
    drawn = {name: np.full(DRAWS, one) for name, one in values.items()} | (draws or {})
    return SeriesScores(Series(cluster, 0, f"c{cluster}", 0.1, (True,)), values, drawn, drawn, 9, 0, frozenset(units))


def compare(results, **settings) -> pd.DataFrame:
    return comparison_table(results, GEOLOGY, **{"draw_clusters": False} | settings)


def row(table: pd.DataFrame, score: str = "crps", one: str = "a", other: str = "b", geology=ALL) -> pd.Series:
    wanted = {"score": score, "one": one, "other": other, "geology": geology}
    wanted["depth"] = "0.1" if geology != ALL else ALL
    [number] = np.flatnonzero(np.all([table[name] == text for name, text in wanted.items()], axis=0))
    return table.iloc[number]


def test_differences_are_taken_draw_by_draw_before_they_are_averaged():
    rng = np.random.default_rng(0)
    weather = rng.normal(0, 1, DRAWS)  # what is hard for one is hard for the other
    own = rng.normal(0, 0.01, (2, 3, DRAWS))
    results = {
        (name, 1): [scored(c, {"crps": weather + own[f, c]}, crps=float(f + c)) for c in range(3)]
        for f, name in enumerate("ab")
    }
    table = compare(results)
    assert list(table.columns) == COLUMNS
    marl, total = row(table, geology="marl"), row(table)
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
    scores = score_table(results, GEOLOGY, draw_clusters=False, step_bootstrap="x")
    single = scores[(scores["geology"] == ALL) & (scores["depth"] == ALL) & (scores["score"] == "crps")]
    assert (single["high"] - single["low"]).min() > 50 * (total["high"] - total["low"])


def test_only_series_and_seeds_that_both_define_count():
    results = {
        ("a", 1): [scored(0, crps=1.0, kge=0.5), scored(1, crps=5.0), scored(2, crps=1.0)],
        ("b", 1): [scored(0, crps=3.0), scored(1), scored(2, crps=2.0)],
        ("a", 2): [scored(0, crps=9.0)],
    }
    table = compare(results)
    assert row(table, geology="marl")["difference"] == pytest.approx(-2)
    assert row(table, geology="marl")["n"] == 1
    assert row(table)["difference"] == pytest.approx((-2 - 1) / 2)
    assert set(table["score"]) == {"crps"}  # b has no KGE


def test_seeds_are_averaged_and_series_counted_once():
    results = {(name, s): [scored(0, crps=f + 0.1 * s * f)] for f, name in enumerate("ab") for s in (1, 2)}
    marl = row(compare(results), geology="marl")
    assert marl["difference"] == pytest.approx(-1.15)
    assert marl["n"] == 1
    assert marl["share_one_better"] == 1


def test_all_pairs_once_and_higher_may_be_better():
    results = {(name, 1): [scored(0, kge=value)] for name, value in (("a", 0.9), ("b", 0.5), ("c", 0.7))}
    table = compare(results)
    pairs = list(dict.fromkeys(zip(table["one"], table["other"], strict=True)))
    assert pairs == [("a", "b"), ("a", "c"), ("b", "c")]
    assert row(table, "kge")["share_one_better"] == 1
    assert row(table, "kge", "b", "c")["share_one_better"] == 0


def test_few_blocks_make_no_interval():
    results = {(name, 1): [scored(0, units=[1, 2, 3], crps=f)] for f, name in enumerate("ab")}
    few = row(compare(results))
    assert few["difference"] == -1
    assert np.isnan([few["low"], few["high"], few["share_one_better"]]).all()


def test_where_clusters_are_drawn_a_pair_has_the_same_ones():
    results = {
        (name, 1): [scored(c, units=range(8), crps=float(f * (c + 1))) for c in range(3)]
        for f, name in enumerate("ab")
    }
    total = row(compare(results, draw_clusters=True))
    explicit = []
    for counts in cluster_draws(np.ones(3, bool), DRAWS):
        cells = [
            -np.average([m + 1.0 for m in members], weights=counts[members])
            for members in ([0, 1], [2])
            if counts[members].sum()
        ]
        explicit.append(np.mean(cells))
    assert (total["low"], total["high"]) == pytest.approx(tuple(np.quantile(explicit, [0.025, 0.975])))


def test_identical_forecasters_are_a_tie():
    draws = {"crps": np.random.default_rng(0).normal(size=DRAWS)}
    results = {(name, 1): [scored(0, draws, crps=0.5)] for name in "ab"}
    tie = row(compare(results))
    assert (tie["difference"], tie["low"], tie["high"], tie["share_one_better"]) == (0, 0, 0, 0.5)
    assert np.isnan(share_better(np.full(3, np.nan), higher_is_better=True))


def test_the_spread_over_seeds_is_students():
    values = [0.30, 0.34, 0.35]
    results = {("m", s): [scored(0, crps=v)] for s, v in enumerate(values)} | {("once", 0): [scored(0, crps=1.0)]}
    scores = score_table(results, GEOLOGY, draw_clusters=False, step_bootstrap="x")
    table = seed_spread(scores)
    assert list(table.columns) == SPREAD_COLUMNS
    chosen = table[(table["geology"] == ALL) & (table["depth"] == ALL) & (table["score"] == "crps")]
    several, once = chosen.to_dict("records")
    assert several["seeds"] == 3
    assert several["mean"] == pytest.approx(np.mean(values))
    interval = stats.ttest_1samp(values, 0).confidence_interval()
    assert (several["low"], several["high"]) == pytest.approx(tuple(interval))
    assert (once["seeds"], once["mean"]) == (1, 1.0)
    assert np.isnan([once["sd"], once["low"], once["high"]]).all()
