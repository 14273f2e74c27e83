"""One pass over a network: all tables, their seeds, and what a simulated network's true law says."""

import numpy as np
import pandas as pd
import pytest

from thetamix.evaluation.assessment import Assessment
from thetamix.evaluation.belt_scores import TITLES
from thetamix.evaluation.bootstrap import Resampling
from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.long_table import COLUMNS
from thetamix.evaluation.multimodality import COLUMNS as MODE_COLUMNS
from thetamix.evaluation.replicate_variance import TABLE_COLUMNS
from thetamix.evaluation.state_belts import COLUMNS as BELT_COLUMNS
from thetamix.network.by_series import Part
from thetamix.simulation.simulate import simulate
from thetamix.splits.parts import EVALUATION, TRAINING

DAY = np.timedelta64(1, "D")
GEOLOGY = ["marl", "schist"]
RESAMPLING = Resampling(unit="blocks", block=10 * DAY, unit_draws=30, step_draws=5, step_share=0.8)


def ignore(share: float) -> None:
    assert 0 < share <= 1


def tables_of(network, readings, part, predictions, group=GEOLOGY, resampling=RESAMPLING, seeds=(1,)):
    assessment = Assessment(network, readings, "all", group, resampling)
    for seed in seeds:
        assessment.add(seed, Part.of(part), predictions, ignore)
    return assessment.tables()


def chosen(table: pd.DataFrame, **wanted: str) -> pd.DataFrame:
    return table[np.all([table[name] == text for name, text in wanted.items()], axis=0)]


@pytest.fixture(scope="module")
def case(make_network, make_mixtures):
    network = make_network(steps=240, discharge=np.ones((2, 240)))
    readings = network["soil_moisture"].to_numpy()
    part = np.where(np.arange(240) % 20 < 10, EVALUATION, TRAINING)
    part = np.broadcast_to(part, readings.shape)
    mean = np.moveaxis(readings, 2, 3) + np.random.default_rng(0).normal(0, 0.05, (2, 2, 240, 3))
    predictions = {
        "mixture": make_mixtures(network, [0.3, 0.3, 0.4], mean, 0.05),
        "told": make_mixtures(network, 1 / 3, mean, 0.05, replicate=[0, 1, 2]),
        "point": make_mixtures(network, 1.0, mean[..., :1], 0.0),
        "silent": make_mixtures(network, np.nan, np.nan, np.nan),
    }
    return network, readings, part, predictions


@pytest.fixture(scope="module")
def tables(case):
    return tables_of(*case, seeds=(1, 2))


def test_columns(tables):
    for name, columns in (
        ("scores", COLUMNS),
        ("belt_by_state", BELT_COLUMNS),
        ("multimodality", MODE_COLUMNS),
        ("variance_components", TABLE_COLUMNS),
    ):
        assert list(tables[name].columns) == columns
    for name in ("scores", "belt_by_state", "variance_components", "multimodality", "distribution", "calibration"):
        assert set(tables[name]["seed"]) == {"1", "2", "all"}


def test_labels_are_those_of_rows_that_occur_once(tables):
    for name, values in (
        ("belt_by_state", ["n", "mean", "q10", "q25", "q50", "q75", "q90"]),
        ("variance_components", ["value", "low", "high", "n_series"]),
        ("multimodality", ["strict", "dip", "n", "discharge", "rainy_share"]),
        ("distribution", ["density"]),
    ):
        labels = tables[name].drop(columns=values)
        assert not labels.duplicated().any(), name


def test_who_has_what(tables):
    assert set(tables["belt_by_state"]["forecaster"]) == {"observed", "mixture", "told"}
    assert set(tables["variance_components"]["forecaster"]) == {"observed", "mixture", "told"}
    assert set(tables["distribution"]["forecaster"]) == {"observed", "mixture", "told"}
    modes = tables["multimodality"]
    assert set(modes["forecaster"]) == {"mixture", "told", "point", "silent"}
    assert modes[modes["forecaster"].isin(["point", "silent"])]["strict"].isna().all()


def test_components_of_told_replicates_have_an_offset_and_others_have_not(tables):
    components = tables["variance_components"]
    offsets = components[(components["component"] == "offset") & components["state_low"].isna()]
    known = offsets.groupby("forecaster")["value"].agg(lambda values: values.notna().all())
    assert known.to_dict() == {"observed": True, "mixture": False, "told": True}


def test_the_mean_over_seeds_of_equal_seeds_is_theirs(tables):
    for name, value in (("belt_by_state", "q50"), ("multimodality", "dip"), ("distribution", "density")):
        table = tables[name]
        observed = table[table["forecaster"].isin(["observed", "mixture"])]
        if name == "belt_by_state":
            observed = observed[observed["kind"] != "matched"]  # drawn anew for each seed
        one, mean = (observed[observed["seed"] == seed][value].to_numpy() for seed in ("1", "all"))
        np.testing.assert_allclose(mean, one, rtol=1e-9)


