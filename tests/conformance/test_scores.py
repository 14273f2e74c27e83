"""What every score must do: those of the table, and the template of the documentation."""

import shutil

import numpy as np
import pytest
import yaml

from thetamix.evaluation.paired_series import PairedSeries
from thetamix.evaluation.sample import Sample, WeightedSample, series_samples
from thetamix.evaluation.score import Score
from thetamix.evaluation.scores import SCORES
from thetamix.evaluation.series_forecast import SeriesForecast
from thetamix.network.netcdf import write_network
from thetamix.network.series import Series
from thetamix.study.comparing import compare_runs
from thetamix.study.run import run_study
from thetamix.study.table_files import read_table

from .template_files import template

STEPS, BLOCKS = 60, 6
STUDY = {
    "name": "stranger",
    "network": "network.nc",
    "inputs": {"forcing": ["precipitation"]},
    "split": {"scheme": "blocks", "block": "10d"},
    "forecasters": {
        "cycle": {"kind": "annual_cycle", "by": ["geology", "depth"]},
        "of the series": {"kind": "annual_cycle", "by": "series"},
    },
    "seeds": [1, 2],
    "evaluation": {"bootstrap": {"draws": 5, "block_draws": 20}},
}


def from_template() -> Score:
    return template("score").MEAN_ABSOLUTE_ERROR


@pytest.fixture(params=[*SCORES, "template"])
def score(request) -> Score:
    return SCORES[request.param] if request.param in SCORES else from_template()


def sample_of(readings: np.ndarray, weight, mean, sd, replicate=None) -> Sample:
    forecast = SeriesForecast(*(np.broadcast_to(a, mean.shape) for a in (weight, mean, sd)), replicate)
    series = Series(0, 0, "c", 0.1, (True,) * readings.shape[1])
    steps = np.arange(len(readings))
    paired = PairedSeries(series, steps, readings, readings.mean(axis=1), {"m": forecast}, {"m": 0})
    return series_samples(paired)["m"]


@pytest.fixture
def readings() -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.uniform(0.1, 0.4, (STEPS, 1)) + rng.normal(0, 0.03, (STEPS, 3))


@pytest.fixture
def sample(readings) -> Sample:
    """What a forecaster that tells replicates apart predicted: all scores are defined."""
    mean = readings + np.random.default_rng(1).normal(0, 0.02, readings.shape)
    return sample_of(readings, 1 / 3, mean, 0.04, np.arange(3))


def at(sample: Sample, steps: np.ndarray) -> Sample:
    """The sample with its steps in another order, or several times."""
    arrays = {name: values[steps] for name, values in vars(sample).items() if name != "forecast"}
    return Sample(**arrays, forecast=sample.forecast.at(steps))


def once(score: Score, sample: Sample) -> float:
    [value] = score.function(WeightedSample(sample, np.ones((1, sample.observed.size))))
    return value


def test_it_gives_a_finite_number_for_each_draw(score, sample):
    weights = np.random.default_rng(2).multinomial(STEPS, np.full(STEPS, 1 / STEPS), 7).astype(float)
    values = score.function(WeightedSample(sample, weights))
    assert values.shape == (7,)
    assert np.isfinite(values).all()
    assert len(set(values.tolist())) > 1
    assert np.isfinite(once(score, sample))


def test_sums_by_block_are_sums_by_step(score, sample):
    blocks = np.arange(STEPS) * BLOCKS // STEPS
    weights = np.random.default_rng(3).multinomial(BLOCKS, np.full(BLOCKS, 1 / BLOCKS), 9).astype(float)
    of_blocks = score.function(WeightedSample(sample, weights, blocks))
    of_steps = score.function(WeightedSample(sample, weights[:, blocks]))
    np.testing.assert_allclose(of_blocks, of_steps, rtol=1e-6, atol=1e-9)
    everything = score.function(WeightedSample(sample, np.ones((1, BLOCKS)), blocks))
    np.testing.assert_allclose(everything, once(score, sample), rtol=1e-6, atol=1e-9)


def test_weights_are_repetitions(score, sample):
    times = np.random.default_rng(4).integers(0, 3, STEPS)
    [weighted] = score.function(WeightedSample(sample, times[None].astype(float)))
    repeated = once(score, at(sample, np.repeat(np.arange(STEPS), times)))
    assert weighted == pytest.approx(repeated, rel=1e-6, abs=1e-9)


def test_the_order_of_the_steps_does_not_matter(score, sample):
    order = np.random.default_rng(5).permutation(STEPS)
    assert once(score, at(sample, order)) == pytest.approx(once(score, sample), rel=1e-9)


