"""From series to cells, seeds and totals: the paper's order, nothing undefined taken for zero."""

import numpy as np
import pandas as pd
import pytest

from thetamix.evaluation.aggregate import ALL, COLUMNS, score_table
from thetamix.evaluation.bootstrap import unit_weights
from thetamix.evaluation.evaluate import SeriesScores
from thetamix.evaluation.scores import SCORES
from thetamix.network.series import Series

DRAWS = 40
GEOLOGY = ["marl", "marl", "schist", "sandstone"]

# Bischof et al. (2025), Table 2: marl, schist and sandstone at 10, 30 and 50 cm; the total that they print.
TABLE_2 = {
    ("condLSTM", "kge"): ([0.282, 0.578, 0.300, 0.640, 0.719, 0.605, 0.552, 0.522, 0.404], 0.511),
    ("3G-LSTM", "kge"): ([0.547, 0.573, 0.472, 0.572, 0.655, 0.515, 0.545, 0.499, 0.267], 0.516),
    ("ERA5-Land", "kge"): ([0.352, 0.452, 0.612, 0.413, 0.326, 0.223, 0.560, 0.343, 0.366], 0.406),
    ("baseline", "kge"): ([0.203, 0.198, 0.137, 0.083, 0.169, 0.253, 0.316, 0.289, 0.221], 0.208),
    ("condLSTM", "rank_correlation"): (
        [0.649, 0.702, 0.716, 0.722, 0.723, 0.735, 0.713, 0.730, 0.650],
        0.704,
    ),
    ("ERA5-Land", "rank_correlation"): (
        [0.623, 0.731, 0.762, 0.713, 0.759, 0.736, 0.840, 0.866, 0.785],
        0.757,
    ),
}
# Table F1, ERA5-Land.
MSE = [0.0051, 0.0033, 0.0033, 0.0204, 0.0201, 0.0272, 0.0055, 0.0140, 0.0095]
RMSE = [0.0704, 0.0577, 0.0574, 0.1429, 0.1416, 0.1650, 0.0742, 0.1181, 0.0977]


def scored(cluster: int, depth: float, draws=None, steps=100, unpredicted=0, units=range(5), **value: float):
    """Scores of one series; what is not given is NaN."""
    values = dict.fromkeys(SCORES, np.nan) | value
    given = draws or {}
    drawn = {name: np.asarray(given.get(name, np.full(DRAWS, one))) for name, one in values.items()}
    series = Series(cluster, 0, f"c{cluster}", depth, (True,))
    return SeriesScores(series, values, drawn, drawn, steps, unpredicted, frozenset(units))


def table(results, geology=GEOLOGY, **settings) -> pd.DataFrame:
    return score_table(
        results, geology, **{"draw_clusters": False, "step_bootstrap": "50 of 80 %"} | settings
    )


def row(scores: pd.DataFrame, score: str = "kge", forecaster: str = "m", **place: str) -> pd.Series:
    wanted = {"seed": ALL, "geology": ALL, "depth": ALL, "cluster": ALL} | place
    wanted |= {"score": score, "forecaster": forecaster}
    found = scores[np.all([scores[name] == text for name, text in wanted.items()], axis=0)]
    assert len(found) == 1, wanted
    return found.iloc[0]


# The paper's totals


def paper_series(score: str, values: list[float]) -> list[SeriesScores]:
    places = [(cluster, depth) for cluster in (0, 2, 3) for depth in (0.1, 0.3, 0.5)]
    return [scored(*place, **{score: value}) for place, value in zip(places, values, strict=True)]


@pytest.mark.parametrize(("column", "cells"), TABLE_2.items(), ids=[" ".join(key) for key in TABLE_2])
def test_table_2s_totals_come_from_its_nine_cells(column, cells):
    forecaster, score = column
    values, total = cells
    scores = table({(forecaster, 1): paper_series(score, values)})
    # Nine rounded numbers, and the total is rounded again.
    assert row(scores, score, forecaster)["value"] == pytest.approx(total, abs=0.001)
    assert row(scores, score, forecaster)["value"] == pytest.approx(np.mean(values))
    assert row(scores, score, forecaster)["n"] == 9


def test_table_f1s_total_rmse_is_the_root_of_the_mean_mse_and_its_depths_are_means_of_rmses():
    places = [(cluster, depth) for cluster in (0, 2, 3) for depth in (0.1, 0.3, 0.5)]
    era5 = [scored(*p, mse=m, rmse=r) for p, m, r in zip(places, MSE, RMSE, strict=True)]
    scores = table({("m", 1): era5})
    assert row(scores, "mse")["value"] == pytest.approx(0.0120, abs=1e-4)
    assert row(scores, "rmse_of_mean_mse")["value"] == pytest.approx(0.1097, abs=2e-4)
    assert row(scores, "rmse")["value"] == pytest.approx(0.1028, abs=1e-4)
    for depth, printed in (("0.1", 0.0958), ("0.3", 0.1058), ("0.5", 0.1067)):
        assert row(scores, "rmse", depth=depth)["value"] == pytest.approx(printed, abs=1e-4)


