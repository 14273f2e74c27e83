import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from thetamix.simulation.column import LAYERS, Profiles, capacity, concatenate, field_capacity
from thetamix.simulation.geology import TEXTURES
from thetamix.simulation.integration import Recording, integrate
from thetamix.simulation.richards import EVAPORATED_SHARE, advance, prepare

from .conftest import all_textures, forcing, uniform_soil

NOWHERE = np.zeros(4, int)  # all profiles at one site


def closes(ledger, before):
    storage = np.concatenate([before[None], ledger.storage])
    gained = ledger.input - ledger.runoff - ledger.evaporation - ledger.transpiration - ledger.drainage
    return np.abs(np.diff(storage, axis=0) - gained).max()


def random_profiles(random, count):
    column = (LAYERS, count)
    roots, ends = random.exponential(size=column), random.exponential(size=column)
    return Profiles(
        porosity=random.uniform(0.1, 0.65, column),
        conductivity=np.exp(random.uniform(np.log(0.05), np.log(2000), column)),
        suction=np.exp(random.uniform(np.log(0.03), np.log(1.5), count)),
        exponent=random.uniform(2.5, 13, count),
        bottom=random.choice([0.0, 0.01, 1.0], count),
        roots=roots / roots.sum(axis=0),
        bypass=random.uniform(0, 0.9, count),
        bypass_to=ends / ends.sum(axis=0),
        catch=random.uniform(0.5, 1.5, count),
    )


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    step=st.sampled_from([1 / 6, 1.0, 6.0]),
    heavy=st.sampled_from([0.5, 5.0, 100.0]),
)
def test_any_soil_in_any_weather_closes_its_balance_and_stays_between_dry_and_full(seed, step, heavy):
    random = np.random.default_rng(seed)
    profiles = random_profiles(random, 20)
    soil, water = prepare(profiles), field_capacity(profiles) * random.uniform(0.2, 1.0, (LAYERS, 20))
    full = capacity(profiles)
    for _ in range(60):
        supply = random.exponential(heavy, 20) if random.random() < 0.4 else None
        before = water.sum(axis=0)
        flow = advance(soil, water, supply, random.uniform(0, 1.5, 20), step)
        gained = flow.input - flow.runoff - flow.evaporation - flow.transpiration - flow.drainage
        np.testing.assert_allclose(water.sum(axis=0) - before, gained, atol=1e-9)
        assert (water > 0).all()
        assert (water <= full * (1 + 1e-12)).all()
        for amount in (flow.input, flow.runoff, flow.evaporation, flow.transpiration):
            assert (amount >= 0).all()


def test_two_years_close_to_rounding():
    profiles = all_textures(bypass=0.4, fading=1.0)
    rain, demand = forcing(2 * 8766)
    ledger = integrate(profiles, rain, demand, NOWHERE, record=Recording(ledger=4)).ledger
    assert closes(ledger, field_capacity(profiles).sum(axis=0)) < 1e-9
    assert ledger.drainage.min() >= 0


def test_steady_rain_drains_under_gravity_alone():
    # Closed form: with constant input q < K_s all layers come to K(S) = q, and q leaves below.
    profiles = all_textures()
    rates = 0.02 * profiles.conductivity[0]
    supply = np.tile(rates, (3000, 1))
    ledger = integrate(profiles, supply, 0 * supply, np.arange(4), step=10.0, record=Recording(ledger=4)).ledger
    saturation = ledger.moisture[-1] / profiles.porosity
    expected = np.broadcast_to(0.02 ** (1 / (2 * profiles.exponent + 3)), saturation.shape)
    np.testing.assert_allclose(saturation, expected, rtol=1e-5)
    np.testing.assert_allclose(ledger.drainage[-1], rates * 10, rtol=1e-6)


def test_rain_beyond_saturated_conductivity_runs_off():
    profiles = uniform_soil("silty clay loam")
    rate = 3 * TEXTURES["silty clay loam"].conductivity
    course = integrate(
        profiles, np.full((2000, 1), rate), np.zeros((2000, 1)), np.zeros(1, int), record=Recording(ledger=1)
    )
    np.testing.assert_allclose(course.ledger.runoff[-1], rate * 2 / 3, rtol=1e-3)


