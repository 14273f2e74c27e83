"""Scores of single steps against scoringrules and scipy; and which steps are scored."""

import tracemalloc

import numpy as np
import pytest
import scoringrules
from scipy.special import logsumexp
from scipy.stats import norm

from thetamix.evaluation.paired_series import PairedSeries, paired_series
from thetamix.evaluation.sample import series_samples
from thetamix.evaluation.series_forecast import SeriesForecast
from thetamix.network.series import Series
from thetamix.splits.parts import EVALUATION, LEAST_SHARE, TRAINING
from thetamix.system.errors import ThetamixError


def case(steps: int = 20, components: int = 3, replicates: int = 3, seed: int = 0):
    rng = np.random.default_rng(seed)
    weight = rng.dirichlet(np.ones(components), steps)
    mean, sd = rng.uniform(0.1, 0.5, (steps, components)), rng.uniform(0.01, 0.1, (steps, components))
    readings = rng.uniform(0.1, 0.5, (steps, replicates))
    readings[rng.random(readings.shape) < 0.3] = np.nan
    readings[:, 0] = 0.3  # at least one of them is there
    return weight, mean, sd, readings


def by_readings(function, weight, mean, sd, readings) -> np.ndarray:
    """Score every reading by itself, then average over the replicates of a step."""
    result = []
    for step in range(len(readings)):
        there = readings[step][np.isfinite(readings[step])]
        result.append(np.mean([function(y, weight[step], mean[step], sd[step]) for y in there]))
    return np.array(result)


def crps_of(y, weight, mean, sd) -> float:
    return float(scoringrules.crps_mixnorm(y, mean, sd, weight))


def log_likelihood_of(y, weight, mean, sd) -> float:
    return float(logsumexp(norm.logpdf(y, mean, sd), b=weight))


def sample_of(weight, mean, sd, readings, replicate=None):
    said = {"one": SeriesForecast(weight, mean, sd, replicate)}
    steps, place = np.arange(len(readings)), Series(0, 0, "c", 0.1, (True,) * readings.shape[1])
    one = PairedSeries(place, steps, readings, readings.mean(axis=1), said, {"one": 0})
    return series_samples(one)["one"]