# The order of the means


def test_cells_count_alike_however_many_series_they_have():
    series = [
        scored(0, 0.1, kge=0.1),
        scored(1, 0.1, kge=0.3),  # marl at 0.1 m: 0.2
        scored(0, 0.3, kge=0.6),
        scored(2, 0.1, kge=0.9),
    ]
    scores = table({("m", 1): series})
    assert row(scores, geology="marl", depth="0.1")["value"] == pytest.approx(0.2)
    assert row(scores, geology="marl")["value"] == pytest.approx((0.2 + 0.6) / 2)
    assert row(scores, geology="schist")["value"] == pytest.approx(0.9)
    assert row(scores, depth="0.1")["value"] == pytest.approx((0.2 + 0.9) / 2)
    assert row(scores, depth="0.3")["value"] == pytest.approx(0.6)
    assert row(scores)["value"] == pytest.approx((0.2 + 0.6 + 0.9) / 3)
    assert row(scores, geology="marl", depth="0.1", cluster="c1")["value"] == 0.3
    assert row(scores)["n"] == 4


def test_seeds_are_averaged_cell_by_cell_and_totals_are_the_means_of_the_cells_shown():
    # The second seed has nothing at 0.3 m: a total of totals would weigh 0.1 m more.
    results = {
        ("m", 1): [scored(0, 0.1, kge=0.2, mse=0.04), scored(0, 0.3, kge=0.8, mse=0.01)],
        ("m", 2): [scored(0, 0.1, kge=0.4, mse=0.02)],
    }
    scores = table(results)
    assert row(scores, seed="1")["value"] == pytest.approx(0.5)
    assert row(scores, seed="2")["value"] == pytest.approx(0.4)
    assert row(scores, geology="marl", depth="0.1")["value"] == pytest.approx(0.3)
    assert row(scores, geology="marl", depth="0.3")["value"] == pytest.approx(0.8)
    assert row(scores)["value"] == pytest.approx((0.3 + 0.8) / 2)
    assert row(scores, "rmse_of_mean_mse")["value"] == pytest.approx(np.sqrt(row(scores, "mse")["value"]))
    assert row(scores, geology="marl", depth="0.1", cluster="c0")["value"] == pytest.approx(0.3)


def test_without_geology_the_depths_are_the_cells():
    series = [scored(0, 0.1, kge=0.1), scored(1, 0.1, kge=0.3), scored(0, 0.3, kge=0.6)]
    scores = table({("m", 1): series}, geology=[ALL, ALL])
    assert row(scores, depth="0.1")["value"] == pytest.approx(0.2)
    assert row(scores, depth="0.1")["n"] == 2
    assert row(scores)["value"] == pytest.approx((0.2 + 0.6) / 2)
    assert not scores.duplicated(COLUMNS[:6]).any()


# What is undefined


def test_an_undefined_series_is_left_out_and_counted_never_zero():
    series = [scored(0, 0.1, kge=0.5), scored(1, 0.1, kge=np.nan), scored(2, 0.1, kge=np.nan)]
    scores = table({("m", 1): series})
    marl, schist, total = (row(scores, geology=g, depth="0.1") for g in ("marl", "schist", ALL))
    assert (marl["value"], marl["n"], marl["n_undefined"]) == (0.5, 1, 1)
    assert np.isnan(schist["value"])
    assert (schist["n"], schist["n_undefined"]) == (0, 1)
    assert (total["value"], total["n"], total["n_undefined"]) == (0.5, 1, 2)
    one = row(scores, geology="marl", depth="0.1", cluster="c1")
    assert np.isnan(one["value"])
    assert (one["n"], one["n_undefined"]) == (100, 1)


def test_scores_that_every_forecaster_has_are_there_even_if_they_are_undefined_throughout():
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


def test_a_point_forecast_has_no_rows_of_likelihood():
    scores = table({("m", 1): [scored(0, 0.1, crps=0.1)]})
    assert not scores["score"].str.startswith("log_likelihood").any()


def test_steps_without_a_prediction_are_told():
    scores = table({("m", 1): [scored(0, 0.1, kge=1, steps=60, unpredicted=40), scored(0, 0.3, kge=1)]})
    [told] = scores[scores["score"] == "steps_without_prediction"].to_dict("records")
    assert (told["cluster"], told["depth"], told["value"], told["n"]) == ("c0", "0.1", 40, 100)


