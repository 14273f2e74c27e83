"""From series to cells, seeds and totals: the paper's order, nothing undefined taken for zero."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from thetamix.evaluation.bootstrap import Units, unit_weights
from thetamix.evaluation.estimates import ALL, Estimate
from thetamix.evaluation.floor import LEAVE_ONE_OUT
from thetamix.evaluation.long_table import COLUMNS, SPREAD_COLUMNS, score_table, seed_spread

DRAWS = 40
GEOLOGY = ["marl", "marl", "schist", "sandstone"]
SUFFIX = " (50 of 80 %)"


@pytest.fixture
def scored(scored_series):
    """Scores of one series; what is not given is NaN."""

    def make(cluster, depth, draws=None, steps=100, unpredicted=0, units=range(5), **value):
        return scored_series(cluster, depth, value, draws or {}, steps, unpredicted, frozenset(units), DRAWS)

    return make


@pytest.fixture
def table(made_up_scores):
    def make(results, group=GEOLOGY, units=None) -> pd.DataFrame:
        return score_table(*made_up_scores(results, group, units, SUFFIX))

    return make


def row(scores: pd.DataFrame, score: str = "kge", forecaster: str = "m", **place: str) -> pd.Series:
    wanted = {"seed": ALL, "group": ALL, "depth": ALL, "cluster": ALL} | place
    wanted |= {"score": score, "forecaster": forecaster}
    found = scores[np.all([scores[name] == text for name, text in wanted.items()], axis=0)]
    assert len(found) == 1, wanted
    return found.iloc[0]


# The order of the means


def test_cells_count_alike_however_many_series_they_have(scored, table):
    series = [
        scored(0, 0.1, kge=0.1),
        scored(1, 0.1, kge=0.3),  # marl at 0.1 m: 0.2
        scored(0, 0.3, kge=0.6),
        scored(2, 0.1, kge=0.9),
    ]
    scores = table({("m", 1): series})
    assert row(scores, group="marl", depth="0.1")["value"] == pytest.approx(0.2)
    assert row(scores, group="marl")["value"] == pytest.approx((0.2 + 0.6) / 2)
    assert row(scores, group="schist")["value"] == pytest.approx(0.9)
    assert row(scores, depth="0.1")["value"] == pytest.approx((0.2 + 0.9) / 2)
    assert row(scores, depth="0.3")["value"] == pytest.approx(0.6)
    assert row(scores)["value"] == pytest.approx((0.2 + 0.6 + 0.9) / 3)
    assert row(scores, group="marl", depth="0.1", cluster="c1")["value"] == 0.3
    assert row(scores)["n"] == 4


def test_seeds_are_averaged_cell_by_cell_and_totals_are_the_means_of_the_cells_shown(scored, table):
    # The second seed has nothing at 0.3 m: a total of totals would weigh 0.1 m more.
    results = {
        ("m", 1): [scored(0, 0.1, kge=0.2, mse=0.04), scored(0, 0.3, kge=0.8, mse=0.01)],
        ("m", 2): [scored(0, 0.1, kge=0.4, mse=0.02)],
    }
    scores = table(results)
    assert row(scores, seed="1")["value"] == pytest.approx(0.5)
    assert row(scores, seed="2")["value"] == pytest.approx(0.4)
    assert row(scores, group="marl", depth="0.1")["value"] == pytest.approx(0.3)
    assert row(scores, group="marl", depth="0.3")["value"] == pytest.approx(0.8)
    assert row(scores)["value"] == pytest.approx((0.3 + 0.8) / 2)
    assert row(scores, "rmse_of_mean_mse")["value"] == pytest.approx(np.sqrt(row(scores, "mse")["value"]))
    assert row(scores, group="marl", depth="0.1", cluster="c0")["value"] == pytest.approx(0.3)


def test_without_geology_the_depths_are_the_cells(scored, table):
    series = [scored(0, 0.1, kge=0.1), scored(1, 0.1, kge=0.3), scored(0, 0.3, kge=0.6)]
    scores = table({("m", 1): series}, group=[ALL, ALL])
    assert row(scores, depth="0.1")["value"] == pytest.approx(0.2)
    assert row(scores, depth="0.1")["n"] == 2
    assert row(scores)["value"] == pytest.approx((0.2 + 0.6) / 2)
    assert not scores.duplicated(COLUMNS[:6]).any()


# What is undefined


def test_an_undefined_series_is_left_out_and_counted_never_zero(scored, table):
    series = [scored(0, 0.1, kge=0.5), scored(1, 0.1, kge=np.nan), scored(2, 0.1, kge=np.nan)]
    scores = table({("m", 1): series})
    marl, schist, total = (row(scores, group=g, depth="0.1") for g in ("marl", "schist", ALL))
    assert (marl["value"], marl["n"], marl["n_undefined"]) == (0.5, 1, 1)
    assert np.isnan(schist["value"])
    assert (schist["n"], schist["n_undefined"]) == (0, 1)
    assert (total["value"], total["n"], total["n_undefined"]) == (0.5, 1, 2)
    one = row(scores, group="marl", depth="0.1", cluster="c1")
    assert np.isnan(one["value"])
    assert (one["n"], one["n_undefined"]) == (100, 1)


def test_scores_that_every_forecaster_has_are_there_even_if_they_are_undefined_throughout(scored, table):
    scores = table({("m", 1): [scored(0, 0.1)]})
    assert set(scores["score"]) - {s for s in scores["score"] if "(" in s} == {
        "kge",
        "rank_correlation",
        "mse",
        "rmse",
        "crps",
        "rmse_of_mean_mse",
    }
    assert scores["value"].isna().all()
    assert (scores["n_undefined"] == 1).all()


def test_a_point_forecast_has_no_rows_of_likelihood(scored, table):
    scores = table({("m", 1): [scored(0, 0.1, crps=0.1)]})
    assert not scores["score"].str.startswith("log_likelihood").any()


def test_steps_without_a_prediction_are_told(scored, table):
    scores = table({("m", 1): [scored(0, 0.1, kge=1, steps=60, unpredicted=40), scored(0, 0.3, kge=1)]})
    [told] = scores[scores["score"] == "steps_without_prediction"].to_dict("records")
    assert (told["cluster"], told["depth"], told["value"], told["n"]) == ("c0", "0.1", 40, 100)


# Bootstraps


def test_the_interval_of_a_mean_is_that_of_the_means_of_the_draws(scored, table):
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(3, DRAWS))
    series = [
        scored(0, 0.1, {"kge": draws[0]}, kge=0.1),
        scored(1, 0.1, {"kge": draws[1]}, kge=0.2),
        scored(2, 0.1, {"kge": draws[2]}, kge=0.3),
    ]
    scores = table({("m", 1): series})
    marl, total = row(scores, group="marl", depth="0.1"), row(scores)
    cell = draws[:2].mean(axis=0)
    assert (marl["low"], marl["high"]) == pytest.approx(tuple(np.quantile(cell, [0.025, 0.975])))
    both = (cell + draws[2]) / 2
    assert (total["low"], total["high"]) == pytest.approx(tuple(np.quantile(both, [0.025, 0.975])))
    assert total["value"] == pytest.approx((0.15 + 0.3) / 2)


def test_seeds_share_their_draws(scored, table):
    draws = np.random.default_rng(0).normal(size=(2, DRAWS))
    results = {("m", s): [scored(0, 0.1, {"kge": draws[s]}, kge=0.1)] for s in (0, 1)}
    total = row(table(results))
    expected = np.quantile(draws.mean(axis=0), [0.025, 0.975])
    assert (total["low"], total["high"]) == pytest.approx(tuple(expected))


def test_a_draw_that_leaves_a_series_undefined_is_made_of_the_others(scored, table):
    one, two = np.arange(DRAWS, dtype=float), np.full(DRAWS, np.nan)
    two[::2] = 100.0
    series = [scored(0, 0.1, {"kge": one}, kge=1), scored(1, 0.1, {"kge": two}, kge=1)]
    marl = row(table({("m", 1): series}), group="marl", depth="0.1")
    expected = np.where(np.arange(DRAWS) % 2 == 0, (one + 100) / 2, one)
    assert (marl["low"], marl["high"]) == pytest.approx(tuple(np.quantile(expected, [0.025, 0.975])))


def test_few_blocks_make_no_interval_but_those_of_several_series_and_seeds_add_up(scored, table):
    draws = {"kge": np.linspace(0, 1, DRAWS)}
    results = {
        ("m", 1): [
            scored(0, 0.1, draws, kge=0.5, units=[1, 2]),
            scored(1, 0.1, draws, kge=0.5, units=[2, 3, 4]),
        ],
        ("m", 2): [scored(0, 0.1, draws, kge=0.5, units=[7])],
    }
    scores = table(results)
    cell = {"group": "marl", "depth": "0.1"}
    for place in ({"cluster": "c0", "seed": "1"}, {"seed": "1"}, {"seed": "2"}):
        few = row(scores, **cell | place)
        assert np.isfinite(few["value"])
        assert np.isnan([few["low"], few["high"]]).all()
    # Blocks 1 to 4, and 7 of the other seed.
    assert np.isfinite(row(scores, **cell)["low"])
    # The paper's draws of time steps are given whatever they are worth.
    assert np.isfinite(row(scores, "kge (50 of 80 %)", **cell, seed="2")["low"])


def test_where_clusters_are_drawn_their_weights_are_how_often(scored, table):
    # Six clusters are evaluated of nine.
    group = ["marl", "schist"] * 4 + ["marl"]
    evaluated = [0, 2, 3, 4, 6, 8]
    series = [scored(c, 0.1, crps=0.1 * (c + 1)) for c in evaluated]
    weights = unit_weights(9, DRAWS, 0, "clusters", np.isin(np.arange(9), evaluated))
    marl = row(table({("m", 1): series}, group, Units(None, weights)), "crps", group="marl", depth="0.1")
    explicit = []
    for counts in weights.astype(int):
        assert counts.sum() == 6
        drawn = np.repeat([0.1, 0.3, 0.5, 0.7, 0.9], counts[[0, 2, 4, 6, 8]])
        if drawn.size:
            explicit.append(drawn.mean())
    assert (marl["low"], marl["high"]) == pytest.approx(tuple(np.quantile(explicit, [0.025, 0.975])))
    assert marl["value"] == pytest.approx(0.5)


def test_the_papers_mean_over_draws_is_taken_for_each_series_first(scored, table):
    # A short series is undefined in most draws: it counts as much as the others all the same.
    one, two = np.zeros(DRAWS), np.full(DRAWS, np.nan)
    two[0] = 1.0
    series = [scored(0, 0.1, {"kge": one}, kge=0.0), scored(1, 0.1, {"kge": two}, kge=1.0)]
    paper = row(table({("m", 1): series}), "kge (50 of 80 %)", group="marl", depth="0.1")
    assert paper["value"] == pytest.approx(0.5)


def test_floors_have_a_crps_and_a_likelihood_and_no_dynamics(scored, table):
    series = [scored(0, 0.1, crps=0.02, log_likelihood=1.0), scored(1, 0.1)]
    scores = table({(LEAVE_ONE_OUT, 1): series})
    assert set(scores["score"]) == {
        name + suffix for name in ("crps", "log_likelihood") for suffix in ("", " (50 of 80 %)")
    }
    cell = row(scores, "crps", LEAVE_ONE_OUT, group="marl", depth="0.1")
    assert (cell["value"], cell["n"], cell["n_undefined"]) == (0.02, 1, 1)


def test_scores_that_are_not_of_a_sample_get_their_margins_and_seeds(scored, made_up_scores):
    def estimate(value: float) -> Estimate:
        return Estimate(np.float64(value), np.full(DRAWS, value), 3, 0, frozenset(range(6)))

    results = {("m", seed): [scored(0, 0.1, crps=0.1)] for seed in (1, 2)}
    made, unpredicted = made_up_scores(results, GEOLOGY)
    made["1"]["m", "belt_w1", ""] = {("marl", "0.1", ALL): estimate(0.02), ("schist", "0.1", ALL): estimate(0.04)}
    made["2"]["m", "belt_w1", ""] = {("marl", "0.1", ALL): estimate(0.04)}
    scores = score_table(made, unpredicted)
    assert row(scores, "belt_w1", group="marl", depth="0.1")["value"] == pytest.approx(0.03)
    assert row(scores, "belt_w1", depth="0.1")["value"] == pytest.approx(0.035)
    assert row(scores, "belt_w1", seed="1")["value"] == pytest.approx(0.03)
    assert row(scores, "belt_w1", seed="2")["n"] == 3
    assert not scores.duplicated(COLUMNS[:6]).any()


def test_the_papers_bootstrap_stands_under_its_name_with_the_mean_of_its_draws(scored, table):
    draws = np.linspace(0.4, 0.5, DRAWS)
    scores = table({("m", 1): [scored(0, 0.1, {"kge": draws}, kge=0.7)]})
    paper = row(scores, "kge (50 of 80 %)")
    assert paper["value"] == pytest.approx(0.45)
    assert (paper["low"], paper["high"]) == pytest.approx(tuple(np.quantile(draws, [0.025, 0.975])))
    assert row(scores, "kge")["value"] == 0.7


# The table itself


def test_columns_and_rows_are_unique_and_in_order(scored, table):
    results = {
        (name, seed): [scored(c, d, kge=0.5, crps=0.1) for c in range(4) for d in (0.1, 1.0)]
        for name in ("z", "a")
        for seed in (1, 2)
    }
    scores = table(results)
    assert list(scores.columns) == COLUMNS
    assert not scores.duplicated(COLUMNS[:6]).any()
    assert list(dict.fromkeys(scores["forecaster"])) == ["z", "a"]
    kge = scores[(scores["score"] == "kge") & (scores["seed"] == "1") & (scores["forecaster"] == "z")]
    # 8 series, 6 cells, 3 geologies, 2 depths, all.
    assert len(kge) == 8 + 6 + 3 + 2 + 1
    assert set(scores["seed"]) == {"1", "2", ALL}


# Seeds


def test_the_spread_over_seeds_is_students(scored, table):
    values = [0.30, 0.34, 0.35]
    results = {("m", s): [scored(0, 0.1, crps=v)] for s, v in enumerate(values)} | {
        ("once", 0): [scored(0, 0.1, crps=1.0)]
    }
    scores = table(results)
    spread = seed_spread(scores)
    assert list(spread.columns) == SPREAD_COLUMNS
    chosen = spread[(spread["group"] == ALL) & (spread["depth"] == ALL) & (spread["score"] == "crps")]
    several, once = chosen.to_dict("records")
    assert several["seeds"] == 3
    assert several["mean"] == pytest.approx(np.mean(values))
    interval = stats.ttest_1samp(values, 0).confidence_interval()
    assert (several["low"], several["high"]) == pytest.approx(tuple(interval))
    assert (once["seeds"], once["mean"]) == (1, 1.0)
    assert np.isnan([once["sd"], once["low"], once["high"]]).all()
