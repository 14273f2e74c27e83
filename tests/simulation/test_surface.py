import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from thetamix.simulation.surface import COVERS, land_demand, pass_surface


@given(seed=st.integers(0, 2**32 - 1), step=st.sampled_from([1.0, 0.5, 3.0]))
def test_no_water_is_lost(seed, step):
    random = np.random.default_rng(seed)
    rain = np.where(random.random((300, 4)) < 0.3, random.gamma(0.5, 2.0, (300, 4)), 0.0)
    temperature = random.normal(1, 5, (300, 1)) + np.zeros((1, 4))
    demand = random.uniform(0, 0.3, (300, 4))
    ground = pass_surface(rain, temperature, demand, np.array([0.0, 0.5, 1.0, 2.0]), step)
    left = (rain - ground.supply - ground.evaporated).sum(axis=0) * step
    np.testing.assert_allclose(left, ground.stored, atol=1e-9)
    assert ground.supply.min() >= 0
    assert ground.demand.min() >= 0
    assert (ground.demand + ground.evaporated <= demand + 1e-12).all()


def test_snow_waits_for_warmth():
    temperature = np.r_[np.full(10, -5.0), np.full(200, 4.0)][:, None]
    rain = np.r_[np.full(10, 1.0), np.zeros(200)][:, None]
    ground = pass_surface(rain, temperature, np.full((210, 1), 0.1), np.array([1.0]))
    assert ground.supply[:10].sum() == 0
    melt = ground.supply[10:, 0]
    np.testing.assert_allclose(melt[:5], 4 * 3 / 24)  # 3 mm d-1 K-1
    np.testing.assert_allclose(melt.sum(), 10)
    assert ground.demand[5, 0] == 0  # snow covers the soil
    assert ground.demand[-1, 0] == 0.1


def test_leaves_hold_the_first_water():
    rain = np.array([[0.6], [0.6], [0.6], [0.0]])
    ground = pass_surface(rain, np.full((4, 1), 10.0), np.zeros((4, 1)), np.array([1.0]))
    np.testing.assert_allclose(ground.supply[:, 0], [0, 0.2, 0.6, 0])
    np.testing.assert_allclose(ground.stored, 1.0)


def test_demand_follows_the_season_of_the_cover():
    demand = land_demand(np.ones((2, 2)), np.array([0.0, 1.0]), ["forest", "cropland"])
    expected = np.array([COVERS["forest"].coefficient, COVERS["cropland"].coefficient]).T
    np.testing.assert_allclose(demand, expected)
