"""Every score of a weighted sample is that of the sample with its steps repeated."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from thetamix.evaluation.dynamics import correlation, moments, ubrmse
from thetamix.evaluation.sample import Sample, WeightedSample
from thetamix.evaluation.scores import SCORES

READINGS = hnp.arrays(np.float64, 8, elements=st.floats(2**-4, 0.5, width=32) | st.just(np.nan))
SAMPLES = st.builds(Sample, *[READINGS] * 7)


def repeated(sample: Sample, counts: list[int]) -> Sample:
    return Sample(*(np.repeat(values, counts) for values in vars(sample).values() if values is not None))


@pytest.mark.parametrize("name", SCORES)
@given(sample=SAMPLES, counts=st.lists(st.integers(0, 3), min_size=8, max_size=8))
def test_weights_are_repetitions(name, sample, counts):
    function = SCORES[name].function
    many = repeated(sample, counts)
    weighted = function(WeightedSample(sample, np.array([counts], dtype=float)))
    explicit = function(WeightedSample(many, np.ones((1, many.observed.size))))
    np.testing.assert_allclose(weighted, explicit, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", SCORES)
@given(sample=SAMPLES, counts=st.lists(st.integers(0, 2), min_size=3, max_size=3), data=st.data())
def test_weights_of_blocks_are_weights_of_their_steps(name, sample, counts, data):
    units = np.array(data.draw(st.lists(st.integers(0, 2), min_size=8, max_size=8)))
    weights = np.array([counts], dtype=float)
    by_block = SCORES[name].function(WeightedSample(sample, weights, units))
    by_step = SCORES[name].function(WeightedSample(sample, weights[:, units]))
    np.testing.assert_allclose(by_block, by_step, rtol=1e-5, atol=1e-7)


def test_means_are_over_what_is_there():
    nan = np.nan
    sample = Sample(
        observed=np.array([0.1, 0.2, nan, 0.4]),
        predicted=np.array([0.2, nan, 0.3, 0.2]),
        crps=np.array([1.0, nan, 3.0, 5.0]),
        log_likelihood=np.array([nan, nan, nan, nan]),
        crps_of_replicate=np.array([2.0, 4.0, nan, nan]),
        log_likelihood_of_replicate=np.array([-1.0, 1.0, 3.0, 3.0]),
        readings=np.full((4, 3), nan),
    )
    got = {name: entry.function(WeightedSample(sample, np.ones((1, 4))))[0] for name, entry in SCORES.items()}
    assert got["mse"] == pytest.approx((0.1**2 + 0.2**2) / 2)
    assert got["rmse"] == pytest.approx(np.sqrt((0.1**2 + 0.2**2) / 2))
    assert got["crps"] == pytest.approx(3.0)
    assert np.isnan(got["log_likelihood"])
    assert got["crps_of_replicate"] == pytest.approx(3.0)
    assert got["log_likelihood_of_replicate"] == pytest.approx(1.5)


@given(samples=st.lists(SAMPLES, min_size=2, max_size=3), data=st.data())
def test_what_forecasters_share_changes_no_score(samples, data):
    weights = np.array([[1, 0, 2], [1, 1, 1], [0, 3, 0]], dtype=float)
    units = np.array(data.draw(st.lists(st.integers(0, 2), min_size=8, max_size=8)))
    for how in ((weights, units), (weights[:, units], None)):
        before = None
        for one in samples:
            sample = replace(one, observed=samples[0].observed)
            before = WeightedSample(sample, *how, like=before)
            for entry in SCORES.values():
                np.testing.assert_array_equal(entry.function(before), entry.function(WeightedSample(sample, *how)))


def test_nothing_is_undefined_not_zero():
    empty = Sample(*np.empty((7, 0)))
    for entry in SCORES.values():
        assert np.isnan(entry.function(WeightedSample(empty, np.ones((2, 0))))).tolist() == [True, True]


def test_direction():
    higher = {name for name, entry in SCORES.items() if entry.higher_is_better}
    assert higher == {"kge", "correlation", "rank_correlation", "log_likelihood", "log_likelihood_of_replicate"}


def test_correlation_and_unbiased_error_are_numpys():
    rng = np.random.default_rng(0)
    observed = rng.uniform(0.1, 0.4, 50)
    predicted = 0.08 + 0.7 * observed + rng.normal(0, 0.03, 50)
    m = moments(observed, predicted, np.ones((1, 50)))
    assert correlation(m)[0] == pytest.approx(np.corrcoef(observed, predicted)[0, 1])
    assert ubrmse(m)[0] == pytest.approx(np.std(predicted - observed))
