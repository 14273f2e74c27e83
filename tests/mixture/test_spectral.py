"""Sums over harmonics against sums over pairs."""

import time

import numpy as np
import pytest

from thetamix.mixture import GaussianMixture, spectral


@pytest.mark.parametrize("k", [17, 64, 200])
@pytest.mark.parametrize(
    ("low", "high"),
    [(0.02, 0.02), (5e-3, 0.1), (1e-6, 1e-3), (1e-6, 1.0), (1e-12, 1e-12), (10.0, 30.0)],
)
def test_harmonics_are_the_sum_over_pairs(k, low, high, all_pairs):
    rng = np.random.default_rng(k)
    weight = rng.dirichlet(np.ones(k), 12)
    weight[:3, 4] = 0.0
    weight /= weight.sum(axis=1, keepdims=True)
    mean = rng.uniform(0, 0.6, (12, k))
    mean[0] = 0.3
    sd = np.exp(rng.uniform(np.log(low), np.log(high), (12, k)))
    got = GaussianMixture(weight, mean, sd).mean_difference()
    expected = np.array([all_pairs(*row) for row in zip(weight, mean, sd, strict=True)])
    assert np.abs(got - expected).max() < 1e-13 * (0.6 + 12 * high)


def test_component_without_weight_costs_no_accuracy(all_pairs):
    mean = np.r_[np.linspace(0, 0.6, 20), 1e9]
    sd = np.r_[np.full(20, 0.02), 1e-9]
    weight = np.r_[np.full(20, 0.05), 0.0]
    got = GaussianMixture(weight, mean, sd).mean_difference()
    assert got == pytest.approx(all_pairs(weight[:20], mean[:20], sd[:20]), rel=1e-12)


def test_few_harmonics_suffice_where_it_is_used(monkeypatch):
    """K readings dressed with 0.02 within 0.6: no pairs, and as many harmonics for any K."""
    monkeypatch.setattr(spectral, "_pair_sum", None)
    rng = np.random.default_rng(0)
    for k in (20, 200, 800):
        mean = rng.uniform(0, 0.6, (4, k))
        mixture = GaussianMixture(np.full(k, 1 / k), mean, 0.02)
        assert np.isfinite(mixture.mean_difference()).all()


def test_time_is_linear():
    rng = np.random.default_rng(0)

    def seconds(k):
        mixture = GaussianMixture(np.full(k, 1 / k), rng.uniform(0, 0.6, (1500, k)), 0.02)
        spent = []
        for _ in range(3):
            start = time.perf_counter()
            mixture.mean_difference()
            spent.append(time.perf_counter() - start)
        return min(spent)

    # pairs would take 64 times as long
    assert seconds(256) < 20 * seconds(32)
