"""Components of made readings with known ones: an offset that stays, disagreement that fades, white noise."""

import numpy as np
import pytest
from scipy.signal import lfilter

from thetamix.evaluation.bootstrap import Units
from thetamix.evaluation.estimates import ALL, with_margins
from thetamix.evaluation.moisture_states import NO_STATE, state_number
from thetamix.evaluation.paired_series import PairedSeries
from thetamix.evaluation.replicate_variance import (
    ALL_STATES,
    OBSERVED,
    VarianceComponents,
    pair_variance,
    predicted_pairs,
    states_of_others,
)
from thetamix.evaluation.series_forecast import SeriesForecast
from thetamix.network.series import Series

STEPS = 1440
BLOCKS = np.arange(STEPS) // 90
OFFSET, TRANSIENT, NOISE = 0.04, 0.03, 0.02


def made(readings: np.ndarray, cluster: int = 0, **forecasts: SeriesForecast) -> PairedSeries:
    return PairedSeries(
        series=Series(cluster, 0, f"c{cluster:02d}", 0.1, (True,) * readings.shape[1]),
        steps=np.arange(len(readings)),
        readings=readings,
        observed=readings.mean(axis=1),
        forecasts=forecasts,
        unpredicted=dict.fromkeys(forecasts, 0),
    )


def standardised(offsets: np.ndarray) -> np.ndarray:
    """Give offsets the variance that they are meant to have: what is looked for is not left to chance."""
    return offsets if offsets.size == 1 else offsets / offsets.std(ddof=1)


def place(rng: np.random.Generator, replicates: int = 3, offset=OFFSET, transient=TRANSIENT, noise=NOISE):
    """A season that all share, an offset each, disagreement with a memory of some ten days, noise."""
    season = 0.3 + 0.08 * np.cos(np.arange(STEPS) / 58)[:, None]
    fading = lfilter([np.sqrt(1 - 0.9**2)], [1, -0.9], rng.standard_normal((STEPS + 100, replicates)), axis=0)[100:]
    return (
        season
        + offset * standardised(rng.standard_normal((1, replicates)))
        + transient * fading
        + noise * rng.standard_normal((STEPS, replicates))
    )


def gathered(series, group, blocks=BLOCKS):
    draws = np.random.default_rng(0).multinomial(len(group), np.full(len(group), 1 / len(group)), 300)
    components = VarianceComponents(group, blocks, Units(None, draws.astype(float)))
    for one in series:
        components.add(one)
    return components.estimates()


@pytest.fixture(scope="module")
def many():
    rng = np.random.default_rng(0)
    return gathered([made(place(rng), cluster) for cluster in range(200)], ["marl"] * 200)


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        ("offset", OFFSET**2),
        ("transient", TRANSIENT**2),
        ("instrument", NOISE**2),
        ("total", OFFSET**2 + TRANSIENT**2 + NOISE**2),
    ],
)
def test_known_components_are_recovered(many, component, expected):
    estimate = many[OBSERVED, ALL_STATES, component]["marl", "0.1", ALL]
    assert estimate.value == pytest.approx(expected, rel=0.05)
    assert (estimate.n, estimate.undefined) == (200, 0)
    low, high = estimate.interval
    assert low <= expected <= high


def test_components_add_up_in_every_state(many):
    states = {state for _, state, _ in many}
    assert {*range(4, 8), ALL_STATES} <= states
    assert NO_STATE not in states
    for state in states:
        parts = [many[OBSERVED, state, c]["marl", "0.1", ALL] for c in ("offset", "transient", "instrument")]
        total = many[OBSERVED, state, "total"]["marl", "0.1", ALL]
        assert sum(part.value for part in parts) == pytest.approx(total.value, rel=1e-6)
        assert {part.n for part in parts} == {total.n}


def test_fading_disagreement_does_not_pass_for_an_offset():
    """The variance of the means over the record, which is often taken, would be far above 0."""
    rng = np.random.default_rng(1)
    readings = [place(rng, offset=0.0, transient=0.06) for _ in range(200)]
    naive = np.mean([one.mean(axis=0).var(ddof=1) for one in readings])
    found = gathered([made(one, i) for i, one in enumerate(readings)], ["marl"] * 200)
    offset = found[OBSERVED, ALL_STATES, "offset"]["marl", "0.1", ALL].value
    assert naive > 3e-5
    assert abs(offset) < naive / 3


def test_a_pair_by_hand():
    rng = np.random.default_rng(2)
    d, blocks = rng.normal(0.05, 0.03, 40), np.repeat([3, 7, 8, 20], 10)
    states = rng.integers(4, 6, (40, 1))
    offset, total = pair_variance(d[:, None], 0.5 * d[:, None] ** 2, states, blocks)
    for state, mine in (
        (4, states[:, 0] == 4),
        (5, states[:, 0] == 5),
        (ALL_STATES, np.ones(40, dtype=bool)),
    ):
        different = blocks[mine][:, None] != blocks[mine]
        assert offset[state] == pytest.approx(0.5 * np.outer(d[mine], d[mine])[different].mean())
        assert total[state] == pytest.approx(0.5 * (d[mine] ** 2).mean())
    assert np.isnan(offset[9])