def test_a_perfect_forecast_is_better_than_one_that_is_off(score, readings):
    same = np.repeat(readings.mean(axis=1, keepdims=True), 3, axis=1)
    perfect = once(score, sample_of(same, 1 / 3, same, 0.01, np.arange(3)))
    worse = once(score, sample_of(same, 1 / 3, same[::-1] + 0.05, 0.01, np.arange(3)))
    assert perfect > worse if score.higher_is_better else perfect < worse


def test_what_is_undefined_is_nan_and_raises_no_warning(score, sample):
    nothing = at(sample, np.arange(0))
    arrays = {name: np.full(values.shape, np.nan) for name, values in vars(sample).items() if name != "forecast"}
    missing = Sample(**arrays)
    for undefined in (nothing, missing):
        weighted = WeightedSample(undefined, np.ones((2, undefined.observed.size)))
        np.testing.assert_array_equal(score.function(weighted), [np.nan, np.nan])
    [of_nothing, defined] = score.function(WeightedSample(sample, np.stack([np.zeros(STEPS), np.ones(STEPS)])))
    assert np.isnan(of_nothing)
    assert np.isfinite(defined)


def test_a_step_without_a_prediction_is_left_out(score, readings):
    mean = np.repeat(readings.mean(axis=1, keepdims=True) + 0.01, 3, axis=1)
    weight = np.full(mean.shape, 1 / 3)
    whole = sample_of(readings, weight, mean, np.full(mean.shape, 0.04), np.arange(3))
    for values in (mean, weight):
        values[:10] = np.nan
    sd = np.where(np.isnan(mean), np.nan, 0.04)
    gap = sample_of(readings[10:], weight[10:], mean[10:], sd[10:], np.arange(3))
    padded = {
        name: np.concatenate([np.full((10, *values.shape[1:]), np.nan), values])
        for name, values in vars(gap).items()
        if name != "forecast"
    }
    forecast = SeriesForecast(weight, mean, sd, np.arange(3))
    with_gap = Sample(**padded | {"observed": whole.observed, "readings": readings, "forecast": forecast})
    assert once(score, with_gap) == pytest.approx(once(score, gap), rel=1e-9)


def test_its_n_is_the_steps_that_it_is_computed_from(score, sample):
    rng = np.random.default_rng(6)
    arrays = {name: values.copy() for name, values in vars(sample).items() if name != "forecast"}
    for values in arrays.values():
        values[rng.random(STEPS) < 0.2] = np.nan
    holed = Sample(**arrays, forecast=sample.forecast)
    used = score.steps(holed)
    assert 0 < used.sum() < STEPS
    assert once(score, at(holed, np.flatnonzero(used))) == pytest.approx(once(score, holed), rel=1e-9)
    for step in np.flatnonzero(used)[:5]:
        weights = np.ones((1, STEPS))
        weights[0, step] = 4
        assert score.function(WeightedSample(holed, weights))[0] != once(score, holed)


def test_it_has_a_title_of_its_own(score):
    titles = [other.title for other in (*SCORES.values(), from_template())]
    assert score.title.strip()
    assert titles.count(score.title) == 1


def test_a_study_has_a_strangers_score_in_its_scores_tables_and_comparison(make_network, monkeypatch, tmp_path):
    monkeypatch.setitem(SCORES, "mean_absolute_error", from_template())
    write_network(make_network(steps=160), tmp_path / "network.nc")
    (tmp_path / "study.yml").write_text(yaml.safe_dump(STUDY, sort_keys=False))
    run = tmp_path / "run"
    run_study(tmp_path / "study.yml", run)
    scores = read_table(run / "scores.csv")
    rows = scores[scores["score"] == "mean_absolute_error"].set_index("forecaster")
    assert set(rows.index) == {"cycle", "of the series"}
    assert rows["value"].notna().all()
    assert "mean_absolute_error (5 draws of 80%)" in set(scores["score"])
    comparison = read_table(run / "tables" / "comparison.csv")
    pair = comparison[(comparison["score"] == "mean_absolute_error") & (comparison["depth"] == "all")].iloc[-1]
    total = rows[(rows[["seed", "geology", "depth", "cluster"]] == "all").all(axis=1)]["value"]
    assert pair["difference"] == pytest.approx(total[pair["one"]] - total[pair["other"]])
    assert "mean_absolute_error" in set(read_table(run / "tables" / "seed_spread.csv")["score"])
    assert (run / "report.html").exists()
    assert list((run / "figures").glob("*.png"))
    shutil.copytree(run, tmp_path / "another")
    assert compare_runs([run, tmp_path / "another"], tmp_path / "compared").exists()