def test_a_sealed_column_drains_to_hydrostatic_equilibrium():
    # Without gravity's flux at the bottom, water sinks until capillarity holds it: wetter below, nothing lost.
    profiles = uniform_soil("loam", bottom=0.0)
    water = field_capacity(profiles)
    course = integrate(
        profiles, np.zeros((8000, 1)), np.zeros((8000, 1)), np.zeros(1, int), water=water, record=Recording(ledger=1)
    )
    moisture = course.ledger.moisture[-1, :, 0]
    assert (np.diff(moisture) > 0).all()
    np.testing.assert_allclose(course.ledger.storage[-1], water.sum(), rtol=1e-12)
    assert np.abs(np.diff(course.ledger.moisture[-2:, :, 0], axis=0)).max() < 1e-7


def test_the_step_hardly_matters():
    # Hourly (a quarter of an hour in rain) against 10 minutes (2.5 in rain), at the ends of hours: within 0.03
    # at the front itself, 0.0012 root mean square at 10 cm and less below; sums of half a year within 1 %.
    profiles = all_textures(bypass=0.3, fading=1.0)
    rain, demand = forcing(8766 // 2)
    coarse = integrate(profiles, rain, demand, NOWHERE, record=Recording(ledger=4)).ledger
    fine = integrate(
        profiles, rain.repeat(6, 0), demand.repeat(6, 0), NOWHERE, step=1 / 6, record=Recording(ledger=4)
    ).ledger
    difference = (coarse.moisture - fine.moisture[5::6])[:, [1, 3, 4]]
    assert np.abs(difference).max() < 0.03
    assert (np.sqrt((difference**2).mean(axis=0)) < np.array([[0.0012], [4e-4], [3e-4]])).all()
    for name in ("transpiration", "evaporation", "drainage"):
        sums = [getattr(ledger, name).sum(axis=0) for ledger in (coarse, fine)]
        np.testing.assert_allclose(*sums, rtol=0.01, atol=0.5)


def test_wet_soil_meets_the_demand_and_dry_soil_does_not():
    profiles = uniform_soil("loam")
    soil = prepare(profiles)
    wet = advance(soil, field_capacity(profiles), None, np.array([0.4]), 1.0)
    np.testing.assert_allclose(wet.transpiration, 0.4 * (1 - EVAPORATED_SHARE))
    np.testing.assert_allclose(wet.evaporation, 0.4 * EVAPORATED_SHARE)
    dry = capacity(profiles) * profiles.saturation_at(160.0)  # beyond the wilting point
    assert advance(soil, dry, None, np.array([0.4]), 1.0).transpiration == 0


def test_bypass_reaches_the_depth_first():
    with_it, without_it = uniform_soil("silt loam", bypass=0.6), uniform_soil("silt loam")
    both = concatenate([with_it, without_it])
    rain = np.zeros((40, 1))
    rain[10:12] = 12.0
    course = integrate(
        both,
        rain,
        np.zeros((40, 1)),
        np.zeros(2, int),
        water=0.65 * field_capacity(both),
        record=Recording(observed=(1, 4)),
    )
    rise = course.moisture[11] - course.moisture[9]  # (layer, profile)
    assert rise[1, 0] > 0.01 > 10 * abs(rise[1, 1])
    assert rise[0, 0] < rise[0, 1]


def test_profiles_do_not_see_each_other():
    random = np.random.default_rng(1)
    profiles = random_profiles(random, 37)
    rain, demand = forcing(500)
    every = integrate(profiles, rain, demand, np.zeros(37, int), record=Recording(observed=(1, 4)))
    one = Profiles(**{name: getattr(profiles, name)[..., 20:21] for name in Profiles.__dataclass_fields__})
    alone = integrate(one, rain, demand, np.zeros(1, int), record=Recording(observed=(1, 4)))
    np.testing.assert_array_equal(every.moisture[..., 20:21], alone.moisture)


def test_steps_are_averaged():
    profiles = uniform_soil()
    rain, demand = forcing(480)
    hourly = integrate(profiles, rain, demand, np.zeros(1, int), record=Recording(observed=(1,), ledger=1))
    daily = integrate(
        profiles, rain, demand, np.zeros(1, int), record=Recording(observed=(1,), ledger=1, every=24, skip=48)
    )
    np.testing.assert_allclose(daily.moisture, hourly.moisture[48:].reshape(18, 24, 1, 1).mean(1), rtol=1e-5)
    np.testing.assert_allclose(daily.ledger.input, hourly.ledger.input[48:].reshape(18, 24, 1).sum(1))
    np.testing.assert_allclose(daily.ledger.storage, hourly.ledger.storage[71::24])


def test_retention_is_inverted():
    profiles = uniform_soil("sandy loam")
    saturation = profiles.saturation_at(5.0)
    np.testing.assert_allclose(profiles.suction * saturation**-profiles.exponent, 5.0)
    assert profiles.saturation_at(0.01) == 1