def test_the_state_of_a_pair_is_that_of_the_others():
    readings = np.array([[0.1, 0.2, 0.3, 0.41], [0.1, np.nan, 0.3, 0.4]])
    states = states_of_others(readings, [(0, 1), (1, 2)])
    np.testing.assert_array_equal(states, [[7, 5], [NO_STATE, NO_STATE]])
    assert state_number(np.array([0.355, 0.255])).tolist() == [7, 5]
    assert (states_of_others(readings[:, :2], [(0, 1)]) == NO_STATE).all()


def test_two_replicates_have_components_without_states():
    rng = np.random.default_rng(3)
    found = gathered([made(place(rng, replicates=2))], ["marl"])
    assert {state for _, state, _ in found} == {ALL_STATES}


def test_fewer_than_five_clusters_have_no_interval(many):
    rng = np.random.default_rng(4)
    found = gathered([made(place(rng), cluster) for cluster in range(4)], ["marl"] * 4)
    assert np.isnan(found[OBSERVED, ALL_STATES, "total"]["marl", "0.1", ALL].interval).all()
    assert np.isfinite(many[OBSERVED, ALL_STATES, "total"]["marl", "0.1", ALL].interval).all()


def test_margins_are_unweighted_means_of_cells():
    rng = np.random.default_rng(5)
    found = gathered([made(place(rng), cluster) for cluster in range(3)], ["marl", "marl", "schist"])
    full = with_margins(found[OBSERVED, ALL_STATES, "total"])
    cells = [full[group, "0.1", ALL].value for group in ("marl", "schist")]
    assert full[ALL, ALL, ALL].value == pytest.approx(np.mean(cells))


def test_a_single_replicate_or_block_has_no_component():
    rng = np.random.default_rng(6)
    assert gathered([made(place(rng, replicates=1))], ["marl"]) == {}
    assert gathered([made(place(rng))], ["marl"], blocks=np.zeros(STEPS, dtype=int)) == {}


def test_identical_sensors_disagree_less_than_the_instrument():
    one = np.repeat(place(np.random.default_rng(7), replicates=1), 3, axis=1)
    found = gathered([made(one)], ["marl"])
    values = {c: found[OBSERVED, ALL_STATES, c]["marl", "0.1", ALL].value for c in ("offset", "transient", "total")}
    assert values == pytest.approx({"offset": 0.0, "transient": -(NOISE**2), "total": 0.0})


def of_replicates(mean: np.ndarray, sd: float) -> SeriesForecast:
    arrays = [np.broadcast_to(np.asarray(a, dtype=np.float32), mean.shape) for a in (1 / 3, mean, sd)]
    return SeriesForecast(*arrays, np.array([0, 1, 2]))


def test_a_forecast_that_tells_replicates_apart_has_an_offset():
    rng = np.random.default_rng(8)
    series = []
    for cluster in range(60):
        readings = place(rng)
        mean = readings.mean(axis=1, keepdims=True) + OFFSET * rng.standard_normal((1, 3))
        series.append(made(readings, cluster, told=of_replicates(mean, 0.05)))
    found = gathered(series, ["marl"] * 60)
    values = {c: found["told", ALL_STATES, c]["marl", "0.1", ALL] for c in ("offset", "transient", "total")}
    assert values["offset"].value == pytest.approx(OFFSET**2, rel=0.3)
    assert values["total"].value == pytest.approx(values["offset"].value + 0.05**2, rel=0.01)
    assert np.isnan(values["transient"].value)
    assert (values["transient"].n, values["transient"].undefined) == (0, 60)


def test_a_forecast_that_does_not_has_a_total():
    readings = place(np.random.default_rng(9))
    weight, mean, sd = (np.full((STEPS, 2), a, dtype=np.float32) for a in (0.5, 0.3, 0.02))
    mean[:, 1] = 0.4
    point = SeriesForecast(weight[:, :1] * 2, mean[:, :1], sd[:, :1] * 0, None)
    silent = SeriesForecast(*np.full((3, STEPS, 1), np.nan, dtype=np.float32), None)
    found = gathered(
        [made(readings, two=SeriesForecast(weight, mean, sd, None), point=point, silent=silent)], ["marl"]
    )
    assert found["two", ALL_STATES, "total"]["marl", "0.1", ALL].value == pytest.approx(0.02**2 + 0.05**2, rel=1e-5)
    for component in ("offset", "transient", "instrument"):
        estimate = found["two", ALL_STATES, component]["marl", "0.1", ALL]
        assert np.isnan(estimate.value)
        assert np.isnan(estimate.interval).all()
    assert {name for name, _, _ in found} == {OBSERVED, "two"}


def test_expected_squares_are_those_of_draws():
    rng = np.random.default_rng(10)
    mean, sd = np.array([[0.2, 0.25, 0.4]]), 0.03
    difference, square = predicted_pairs(of_replicates(mean, sd), np.arange(3), [(0, 2)])
    drawn = rng.normal(mean, sd, (200_000, 3))
    assert difference[0, 0] == pytest.approx(-0.2)
    assert square[0, 0] == pytest.approx(0.5 * ((drawn[:, 0] - drawn[:, 2]) ** 2).mean(), rel=0.01)


def test_a_replicate_without_components_makes_its_pairs_unknown():
    said = of_replicates(np.full((4, 3), 0.3), 0.02)
    difference, square = predicted_pairs(said, np.array([0, 1, 5]), [(0, 1), (0, 2)])
    assert np.isfinite(square[:, 0]).all()
    assert np.isnan(difference[:, 1]).all()
    assert np.isnan(square[:, 1]).all()
