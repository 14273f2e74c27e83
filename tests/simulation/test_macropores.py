import numpy as np

from thetamix.simulation.column import concatenate, field_capacity
from thetamix.simulation.integration import Recording, integrate
from thetamix.simulation.macropores import CONDUCTIVITY, POWER, bypassing, conduct

from .conftest import uniform_soil


def test_macropores_conduct_with_a_power_of_the_saturation():
    saturation = np.array([[0.2, 0.8], [0.95, 1.0]])
    np.testing.assert_allclose(conduct(saturation, np.array([2.0, 5.0])), saturation**POWER * [2.0, 5.0])
    np.testing.assert_array_equal(saturation, [[0.2, 0.8], [0.95, 1.0]])


def test_bypass_needs_intensity_and_soil_that_is_wet_or_dry():
    one = np.ones(4)
    saturation, available = np.array([1.0, 0.6, 0.3, 0.6]), np.array([1.0, 0.9, 0.1, 0.9])
    np.testing.assert_allclose(bypassing(1.8 * one, saturation, available), [1.8, 0, 1.8, 0])
    np.testing.assert_allclose(bypassing(0.2 * one, saturation, available), 0)
    np.testing.assert_allclose(bypassing(20 * one, saturation, available), 20)  # a cloudburst


def test_soil_with_macropores_drains_where_soil_without_is_waterlogged():
    # A winter: 2 mm a day on soil whose base lets 0.2 mm through.
    tight, open_ = (uniform_soil("silty clay loam", bottom=0.0014, bypass=share) for share in (0.0, 0.6))
    both = concatenate([tight, open_])
    rain = np.full((24 * 120, 1), 2 / 24)
    course = integrate(both, rain, np.zeros_like(rain), np.zeros(2, int), record=Recording(observed=(1, 4), ledger=2))
    wet, drained = course.moisture[-1].T / both.porosity[0]
    assert (wet > 0.99).all()
    # At rest the macropores carry what the base does not.
    expected = (2 / 24 / (0.6 * CONDUCTIVITY)) ** (1 / POWER)
    np.testing.assert_allclose(drained, expected, atol=0.04)
    np.testing.assert_allclose(course.ledger.drainage[-1, 1], 2 / 24, rtol=0.02)


def test_no_macropores_no_difference_in_dry_soil():
    both = concatenate([uniform_soil("loam", bypass=0.5), uniform_soil("loam")])
    water = 0.6 * field_capacity(both)
    dry = integrate(
        both, np.zeros((200, 1)), np.zeros((200, 1)), np.zeros(2, int), water=water, record=Recording(observed=(1, 4))
    )
    np.testing.assert_allclose(dry.moisture[..., 0], dry.moisture[..., 1], atol=1e-5)
