"""The floors by their definition, against scoringrules."""

import numpy as np
import pytest
import scoringrules
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import logsumexp
from scipy.stats import norm

from thetamix.evaluation.floor import FLOORS, LEAVE_ONE_OUT, SELF_INCLUDING, floor_samples

READINGS = hnp.arrays(np.float64, (6, 3), elements=st.floats(0.05, 0.5) | st.just(np.nan))


def by_definition(readings: np.ndarray, scored: np.ndarray, leave_out: bool) -> np.ndarray:
    """CRPS and log-likelihood (step), reading by reading."""
    result = np.full((len(readings), 2), np.nan)
    for step, (there, wanted) in enumerate(zip(readings, scored, strict=True)):
        each = []
        for replicate in np.flatnonzero(np.isfinite(wanted)):
            speaks = np.isfinite(there)
            speaks[replicate] &= not leave_out
            said = there[speaks]
            if said.size:
                sd, weight = np.full_like(said, 0.02), np.full_like(said, 1 / said.size)
                reading = wanted[replicate]
                each.append(
                    (
                        scoringrules.crps_mixnorm(reading, said, sd, weight),
                        logsumexp(norm.logpdf(reading, said, sd), b=weight),
                    )
                )
        if each:
            result[step] = np.mean(each, axis=0)
    return result.T


@given(READINGS, hnp.arrays(bool, (6, 3)))
def test_floors_are_what_their_names_say(readings, shown):
    scored = np.where(shown, readings, np.nan)
    got = floor_samples(readings, scored)
    assert set(got) == set(FLOORS)
    for name, leave_out in ((LEAVE_ONE_OUT, True), (SELF_INCLUDING, False)):
        crps, log_likelihood = by_definition(readings, scored, leave_out)
        np.testing.assert_allclose(got[name].crps, crps, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(got[name].log_likelihood, log_likelihood, rtol=1e-9)
        assert np.isnan(got[name].predicted).all()


def test_the_floor_that_contains_the_reading_is_too_good():
    rng = np.random.default_rng(0)
    readings = 0.3 + rng.normal(0, 0.04, (4000, 3))
    got = floor_samples(readings, readings)
    # The law that the readings come from, known exactly, has the lowest expected CRPS that is honest.
    law = scoringrules.crps_normal(readings, 0.3, 0.04).mean()
    assert got[SELF_INCLUDING].crps.mean() < law < got[LEAVE_ONE_OUT].crps.mean()
    # Of one sibling, N(x, 0.02²) for a reading that differs by N(0, 2 × 0.04²): a closed form.
    single = floor_samples(readings[:, :2], readings[:, :2])[LEAVE_ONE_OUT].crps.mean()
    total = np.hypot(np.sqrt(2) * 0.04, 0.02)
    expected = total * np.sqrt(2 / np.pi) - 0.02 / np.sqrt(np.pi)
    assert single == pytest.approx(expected, rel=0.03)


def test_one_replicate_has_no_sibling():
    got = floor_samples(np.full((4, 1), 0.3), np.full((4, 1), 0.3))
    assert np.isnan(got[LEAVE_ONE_OUT].crps).all()
    assert np.isfinite(got[SELF_INCLUDING].crps).all()
    none = floor_samples(np.empty((0, 3)), np.empty((0, 3)))
    assert none[LEAVE_ONE_OUT].crps.shape == (0,)


def test_a_hidden_replicate_is_scored_under_those_that_were_shown():
    readings = np.array([[0.2, 0.3, 0.4]])
    scored = np.array([[np.nan, np.nan, 0.4]])
    got = floor_samples(readings, scored)[LEAVE_ONE_OUT].crps[0]
    assert got == pytest.approx(scoringrules.crps_mixnorm(0.4, [0.2, 0.3], [0.02, 0.02], [0.5, 0.5]), rel=1e-6)