# Bootstraps


def test_the_interval_of_a_mean_is_that_of_the_means_of_the_draws():
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(3, DRAWS))
    series = [
        scored(0, 0.1, {"kge": draws[0]}, kge=0.1),
        scored(1, 0.1, {"kge": draws[1]}, kge=0.2),
        scored(2, 0.1, {"kge": draws[2]}, kge=0.3),
    ]
    scores = table({("m", 1): series})
    marl, total = row(scores, geology="marl", depth="0.1"), row(scores)
    cell = draws[:2].mean(axis=0)
    assert (marl["low"], marl["high"]) == pytest.approx(tuple(np.quantile(cell, [0.025, 0.975])))
    both = (cell + draws[2]) / 2
    assert (total["low"], total["high"]) == pytest.approx(tuple(np.quantile(both, [0.025, 0.975])))
    assert total["value"] == pytest.approx((0.15 + 0.3) / 2)


def test_seeds_share_their_draws():
    draws = np.random.default_rng(0).normal(size=(2, DRAWS))
    results = {("m", s): [scored(0, 0.1, {"kge": draws[s]}, kge=0.1)] for s in (0, 1)}
    total = row(table(results))
    expected = np.quantile(draws.mean(axis=0), [0.025, 0.975])
    assert (total["low"], total["high"]) == pytest.approx(tuple(expected))


def test_a_draw_that_leaves_a_series_undefined_is_made_of_the_others():
    one, two = np.arange(DRAWS, dtype=float), np.full(DRAWS, np.nan)
    two[::2] = 100.0
    series = [scored(0, 0.1, {"kge": one}, kge=1), scored(1, 0.1, {"kge": two}, kge=1)]
    marl = row(table({("m", 1): series}), geology="marl", depth="0.1")
    expected = np.where(np.arange(DRAWS) % 2 == 0, (one + 100) / 2, one)
    assert (marl["low"], marl["high"]) == pytest.approx(tuple(np.quantile(expected, [0.025, 0.975])))


def test_few_blocks_make_no_interval_but_those_of_several_series_and_seeds_add_up():
    draws = {"kge": np.linspace(0, 1, DRAWS)}
    results = {
        ("m", 1): [
            scored(0, 0.1, draws, kge=0.5, units=[1, 2]),
            scored(1, 0.1, draws, kge=0.5, units=[2, 3, 4]),
        ],
        ("m", 2): [scored(0, 0.1, draws, kge=0.5, units=[7])],
    }
    scores = table(results)
    cell = {"geology": "marl", "depth": "0.1"}
    for place in ({"cluster": "c0", "seed": "1"}, {"seed": "1"}, {"seed": "2"}):
        few = row(scores, **cell | place)
        assert np.isfinite(few["value"])
        assert np.isnan([few["low"], few["high"]]).all()
    # Blocks 1 to 4, and 7 of the other seed.
    assert np.isfinite(row(scores, **cell)["low"])
    # The paper's draws of time steps are given whatever they are worth.
    assert np.isfinite(row(scores, "kge (50 of 80 %)", **cell, seed="2")["low"])


def test_where_clusters_are_drawn_their_weights_are_how_often():
    series = [scored(c, 0.1, crps=0.1 * (c + 1)) for c in (0, 1, 2)]
    marl = row(table({("m", 1): series}, draw_clusters=True), "crps", geology="marl", depth="0.1")
    weights = unit_weights(4, DRAWS, 0, "clusters")
    explicit = []
    for counts in weights.astype(int):
        drawn = np.repeat([0.1, 0.2], counts[:2])
        if drawn.size:
            explicit.append(drawn.mean())
    assert (marl["low"], marl["high"]) == pytest.approx(tuple(np.quantile(explicit, [0.025, 0.975])))
    assert marl["value"] == pytest.approx(0.15)


def test_the_papers_bootstrap_stands_under_its_name_with_the_mean_of_its_draws():
    draws = np.linspace(0.4, 0.5, DRAWS)
    scores = table({("m", 1): [scored(0, 0.1, {"kge": draws}, kge=0.7)]}, draw_clusters=True)
    paper = row(scores, "kge (50 of 80 %)")
    assert paper["value"] == pytest.approx(0.45)
    assert (paper["low"], paper["high"]) == pytest.approx(tuple(np.quantile(draws, [0.025, 0.975])))
    assert row(scores, "kge")["value"] == 0.7


# The table itself


def test_columns_and_rows_are_unique_and_in_order():
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