@pytest.mark.parametrize("components", [1, 3, 20])
def test_crps_and_log_likelihood_are_means_over_the_replicates_that_are_there(components):
    mixture = case(components=components)
    sample = sample_of(*mixture)
    np.testing.assert_allclose(sample.crps, by_readings(crps_of, *mixture), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(sample.log_likelihood, by_readings(log_likelihood_of, *mixture), rtol=1e-9)
    np.testing.assert_allclose(sample.predicted, (mixture[0] * mixture[1]).sum(axis=1), rtol=1e-12)
    assert np.isnan(sample.crps_of_replicate).all()
    assert np.isnan(sample.log_likelihood_of_replicate).all()


def test_a_reading_far_from_everything_has_a_likelihood():
    weight, mean, sd = np.ones((1, 1)), np.full((1, 1), 0.1), np.full((1, 1), 1e-3)
    sample = sample_of(weight, mean, sd, np.array([[0.6]]))
    assert sample.log_likelihood[0] == pytest.approx(norm.logpdf(0.6, 0.1, 1e-3))


def test_a_point_forecast_is_scored_by_its_absolute_error():
    _, mean, _, readings = case(components=1)
    sample = sample_of(np.ones_like(mean), mean, np.zeros_like(mean), readings)
    np.testing.assert_allclose(sample.crps, np.nanmean(np.abs(readings - mean), axis=1), rtol=1e-12)
    # The limit of ever narrower Gaussians.
    narrow = sample_of(np.ones_like(mean), mean, np.full_like(mean, 1e-9), readings)
    np.testing.assert_allclose(sample.crps, narrow.crps, atol=1e-8)
    assert np.isnan(sample.log_likelihood).all()


def test_several_points_are_no_point_forecast():
    # Their CRPS is not the error of the first of them.
    with pytest.raises(ThetamixError, match="sd of component 0 is 0"):
        sample_of(np.full((4, 2), 0.5), np.full((4, 2), 0.2), np.zeros((4, 2)), np.full((4, 1), 0.3))


def test_each_reading_under_its_own_replicates_distribution():
    _, mean, sd, readings = case(components=3)
    # The second replicate was not trained on: its component has no weight, and it no score of its own.
    weight = np.tile([0.5, 0.0, 0.5], (20, 1))
    sample = sample_of(weight, mean, sd, readings, replicate=np.array([0, 1, 2]))
    one = np.ones((20, 1))
    own = [
        np.where(
            np.isfinite(readings[:, r]),
            sample_of(one, mean[:, [r]], sd[:, [r]], readings[:, [r]]).crps,
            np.nan,
        )
        for r in (0, 2)
    ]
    np.testing.assert_allclose(sample.crps_of_replicate, np.nanmean(own, axis=0), rtol=1e-9)
    likelihood = [norm.logpdf(readings[:, r], mean[:, r], sd[:, r]) for r in (0, 2)]
    np.testing.assert_allclose(sample.log_likelihood_of_replicate, np.nanmean(likelihood, axis=0), rtol=1e-9)
    # Under the series' mixture, all three are scored.
    np.testing.assert_allclose(sample.crps, by_readings(crps_of, weight, mean, sd, readings), rtol=1e-6, atol=1e-8)


def test_several_components_of_a_replicate_are_its_mixture():
    weight, mean, sd, readings = case(components=4, replicates=2)
    sample = sample_of(weight, mean, sd, readings, replicate=np.array([0, 0, 1, 1]))
    own = []
    for r, mine in enumerate(([0, 1], [2, 3])):
        share = weight[:, mine] / weight[:, mine].sum(axis=1, keepdims=True)
        own.append([crps_of(readings[t, r], share[t], mean[t, mine], sd[t, mine]) for t in range(20)])
    np.testing.assert_allclose(sample.crps_of_replicate, np.nanmean(own, axis=0), rtol=1e-6)


@pytest.mark.parametrize("runs", [[20], [1] * 20, [5, 1, 1, 9, 4], [10, *[1] * 10]])
def test_repeated_mixtures_are_scored_as_if_each_were_new(runs):
    weight, mean, sd, readings = case()
    stretched = [np.repeat(values[: len(runs)], runs, axis=0) for values in (weight, mean, sd)]
    sample = sample_of(*stretched, readings)
    np.testing.assert_allclose(sample.crps, by_readings(crps_of, *stretched, readings), rtol=1e-6, atol=1e-8)


def test_a_long_stretch_of_one_mixture_among_others_needs_no_square_of_memory():
    weight, mean, sd, readings = case(steps=6000)
    for values in (weight, mean, sd):
        values[:3000] = values[0]
    tracemalloc.start()
    sample_of(weight, mean, sd, readings)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30e6  # 3,000 rows of 3,000 steps of 3 replicates would be 216 MB


# Which steps are scored


@pytest.fixture
def place(make_network, make_mixtures):
    """One series of three replicates over eight steps, and a forecaster for it."""
    readings = np.linspace(0.1, 0.4, 24).reshape(1, 1, 3, 8)
    readings[0, 0, 1, 5] = np.nan
    network = make_network(readings, depths=[0.1])
    part = np.full((1, 1, 3, 8), TRAINING)
    part[..., 2:7] = EVALUATION

    def say(missing=()):
        mean = np.full((1, 1, 8, 1), 0.25)
        mean[0, 0, list(missing)] = np.nan
        return make_mixtures(network, np.where(np.isnan(mean), np.nan, 1.0), mean, 0.05)

    return network, readings.astype(np.float32), part, say


def test_steps_of_the_evaluation_part_with_all_replicates(place):
    network, readings, part, say = place
    [one] = paired_series(network, readings, part, "all", {"a": say()})
    assert one.steps.tolist() == [2, 3, 4, 6]
    np.testing.assert_allclose(series_samples(one)["a"].observed, readings[0, 0][:, [2, 3, 4, 6]].mean(axis=0))
    assert one.unpredicted == {"a": 0}


def test_any_replicate_counts_by_itself_but_no_mean_is_formed_of_some(place):
    network, readings, part, say = place
    [one] = paired_series(network, readings, part, "any", {"a": say()})
    assert one.steps.tolist() == [2, 3, 4, 5, 6]
    sample = series_samples(one)["a"]
    assert np.isnan(sample.observed).tolist() == [False, False, False, True, False]
    there = readings[0, 0, [0, 2], 5].astype(float)
    expected = np.mean([scoringrules.crps_normal(y, np.float32(0.25), np.float32(0.05)) for y in there])
    assert sample.crps[3] == pytest.approx(expected, rel=1e-6)


def test_all_forecasters_are_scored_at_the_steps_that_each_of_them_predicts(place):
    network, readings, part, say = place
    predictions = {"a": say([0, 3]), "b": say([6]), "silent": say(range(8))}
    [one] = paired_series(network, readings, part, "all", predictions)
    assert one.steps.tolist() == [2, 4]
    assert one.unpredicted == {"a": 1, "b": 1, "silent": 4}
    assert np.isnan(series_samples(one)["silent"].crps).all()
    assert np.isnan(series_samples(one)["silent"].predicted).all()
    assert np.isfinite(series_samples(one)["a"].crps).all()
    np.testing.assert_array_equal(series_samples(one)["a"].crps, series_samples(one)["b"].crps)


def test_who_predicts_hardly_anything_is_undefined_and_takes_no_step_from_the_others(place):
    network, readings, part, say = place
    # Of the steps 2, 3, 4 and 6: one forecaster says something at 6 alone, another at two of the four.
    predictions = {"a": say([3]), "rare": say([2, 3, 4]), "half": say([4, 6])}
    [one] = paired_series(network, readings, part, "all", predictions)
    assert LEAST_SHARE == 0.5
    assert one.steps.tolist() == [2]
    assert one.unpredicted == {"a": 1, "rare": 3, "half": 2}
    samples = series_samples(one)
    assert np.isnan(samples["rare"].crps).all()
    assert np.isfinite([samples["a"].crps, samples["half"].crps]).all()


def test_nobody_predicts_anything(place):
    network, readings, part, say = place
    [one] = paired_series(network, readings, part, "all", {"silent": say(range(8))})
    assert one.steps.size == 4
    assert one.unpredicted == {"silent": 4}
    assert np.isnan(series_samples(one)["silent"].crps).all()


def test_a_hidden_replicate_is_scored_by_itself(place):
    network, readings, part, say = place
    part[:] = TRAINING
    part[:, :, 0] = EVALUATION
    [one] = paired_series(network, readings, part, "all", {"a": say()})
    # Whether its siblings are there does not matter.
    assert one.steps.tolist() == list(range(8))
    np.testing.assert_allclose(series_samples(one)["a"].observed, readings[0, 0, 0])


def test_series_without_evaluated_readings_are_left_out(make_network, make_mixtures):
    network = make_network(steps=6)
    readings = network["soil_moisture"].to_numpy()
    part = np.full(readings.shape, TRAINING)
    part[1, 0] = EVALUATION
    prediction = make_mixtures(network, 1.0, 0.3, 0.1)
    names = [one.series.name for one in paired_series(network, readings, part, "all", {"a": prediction})]
    assert names == ["c01 at 0.1 m"]


def test_readings_of_the_training_part_do_not_change_the_scores(place):
    network, readings, part, say = place
    [one] = paired_series(network, readings, part, "all", {"a": say()})
    other = np.where(part == TRAINING, np.float32(9), readings)
    [two] = paired_series(network, other, part, "all", {"a": say()})
    for name, values in vars(series_samples(one)["a"]).items():
        if name == "forecast":
            continue
        np.testing.assert_array_equal(values, getattr(series_samples(two)["a"], name))
