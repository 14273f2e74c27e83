"""What every score must do: those of the table, and the template of the documentation."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from thetamix.evaluation.sample import Sample, WeightedSample
from thetamix.evaluation.scores import SCORES, Score

TEMPLATE = Path(__file__).parents[2] / "docs" / "templates" / "score.py"
STEPS, BLOCKS = 60, 6


def from_template() -> Score:
    spec = importlib.util.spec_from_file_location("template_score", TEMPLATE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.MEAN_ABSOLUTE_ERROR


EVERY = SCORES | {"template": from_template()}


def sample(error: float = 0.05, steps: int = STEPS, missing: bool = True) -> Sample:
    """A forecast that is off by about `error`; its scores by step follow from it."""
    rng = np.random.default_rng(4)
    observed = rng.uniform(0.1, 0.5, steps)
    off = error * rng.normal(size=steps)
    if missing:
        observed[::7] = np.nan
    crps, log_likelihood = 0.01 + np.abs(off), 2 - np.abs(off) / 0.05
    readings = observed[:, None] + np.array([-0.01, 0.0, 0.01])
    return Sample(observed, observed + off, crps, log_likelihood, crps, log_likelihood, readings)


@pytest.fixture(params=EVERY)
def score(request) -> Score:
    return EVERY[request.param]


def test_it_has_a_title_of_its_own(score):
    assert score.title
    assert [other.title for other in EVERY.values()].count(score.title) == 1


def test_it_gives_a_value_for_each_draw(score):
    for draws in (1, 5):
        values = score.function(WeightedSample(sample(), np.ones((draws, STEPS))))
        assert values.shape == (draws,)
        assert np.isfinite(values).all()


def test_a_block_counts_as_its_steps_do(score):
    rng = np.random.default_rng(2)
    drawn = rng.multinomial(BLOCKS, np.full(BLOCKS, 1 / BLOCKS), size=4)
    units = np.arange(STEPS) * BLOCKS // STEPS
    by_block = score.function(WeightedSample(sample(), drawn.astype(float), units))
    by_step = score.function(WeightedSample(sample(), drawn[:, units].astype(float)))
    np.testing.assert_allclose(by_block, by_step, rtol=1e-9)


def test_a_weight_stands_for_repetition(score):
    whole, twice = sample(missing=False), np.tile(np.arange(STEPS), 2)
    repeated = Sample(**{name: values[twice] for name, values in vars(whole).items() if values is not None})
    once = score.function(WeightedSample(whole, np.full((1, STEPS), 2.0)))
    np.testing.assert_allclose(once, score.function(WeightedSample(repeated, np.ones((1, 2 * STEPS)))), rtol=1e-9)


def test_steps_without_a_reading_change_nothing(score):
    missing = sample()
    there = np.isfinite(missing.observed)
    kept = Sample(**{name: values[there] for name, values in vars(missing).items() if values is not None})
    for name in ("crps", "log_likelihood", "crps_of_replicate", "log_likelihood_of_replicate"):
        getattr(missing, name)[~there] = np.nan
    with_gaps, without = (
        score.function(WeightedSample(scored, np.ones((1, scored.observed.size)))) for scored in (missing, kept)
    )
    np.testing.assert_allclose(with_gaps, without, rtol=1e-9)


def test_nothing_read_is_undefined_and_never_zero(score):
    empty = Sample(*np.full((6, STEPS), np.nan), np.full((STEPS, 3), np.nan))
    assert np.isnan(score.function(WeightedSample(empty, np.ones((2, STEPS))))).all()


def test_the_better_forecast_scores_better(score):
    good, bad = (score.function(WeightedSample(sample(error), np.ones((1, STEPS))))[0] for error in (0.01, 0.1))
    assert (good > bad) == score.higher_is_better
