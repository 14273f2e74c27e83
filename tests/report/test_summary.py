"""What is said is what the scores say."""

import numpy as np
import pytest

from thetamix.report.summary import paired_crps, question, summarise
from thetamix.splits.draw import SCHEMES


def test_every_scheme_has_its_question():
    assert len({question(scheme) for scheme in SCHEMES}) == len(SCHEMES)
    assert "new replicate" in question("replicates")
    assert "unseen cluster" in question("clusters")
    for scheme in ("blocks", "calendar", "period"):
        assert "installed sensors" in question(scheme)


def test_every_model_is_set_against_every_baseline(study, make_scores, leakage):
    good, distrust = summarise(study, make_scores(), leakage)
    assert good == [
        "model has a lower CRPS than: cycle by 25%, land by 50%.",
        "pool has a lower CRPS than: land by 17%.",
    ]
    assert distrust[0] == "pool has a higher CRPS than: cycle by 25%."


def test_two_forecasters_are_compared_where_both_have_a_score(make_scores):
    # Where the reference is silent, the model is bad: that does not count against it.
    crps = {"model": 0.02, ("model", 2, 1): 0.5, "land": 0.04, ("land", 2, 1): np.nan}
    assert paired_crps(make_scores(crps), "model", "land") == pytest.approx((0.02, 0.04))
    assert np.isnan(paired_crps(make_scores({"model": 0.02}), "model", "land")).all()
    assert np.isnan(paired_crps(make_scores(), "model", "absent")).all()


def test_the_comparison_is_a_mean_of_cells(make_scores):
    crps = {"model": 0.1, "cycle": 0.2, ("model", 1, 0): 0.4}
    # Of three seeds, the first has 0.4 in one of two geologies.
    assert paired_crps(make_scores(crps), "model", "cycle")[0] == pytest.approx((0.25 + 0.1 + 0.1) / 3)


def test_a_perfect_baseline_is_no_division_by_zero(study, make_scores, leakage):
    good, distrust = summarise(study, make_scores({"model": 0.01, "land": 0.0}), leakage)
    assert good == []
    assert not any("worse" in line for line in distrust)


def test_undefined_series_are_counted(study, make_scores, leakage):
    crps = {"model": 0.1, ("model", 1, 0): np.nan}
    _, distrust = summarise(study, make_scores(crps), leakage)
    line = next(line for line in distrust if line.startswith("CRPS is undefined"))
    # Two depths of one cluster, with one of three seeds.
    assert "all seeds together): model 2 of 12" in line


def test_steps_without_a_prediction_are_counted(study, make_scores, leakage):
    _, distrust = summarise(study, make_scores(unpredicted=1000), leakage)
    line = next(line for line in distrust if "without a prediction" in line)
    assert "model 12,000 of 4 series" in line


def test_leakage_is_told_where_there_is_some(study, make_scores, leakage):
    _, distrust = summarise(study, make_scores(), leakage)
    assert any(line.startswith("60% of the evaluated steps") and "90% somewhere" in line for line in distrust)
    assert "Series on one side of the split only: c1 at 0.1 m (no training part)." in distrust
    clean = leakage.assign(one_sided="", same_cluster=0.0, same_forcing=0.0)
    _, distrust = summarise(study, make_scores(), clean)
    assert not any("trained on at" in line or "one side" in line for line in distrust)


def test_few_seeds_are_distrusted(study, make_scores, leakage):
    study["seeds"] = [1]
    assert any(line.startswith("Only 1 seed(s)") for line in summarise(study, make_scores(), leakage)[1])
    study["seeds"] = [1, 2, 3]
    assert not any("seed(s)" in line for line in summarise(study, make_scores(), leakage)[1])