def test_scores_of_belts_enter_the_long_table(tables):
    table = tables["scores"]
    of_belts = table[table["score"].isin(list(TITLES))]
    assert set(of_belts["forecaster"]) == {"mixture", "told"}
    assert set(of_belts["seed"]) == {"1", "2", "all"}
    for score in TITLES:
        rows = chosen(of_belts, score=score, seed=ALL, cluster=ALL)
        assert len(rows) == 2 * 9, score
        assert rows["value"].notna().all()
        assert (rows["low"] <= rows["value"] + 0.02).all()
    of_series = chosen(of_belts, score="belt_w1_matched_of_series")
    assert (of_series["cluster"] != ALL).sum() == 2 * 3 * 4


def test_one_evaluated_step_makes_tables(case):
    network, readings, part, predictions = case
    nothing = np.full_like(part, TRAINING)
    nothing[0, 0, :, 0] = EVALUATION
    tables = tables_of(network, readings, nothing, predictions)
    assert tables["variance_components"].empty
    assert len(tables["belt_by_state"]) > 0
    rows = chosen(tables["scores"], forecaster="mixture", score="belt_w1", group="marl", depth="0.1", seed="1")
    assert np.isfinite(rows["value"]).all()
    assert len(rows) == 1


def test_one_replicate(case, make_network, make_mixtures):
    network = make_network(replicates=1, steps=240)
    readings = network["soil_moisture"].to_numpy()
    part = np.broadcast_to(case[2][:, :, :1], readings.shape)
    predictions = {"mixture": make_mixtures(network, [0.5, 0.5], [0.2, 0.4], 0.05)}
    tables = tables_of(network, readings, part, predictions)
    assert set(tables["scores"]["score"]) & set(TITLES) == {"belt_predicted", "log_likelihood_of_moments"}
    assert tables["variance_components"].empty
    assert set(tables["belt_by_state"]["kind"]) == {"predicted"}


def test_clusters_may_be_drawn(case):
    by_clusters = Resampling(unit="clusters", block=10 * DAY, unit_draws=30, step_draws=5, step_share=0.8)
    scores = tables_of(*case, resampling=by_clusters)["scores"]
    rows = chosen(scores, forecaster="mixture", score="belt_w1", group="marl", depth="0.1")
    assert rows["value"].notna().all()
    assert rows[["low", "high"]].isna().all(axis=None)  # a single cluster


def test_the_record(tables):
    assert len(tables["replicate_correlation"]) == 2 * 2 * 3
    assert tables["nonsequential"].empty


def test_the_true_law_of_a_simulated_network_against_a_wrong_one(monkeypatch):
    """Many clusters: matched belts of the truth lie near the observed ones, those of a law twice as wide do not."""
    monkeypatch.setattr("thetamix.evaluation.belts.DRAWN", 500)
    simulation = simulate(clusters=30, years=0.2, seed=4, step_hours=24, truth_profiles=32, without=["faults"])
    network, truth = simulation.network, simulation.truth
    center = truth["component_mean"].mean("component")
    wide = truth.assign(component_mean=center + 2 * (truth["component_mean"] - center))
    readings = network["soil_moisture"].to_numpy()
    part = np.full(readings.shape, EVALUATION)
    resampling = Resampling(unit="blocks", block=90 * DAY, unit_draws=20, step_draws=5, step_share=0.8)
    predictions = {"truth": truth, "wide": wide}
    tables = tables_of(network, readings, part, predictions, [ALL] * 30, resampling)

    def value(forecaster: str, score: str, depth: str) -> float:
        rows = chosen(tables["scores"], forecaster=forecaster, score=score, depth=depth, cluster=ALL, seed=ALL)
        return float(rows["value"].item())

    for depth in ("0.1", "0.3", "0.5"):
        truth_w1, wide_w1 = (value(name, "belt_w1_matched", depth) for name in ("truth", "wide"))
        assert truth_w1 < 0.016
        assert wide_w1 > 3 * truth_w1
        assert truth_w1 < value("truth", "belt_w1", depth)
        observed, matched = (value("truth", f"belt_{kind}", depth) for kind in ("observed", "matched"))
        assert matched == pytest.approx(observed, rel=0.2)
    components = tables["variance_components"]
    total = components[(components["component"] == "total") & components["state_low"].isna()]
    total = total[(total["group"] == ALL) & (total["depth"] == ALL) & (total["seed"] == ALL)]
    values = total.set_index("forecaster")["value"]
    assert values["truth"] == pytest.approx(values["observed"], rel=0.35)
    assert values["wide"] > 1.5 * values["observed"]
