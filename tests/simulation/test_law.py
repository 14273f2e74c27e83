"""Installed replicates are draws from the law: their probability integral transform is uniform."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chisquare, kstest, norm

from thetamix.mixture import GaussianMixture
from thetamix.simulation import Simulation, simulate

STEP = np.linspace(0, 174, 9).astype(int)  # one time for each cluster


def transform(simulation: Simulation, law: str, step: np.ndarray) -> np.ndarray:
    """Transform each replicate at one step of its cluster (cluster, depth, replicate), not by our own mixtures."""
    clusters = np.arange(step.size)
    readings = simulation.network["soil_moisture"].to_numpy()[clusters, :, :, step]
    means = getattr(simulation, law)["component_mean"].to_numpy()[clusters, :, step]
    return norm.cdf((readings[..., None] - means[:, :, None]) / 0.02).mean(axis=-1)


def assert_uniform(values: np.ndarray) -> None:
    assert kstest(values, "uniform").pvalue > 0.01
    assert chisquare(np.histogram(values, bins=10, range=(0, 1))[0]).pvalue > 0.01


@pytest.fixture(scope="module")
def readings() -> Simulation:
    """Nine clusters with many replicates for a week in May."""
    return simulate(
        9,
        0.02,
        11,
        replicates=35,
        truth_profiles=250,
        regional_profiles=50,
        start="2013-05-01",
        without=("faults", "gaps"),
    )


def test_replicates_are_draws_from_the_law_of_their_cluster(readings):
    pit = transform(readings, "truth", STEP)
    for depth in range(3):  # depths of one profile are not independent
        assert_uniform(pit[:, depth].ravel())


def test_who_knows_the_place_forecasts_a_new_replicate_better(readings):
    obs = readings.network["soil_moisture"].to_numpy()[..., -1].astype(float)
    score = []
    for law in (readings.truth, readings.regional_truth):
        means = law["component_mean"].to_numpy()[:, :, -1].astype(float)
        mixture = GaussianMixture(1 / means.shape[-1], means[:, :, None], 0.02)
        score.append(mixture.crps(obs).mean())
    assert score[0] < 0.95 * score[1]


@pytest.mark.parametrize(("shift", "widen"), [(0.015, 1.0), (0.0, 2.0)])
def test_a_law_that_is_shifted_or_too_wide_is_noticed(readings, shift, widen):
    means = readings.truth["component_mean"].to_numpy()
    wrong = shift + means.mean(axis=-1, keepdims=True) + widen * (means - means.mean(axis=-1, keepdims=True))
    law = readings.truth.assign(component_mean=(readings.truth["component_mean"].dims, wrong))
    pit = transform(replace(readings, truth=law), "truth", STEP)
    assert kstest(pit[:, 0].ravel(), "uniform").pvalue < 0.01


@pytest.mark.soak
def test_the_law_holds_through_half_a_year():
    simulation = simulate(60, 0.5, 17, replicates=35, step_hours=24, truth_profiles=150, without=("faults", "gaps"))
    step = np.random.default_rng(0).integers(0, simulation.network.sizes["time"], 60)
    pit = transform(simulation, "truth", step)
    assert pit[:, 0].size == 2100
    for depth in range(3):
        assert_uniform(pit[:, depth].ravel())


@pytest.mark.soak
def test_sensors_of_unknown_clusters_are_draws_from_the_regional_law():
    # One replicate each: those of one cluster are alike.
    simulation = simulate(
        400,
        0.02,
        19,
        replicates=1,
        truth_profiles=0,
        regional_profiles=60,
        without=("faults", "gaps", "radar"),
    )
    pit = transform(simulation, "regional_truth", np.random.default_rng(1).integers(0, 175, 400))
    for depth in range(3):
        assert_uniform(pit[:, depth, 0])
