"""What is said is what the scores say."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from thetamix.evaluation.floor import LEAVE_ONE_OUT
from thetamix.evaluation.questions import open_questions, question
from thetamix.evaluation.ranking import best_model, strongest_cycle
from thetamix.report.words.summary import summarise
from thetamix.splits.settings import SCHEMES, Split


@pytest.fixture
def told(study, make_scores, leakage):
    def told(crps=None, tables=None, **changes):
        scores = make_scores(crps) if crps is not None else make_scores()
        return summarise(replace(study, **changes), scores, leakage, tables or {})

    return told


def comparison(*rows):
    columns = ["score", "one", "other", "group", "depth", "difference", "low", "high"]
    return pd.DataFrame([("crps", *row[:2], "all", "all", *row[2:]) for row in rows], columns=columns)


def test_every_scheme_has_its_question():
    assert "new replicate" in question("replicates")[0]
    assert "place that has none" in question("clusters")[0]
    for scheme in ("blocks", "calendar", "period"):
        assert "these sensors" in question(scheme)[0]
    assert len({question(scheme) for scheme in SCHEMES}) == len(SCHEMES)
    for scheme in SCHEMES:
        assert len(open_questions(scheme)) == 2
        assert question(scheme)[0] not in dict(open_questions(scheme))


def test_every_model_is_set_against_every_baseline(told):
    summary = told()
    assert summary.good[:2] == [
        "model has a lower CRPS than cycle by 25% and land by 50%.",
        "pool has a lower CRPS than land by 17%.",
    ]
    assert summary.poor[0] == "pool has a higher CRPS than cycle by 25%."


def test_what_the_interval_leaves_open_is_not_called_better(told):
    table = comparison(("model", "cycle", -0.01, -0.02, 0.001), ("land", "model", 0.03, 0.02, 0.04))
    summary = told(tables={"comparison": table})
    assert summary.good[0] == (
        "model has a lower CRPS than land by 50% (0.0200–0.0400). In brackets: 95% intervals of the differences "
        "[m³ m⁻³]."
    )
    assert any(line.startswith("model and cycle cannot be told apart") for line in summary.distrust)


def test_the_best_model_has_the_tiles(told, study, make_scores):
    scores = make_scores()
    assert best_model(study, scores) == "model"
    assert strongest_cycle(study, scores) == "cycle"
    tiles = told().tiles
    assert (tiles[0].value, tiles[0].unit) == ("0.0300", "m³ m⁻³")
    assert tiles[1].value == "25%"
    assert tiles[1].text.startswith("lower than cycle")


def test_without_a_model_nothing_is_claimed(study, make_scores, leakage):
    nulls = {name: study.forecasters[name] for name in ("cycle", "land")}
    summary = summarise(replace(study, forecasters=nulls), make_scores(), leakage, {})
    assert summary.tiles == summary.good == summary.poor == []


def test_a_perfect_baseline_is_no_division_by_zero(told):
    summary = told({"model": 0.01, "land": 0.0})
    assert not any("land" in line for line in summary.good + summary.poor)


def test_series_in_which_the_cycle_is_better_are_counted(told):
    crps = {"model": 0.03, "cycle": 0.04} | {("model", seed, 1): 0.08 for seed in (1, 2, 3)}
    line = next(line for line in told(crps).poor if line.startswith("In "))
    assert line == (
        "In 2 of 4 series cycle is better than model; worst is c1 at 10 cm (CRPS 0.080 against 0.040 m³ m⁻³)."
    )


def test_the_neighbours_are_set_beside_the_model(study, make_scores, leakage):
    scores = make_scores()
    floor = scores[scores["forecaster"] == "cycle"].assign(forecaster=LEAVE_ONE_OUT)
    both = pd.concat([scores, floor], ignore_index=True)
    told = summarise(study, both, leakage, {}).soil[0]
    assert "reach a CRPS of 0.0400 m³ m⁻³ for one that is left out, model 0.0300 m³ m⁻³" in told
    assert "model was trained on the sensors that it is scored on" in told
    elsewhere = replace(study, split=Split(scheme="clusters"))
    assert "trained on" not in summarise(elsewhere, both, leakage, {}).soil[0]
    both.loc[both["forecaster"] == LEAVE_ONE_OUT, "value"] = 0.02
    assert any("is 50% higher" in line for line in summarise(study, both, leakage, {}).good)


def test_a_forecaster_may_have_any_name(study, make_scores, leakage):
    names = {"model": "cluster", "cycle": "depth"}
    scores = make_scores().replace({"forecaster": names})
    forecasters = {names.get(name, name): entry for name, entry in study.forecasters.items()}
    summary = summarise(replace(study, forecasters=forecasters), scores, leakage, {})
    assert any("cluster has a lower CRPS than depth by 25%" in line for line in summary.good)


def test_undefined_series_are_counted(told):
    distrust = told({"model": 0.1, ("model", 1, 0): np.nan}).distrust
    line = next(line for line in distrust if "CRPS is undefined" in line)
    # Two depths of one cluster, with one of three seeds.
    assert "all seeds together): model 2 of 12" in line


def test_steps_without_a_prediction_are_counted(study, make_scores, leakage):
    distrust = summarise(study, make_scores(unpredicted=1000), leakage, {}).distrust
    line = next(line for line in distrust if "without a prediction" in line)
    assert "model 12,000 of 4 series" in line


def test_leakage_is_told_where_there_is_some(study, make_scores, leakage):
    distrust = summarise(study, make_scores(), leakage, {}).distrust
    assert any(line.startswith("60% of the evaluated steps") and "90% somewhere" in line for line in distrust)
    assert "Series on one side of the split only: c1 at 0.1 m (no training part)." in distrust
    clean = leakage.assign(one_sided="", same_cluster=0.0, same_forcing=0.0)
    distrust = summarise(study, make_scores(), clean, {}).distrust
    assert not any("trained on at" in line or "one side" in line for line in distrust)


def test_few_seeds_are_distrusted(told):
    assert any(line.startswith("Only 1 seed(s)") for line in told(seeds=[1]).distrust)
    assert not any("seed(s)" in line for line in told().distrust)
