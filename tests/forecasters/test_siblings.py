"""The other replicates as a forecast: what they may see, and how far a new one is from them."""

import numpy as np
import pytest

from thetamix.forecasters.siblings import common_gaussian, replicate_mixture, variance_between
from thetamix.mixture import GaussianMixture
from thetamix.network.by_series import Mask
from thetamix.splits.parts import EVALUATION, TRAINING
from thetamix.splits.schemes import by_replicates


@pytest.fixture
def place(make_network):
    """Two clusters of three replicates; C of the first and A of the second are hidden."""
    rng = np.random.default_rng(0)
    readings = rng.uniform(0.1, 0.4, (2, 2, 3, 12)).astype(np.float32)
    trained = np.ones(readings.shape, bool)
    trained[0, :, 2] = trained[1, :, 0] = False
    trained[0, 0, :, 4] = False  # nobody at one time
    trained[0, 0, 1, 5] = False  # one at another
    return make_network(readings), readings, trained


def test_the_mixture_is_that_of_the_trained_replicates_at_that_time(place, forecast):
    network, readings, trained = place
    weight, mean, sd, _ = forecast("siblings", network, trained=trained, spread="instrument")
    for cluster, depth, time in np.ndindex(2, 2, 12):
        there = trained[cluster, depth, :, time]
        got = [a[cluster, depth, time] for a in (weight, mean, sd)]
        if not there.any():
            assert np.isnan(got).all()
            continue
        assert got[0].tolist() == pytest.approx(there / there.sum())
        assert (got[1][there] == readings[cluster, depth, there, time]).all()
        assert got[2] == pytest.approx(0.02)
    GaussianMixture(weight, mean, sd)  # a mixture, with NaN rows throughout


@pytest.mark.parametrize("spread", ["instrument", "learned"])
def test_what_is_hidden_and_other_times_change_nothing(place, forecast, spread):
    network, readings, trained = place
    before = forecast("siblings", network, trained=trained, spread=spread)[:3]
    other = np.where(trained, readings, 0.9).astype(np.float32)
    after = forecast("siblings", network, trained=trained, readings=other, spread=spread, name="other")[:3]
    for one, two in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, two)
    if spread == "instrument":
        other = readings.copy()
        other[..., 7] = 0.9
        after = forecast("siblings", network, trained=trained, readings=other, spread=spread, name="third")
        changed = (after[1] != before[1]) & np.isfinite(before[1])
        assert changed.any(axis=(0, 1, 3)).tolist() == [time == 7 for time in range(12)]


def test_the_learned_spread_of_a_new_replicate(place, forecast):
    network, readings, trained = place
    weight, mean, sd, _ = forecast("siblings", network, trained=trained, spread="learned")
    assert weight.shape[-1] == 1
    values = readings.astype(float)
    for depth in (0, 1):
        between = []
        for cluster in (0, 1):
            there = trained[cluster, depth]
            full = there.sum(axis=0) == 2
            pairs = np.stack([values[cluster, depth][there[:, t], t] for t in np.flatnonzero(full)])
            between.append(pairs.var(axis=1, ddof=1).mean())
        omega = np.sqrt(np.mean(between))
        assert sd[1, depth, 0, 0] == pytest.approx(omega * np.sqrt(1.5), rel=1e-6)
        assert mean[1, depth, 0, 0] == pytest.approx(values[1, depth, 1:, 0].mean(), rel=1e-6)
    assert sd[0, 0, 5, 0] == pytest.approx(sd[0, 0, 0, 0] * np.sqrt(2 / 1.5), rel=1e-6)  # a single sibling
    assert np.isnan([a[0, 0, 4, 0] for a in (weight, mean, sd)]).all()


def test_the_learned_spread_covers_new_replicates_and_the_instruments_does_not():
    """Simulated places: level N(0.3, 0.05²), replicates N(level, 0.04²): the law of a third given two."""
    rng = np.random.default_rng(1)
    level = rng.normal(0.3, 0.05, 4000)
    readings = level + rng.normal(0, 0.04, (3, 4000))
    trained = np.zeros((3, 4000), bool)
    trained[:2] = True
    omega = np.sqrt(variance_between(readings, trained))
    assert omega == pytest.approx(0.04, rel=0.05)
    inside = {}
    for name, mixture in (
        ("learned", common_gaussian(readings, trained, omega)),
        ("instrument", replicate_mixture(readings, trained)),
    ):
        low, high = GaussianMixture(*np.broadcast_arrays(*mixture)).interval(0.9)
        inside[name] = np.mean((readings[2] > low) & (readings[2] < high))
    assert inside["learned"] == pytest.approx(0.9, abs=5 * np.sqrt(0.09 / 4000))
    assert inside["instrument"] < 0.75


def test_under_the_scheme_the_hidden_profile_is_predicted_everywhere(make_network, forecast):
    network = make_network(clusters=3)
    readings = network["soil_moisture"].to_numpy()
    part = by_replicates(Mask.of(np.isfinite(readings)), 1, ["c00", "c01", "c02"]).dense()
    _, mean, _, _ = forecast("siblings", network, trained=part == TRAINING, spread="instrument")
    assert np.isfinite(mean).all()
    hidden = np.argwhere(part[:, 0, :, 0] == EVALUATION)
    assert len(hidden) == 3


def test_without_a_pair_of_replicates_no_spread_is_learned(make_network, forecast):
    readings = np.random.default_rng(0).uniform(0.1, 0.4, (1, 2, 3, 9))
    readings[0, 1, 1] = np.nan  # at 0.3 m: A is trained on, C hidden
    trained = np.isfinite(readings)
    trained[0, :, 2] = False
    network = make_network(readings)
    _, _, sd, _ = forecast("siblings", network, trained=trained, spread="learned")
    # The other depth's spread is the best guess.
    assert sd[0, 1, 0, 0] == pytest.approx(sd[0, 0, 0, 0] * np.sqrt(2 / 1.5), rel=1e-6)
    trained[0, 0, 1] = False
    weight, mean, sd, _ = forecast("siblings", network, trained=trained, spread="learned", name="none")
    assert np.isnan([weight, mean, sd]).all()
