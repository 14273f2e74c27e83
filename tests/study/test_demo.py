"""The true law in a file: few components that say what the many did."""

import re

import numpy as np
from scipy.stats import norm

from thetamix.prediction.prediction_file import open_prediction
from thetamix.simulation import simulate
from thetamix.study.demo import LAW_COMPONENTS, write_law


def test_the_law_in_a_file_is_that_of_its_profiles_within_the_change_it_names(tmp_path):
    simulation = simulate(2, 0.05, 3, step_hours=3, truth_profiles=64, without=("faults", "gaps"))
    write_law(simulation.network, simulation.truth, tmp_path / "truth.nc", "true law")
    with open_prediction(tmp_path / "truth.nc") as few:
        weight, mean, sd = (few[f"component_{name}"].to_numpy().astype(float) for name in ("weight", "mean", "sd"))
        named = float(re.search(r"by more than (.*)", few.attrs["comment"]).group(1))
    profiles = simulation.truth["component_mean"].to_numpy().astype(float)
    assert mean.shape[-1] == LAW_COMPONENTS
    np.testing.assert_allclose((weight * mean).sum(axis=-1), profiles.mean(axis=-1), atol=1e-6)
    second = (weight * (mean**2 + sd**2)).sum(axis=-1)
    np.testing.assert_allclose(second, (profiles**2).mean(axis=-1) + 0.02**2, atol=1e-6)
    # By scipy, on a grid of its own, for all laws.
    x = np.linspace(0, 0.8, 161)[:, None, None, None, None]
    change = (weight * norm.cdf(x, mean, sd)).sum(axis=-1) - norm.cdf(x, profiles, 0.02).mean(axis=-1)
    assert 0.5 * named < np.abs(change).max() < 1.2 * named
    assert named < 0.01
