"""Margins are unweighted means of cells, as those of scores are."""

import numpy as np
import pandas as pd
import pytest

from thetamix.evaluation.estimates import Estimate, estimate_margins
from thetamix.evaluation.margins import with_margins, with_mean_over_seeds


def cells(geologies=("marl", "schist"), depths=("0.1", "0.3")) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = [(g, d, kind, rng.random(), 3) for g in geologies for d in depths for kind in "ab"]
    return pd.DataFrame(rows, columns=["geology", "depth", "kind", "value", "n"])


@pytest.mark.parametrize("geologies", [("marl", "schist", "sandstone"), ("marl",), ("all",)])
def test_margins_are_those_of_scores(geologies):
    table = cells(geologies)
    full = with_margins(table, ["kind"], ["value"], ["n"])
    for kind in "ab":
        mine = table[table["kind"] == kind]
        estimates = {
            (row.geology, row.depth, "all"): Estimate(row.value, np.ones(2), row.n, 0) for row in mine.itertuples()
        }
        expected = {place[:2]: (e.value, e.n) for place, e in estimate_margins(estimates).items()}
        rows = full[full["kind"] == kind]
        got = {(row.geology, row.depth): (row.value, row.n) for row in rows.itertuples()}
        assert len(got) == len(rows)
        assert got.keys() == expected.keys()
        for place, values in expected.items():
            assert got[place] == pytest.approx(values)


def test_an_undefined_cell_is_left_out_of_means():
    table = cells()
    table.loc[0, "value"] = np.nan
    full = with_margins(table, ["kind"], ["value"], ["n"])
    [total] = full[(full["geology"] == "all") & (full["depth"] == "all") & (full["kind"] == "a")]["value"]
    assert total == pytest.approx(table[table["kind"] == "a"]["value"].iloc[1:].mean())


def test_means_over_seeds():
    table = pd.concat([cells().assign(seed="1", low=0.0), cells().assign(seed="2", low=1.0, value=0.5)])
    full = with_mean_over_seeds(table, ["value"], ["n"], ["low"])
    assert list(full.columns) == list(table.columns)
    mean = full[full["seed"] == "all"].reset_index(drop=True)
    assert len(mean) == len(table) / 2
    np.testing.assert_allclose(mean["value"], (cells()["value"] + 0.5) / 2)
    assert (mean["n"] == 6).all()
    assert mean["low"].isna().all()


def test_rows_with_missing_labels_are_averaged_too():
    table = pd.DataFrame({"seed": ["1", "2"], "state": [np.nan, np.nan], "value": [1.0, 3.0]})
    assert with_mean_over_seeds(table, ["value"]).iloc[-1]["value"] == 2.0


def test_empty_tables_stay_empty():
    empty = cells().iloc[:0].assign(seed="1")
    assert with_margins(empty, ["kind"], ["value"], ["n"]).empty
    assert with_mean_over_seeds(empty, ["value"], ["n"]).empty
