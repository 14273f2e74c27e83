"""The reference and its dressings, by hand."""

import numpy as np
import pytest

from thetamix.forecasters.reference import residuals
from thetamix.system.errors import InputError

REFERENCE = np.array([0.20, 0.30, 0.40, np.nan, 0.20])
READINGS = np.array([[0.21, 0.34, np.nan, 0.30, 0.9], [0.25, 0.30, 0.48, 0.31, 0.9]], np.float32)
TRAINED = np.array([[1, 1, 0, 1, 0], [1, 1, 1, 0, 0]], bool)
# Differences that are trained on: 0.01, 0.04, 0.05, 0.00, 0.08; the fourth step has no reference.
MEAN = 0.036
MEAN_SQUARE = (0.01**2 + 0.04**2 + 0.05**2 + 0.08**2) / 5


def test_dressings_by_hand():
    assert residuals(REFERENCE, READINGS, TRAINED, "none") == (0.0, 0.0)
    assert residuals(REFERENCE, READINGS, TRAINED, "raw") == pytest.approx((0, MEAN_SQUARE**0.5), abs=1e-7)
    expected = (MEAN, (MEAN_SQUARE - MEAN**2) ** 0.5)
    assert residuals(REFERENCE, READINGS, TRAINED, "bias_corrected") == pytest.approx(expected, abs=1e-7)


def test_nothing_to_learn_from_is_missing_but_for_the_bare_reference():
    nothing = np.zeros_like(TRAINED)
    assert np.isnan(residuals(REFERENCE, READINGS, nothing, "raw")).all()
    assert np.isnan(residuals(REFERENCE, READINGS, nothing, "bias_corrected")).all()
    assert residuals(REFERENCE, READINGS, nothing, "none") == (0.0, 0.0)


@pytest.mark.parametrize(("dress", "shift"), [("none", 0.0), ("raw", 0.0), ("bias_corrected", MEAN)])
def test_the_file(make_network, forecast, dress, shift):
    reference = np.tile(REFERENCE, (2, 1, 1))
    readings = np.stack([READINGS, np.full_like(READINGS, 0.3)])[:, None]
    trained = np.stack([TRAINED, np.zeros_like(TRAINED)])[:, None]
    network = make_network(readings, depths=[0.1], reference_soil_moisture=reference)
    weight, mean, sd, _ = forecast("reference", network, trained=trained, dress=dress)
    np.testing.assert_allclose(mean[0, 0, :, 0], REFERENCE + shift, rtol=1e-6)
    assert (np.isnan(weight) == np.isnan(mean)).all()
    assert (np.isnan(sd) == np.isnan(mean)).all()
    assert (weight[np.isfinite(weight)] == 1).all()
    spread = sd[0, 0, :3, 0]
    assert (spread == spread[0]).all()
    assert (spread[0] == 0) == (dress == "none")
    # The second cluster was not trained on: only the bare reference says something there.
    assert np.isnan(mean[1]).all() == (dress != "none")


def test_a_network_without_a_reference(make_network, forecast):
    with pytest.raises(InputError, match="no reference_soil_moisture; leave forecasters of kind reference out"):
        forecast("reference", make_network(), dress="raw")
