"""The tables in the paper's layout."""

import numpy as np
import pandas as pd
import pytest

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.long_table import COLUMNS
from thetamix.evaluation.questions import question
from thetamix.report.layouts.score_tables import (
    LAYOUTS,
    caption,
    depth_name,
    layout,
    place_name,
    to_markdown,
    with_intervals,
)
from thetamix.splits.settings import SCHEMES

CELLS = [(g, d) for g in ("marl", "schist") for d in ("0.1", "0.3", "1")]
MARGINS = [("marl", ALL), ("schist", ALL), (ALL, "0.1"), (ALL, "0.3"), (ALL, "1"), (ALL, ALL)]


def long_table(values: dict[tuple[str, str, str, str], float], seed: str = ALL, cluster: str = ALL):
    """Rows of forecaster, score, group, depth and their value; the interval is 10 % around it."""
    rows = [
        (forecaster, seed, group, depth, cluster, score, value, 0.9 * value, 1.1 * value, 3, 0)
        for (forecaster, score, group, depth), value in values.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def dynamics(forecasters=("b", "a"), places=(*CELLS, *MARGINS)) -> pd.DataFrame:
    scores = {
        (name, score, *place): 0.1 + number / 1000
        for name in forecasters
        for score in ("kge", "rank_correlation", "mse", "rmse", "rmse_of_mean_mse", "crps")
        for number, place in enumerate(places)
    }
    # Single seeds and clusters are no rows of the tables.
    noise = long_table(dict.fromkeys(scores, 9.0), seed="1")
    return pd.concat([long_table(scores), noise, noise.assign(seed=ALL, cluster="c01")])


def test_table_2_has_the_total_and_the_cells():
    table = layout(dynamics(), "table_2")
    assert table.index.tolist() == [
        "Total average",
        "marl – 10 cm",
        "marl – 30 cm",
        "marl – 100 cm",
        "schist – 10 cm",
        "schist – 30 cm",
        "schist – 100 cm",
    ]
    assert table.index.name == "Location"
    assert table.columns.tolist() == [(s, f) for s in ("KGE", "Rank correlation") for f in ("b", "a")]
    assert table.loc["marl – 10 cm", ("KGE", "a")] == "0.100"
    assert table.loc["Total average", ("KGE", "a")] == "0.111"


def test_table_f1_has_the_depths_too():
    table = layout(dynamics(), "table_f1")
    assert table.index.tolist()[:4] == [
        "Total average",
        "Total average 10 cm",
        "Total average 30 cm",
        "Total average 100 cm",
    ]
    assert len(table) == 10
    assert list(dict.fromkeys(score for score, _ in table.columns)) == ["MSE", "RMSE", "√(mean MSE)"]
    assert table.loc["Total average 10 cm", ("RMSE", "b")] == "0.1080"


@pytest.mark.parametrize("name", LAYOUTS)
def test_without_geology_the_depths_are_shown(name):
    places = [(ALL, "0.1"), (ALL, "0.3"), (ALL, ALL)]
    table = layout(dynamics(places=places), name)
    assert table.index.tolist() == ["Total average", "Total average 10 cm", "Total average 30 cm"]


def test_table_3_has_the_geologies_and_f2_the_cells():
    assert layout(dynamics(), "table_3").index.tolist() == ["Total average", "marl average", "schist average"]
    cells = layout(dynamics(), "table_f2").index.tolist()
    assert cells == layout(dynamics(), "table_2").index.tolist()


def test_the_ratio_is_the_difference_of_two_log_likelihoods():
    places = [*CELLS, *MARGINS]
    values = {("a", "log_likelihood", *place): 0.1 * n for n, place in enumerate(places)}
    values |= {("b", "log_likelihood", *place): 1.0 for place in places if place[0] != "schist"}
    table = layout(long_table(values), "table_3", ratio=("a", "b"))
    assert table.columns.tolist() == [
        ("Log-likelihood", "a"),
        ("Log-likelihood", "b"),
        ("Ratio", "a − b"),
    ]
    assert table["Ratio", "a − b"].tolist() == ["0.100", "-0.400", "undefined"]
    assert "Ratio" not in layout(dynamics(), "table_2", ratio=("a", "b"))
    assert "Ratio" not in layout(long_table(values), "table_f2")


def test_a_table_of_scores_that_nobody_has_is_empty():
    table = layout(dynamics(), "table_belts")
    assert table.shape == (1 + 3 + 2 + 6, 0)
    assert to_markdown(table, "").count("|") > 0


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", LAYOUTS)
def test_every_caption_says_which_question_is_answered(name, scheme):
    asked, how = question(scheme)
    assert caption(name, scheme, "geology").endswith(f"? ({how})")
    assert asked in caption(name, scheme, "geology")


def test_what_is_undefined_says_so():
    scores = dynamics(["a"])
    scores.loc[(scores["score"] == "kge") & (scores["group"] == "marl"), "value"] = np.nan
    scores = scores[~((scores["group"] == "schist") & (scores["depth"] == "0.3"))]
    scores = pd.concat([scores, dynamics(["b"])])
    table = layout(scores, "table_2")
    assert table.loc["marl – 10 cm", ("KGE", "a")] == "undefined"
    assert table.loc["schist – 30 cm", ("KGE", "a")] == "undefined"
    assert table.loc["schist – 30 cm", ("KGE", "b")] == "0.104"


def test_a_forecaster_without_a_density_has_no_column_of_likelihood():
    table = layout(dynamics(), "table_distribution")
    assert {score for score, _ in table.columns} == {"CRPS"}


def test_intervals():
    table = with_intervals(dynamics(), "crps", 3)
    assert table.columns.tolist() == ["10 cm", "30 cm", "100 cm", "total"]
    assert table.index.tolist() == ["b", "a"]
    assert table.loc["a", "total"] == "0.111 (0.100–0.122)"
    scores = dynamics()
    scores.loc[scores["depth"] == "0.1", ["low", "high"]] = np.nan
    scores.loc[scores["depth"] == "0.3", "value"] = np.nan
    table = with_intervals(scores, "crps", 3)
    assert table.loc["a", "10 cm"] == "0.108"
    assert table.loc["a", "30 cm"] == "undefined"


def test_names_of_places():
    assert place_name("marl", ALL) == "marl average"
    assert depth_name("0.05") == "5 cm"
    assert depth_name("0.075") == "7.5 cm"


def test_markdown():
    table = pd.DataFrame({("KGE", "a|b"): ["0.1", "0.2"]}, index=pd.Index(["x", "y"], name="Location"))
    assert to_markdown(table, "Caption.") == (
        "Caption.\n\n| Location | KGE a\\|b |\n| --- | --- |\n| x | 0.1 |\n| y | 0.2 |\n"
    )
    plain = pd.DataFrame({"10 cm": ["1"]}, index=pd.Index(["a"], name="forecaster"))
    assert to_markdown(plain, "").splitlines()[2] == "| forecaster | 10 cm |"
