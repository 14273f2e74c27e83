"""Two forecasters on what they share."""

import numpy as np
import pandas as pd
import pytest

from thetamix.evaluation.pairs import difference, paired, series_scores


def test_two_forecasters_are_compared_where_both_have_a_score(make_scores):
    # Where the reference is silent, the model is bad: that does not count against it.
    crps = {"model": 0.02, ("model", 2, 1): 0.5, "land": 0.04, ("land", 2, 1): np.nan}
    assert paired(make_scores(crps), "model", "land") == pytest.approx((0.02, 0.04))
    assert np.isnan(paired(make_scores({"model": 0.02}), "model", "land")).all()
    assert np.isnan(paired(make_scores(), "model", "absent")).all()


def test_the_comparison_is_a_mean_of_cells(make_scores):
    crps = {"model": 0.1, "cycle": 0.2, ("model", 1, 0): 0.4}
    # Of three seeds, the first has 0.4 in one of two geologies.
    assert paired(make_scores(crps), "model", "cycle")[0] == pytest.approx((0.25 + 0.1 + 0.1) / 3)


def test_series_are_laid_out_side_by_side(make_scores):
    both = series_scores(make_scores(), "crps", ["model", "land"])
    assert list(both.columns) == ["model", "land"]
    assert len(both) == 12


def test_a_difference_has_a_direction():
    row = {"score": "crps", "one": "a", "other": "b", "geology": "all", "depth": "all"}
    table = pd.DataFrame([row | {"difference": -0.1, "low": -0.2, "high": -0.05}])
    there, back = difference(table, "crps", "a", "b"), difference(table, "crps", "b", "a")
    assert (there.value, there.low, there.high) == (-0.1, -0.2, -0.05)
    assert (back.value, back.low, back.high) == (0.1, 0.05, 0.2)
    assert there.decided
    assert difference(table, "kge", "a", "b") is None
    assert difference(table.assign(low=np.nan), "crps", "a", "b") is None
    assert difference(None, "crps", "a", "b") is None
