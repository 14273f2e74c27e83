"""Scores of belts against scipy on the belts themselves, and against a network whose law is known."""

import numpy as np
import pytest
from scipy.stats import norm, wasserstein_distance

from thetamix.evaluation.belt_scores import POOLED, TITLES, BeltScores
from thetamix.evaluation.belts import belt_of_readings, series_belts
from thetamix.evaluation.bootstrap import Units
from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.paired_series import PairedSeries
from thetamix.evaluation.series_forecast import SeriesForecast
from thetamix.network.series import Series

GEOLOGY = ["marl", "marl", "schist"]
STEPS = 60
BLOCKS = np.arange(STEPS) // 10


def made(cluster: int, depth: int, readings: np.ndarray, **forecasts: SeriesForecast) -> PairedSeries:
    return PairedSeries(
        series=Series(cluster, depth, f"c{cluster:02d}", (0.1, 0.3)[depth], (True,) * readings.shape[1]),
        steps=np.arange(len(readings)),
        readings=readings,
        observed=readings.mean(axis=1),
        forecasts=forecasts,
        unpredicted=dict.fromkeys(forecasts, 0),
    )


def gaussian(mean, sd, steps: int = STEPS) -> SeriesForecast:
    shape = (steps, 1)
    arrays = [np.broadcast_to(np.asarray(a, dtype=np.float32), shape) for a in (1.0, mean, sd)]
    return SeriesForecast(*arrays, None)


@pytest.fixture
def everyone() -> list[PairedSeries]:
    rng = np.random.default_rng(0)
    series = []
    for cluster in range(3):
        for depth in range(2):
            spread = rng.uniform(0.01, 0.08, (STEPS, 1))
            readings = 0.3 + spread * rng.standard_normal((STEPS, 3))
            forecasts = {
                "wide": gaussian(0.3, rng.uniform(0.02, 0.1, (STEPS, 1))),
                "point": gaussian(0.3, 0.0),
            }
            series.append(made(cluster, depth, readings, **forecasts))
    return series


def scored(everyone, units: Units, group=GEOLOGY):
    """Estimates by forecaster and score."""
    scores = BeltScores(group, units)
    for one in everyone:
        scores.add(series_belts(one, seed=1))
    result = {name: {} for one in everyone for name in one.forecasts}
    for (name, score, _), estimates in scores.estimates().items():
        result[name][score] = estimates
    return result


def weights(units: int, draws: int = 20) -> np.ndarray:
    return np.random.default_rng(1).multinomial(units, np.full(units, 1 / units), draws).astype(float)


@pytest.fixture
def by_blocks(everyone):
    return scored(everyone, Units(BLOCKS, weights(6)))


def test_every_score_has_a_title(by_blocks):
    assert set(by_blocks["wide"]) == set(TITLES)
    assert set(POOLED) < set(TITLES)


def test_point_forecasts_have_no_belt(by_blocks):
    assert by_blocks["point"] == {}


def test_pooled_distance_is_scipys_between_all_belts_of_the_cell(everyone, by_blocks):
    for cell, members in ((("marl", "0.1"), (0, 2)), (("schist", "0.3"), (5,))):
        belts = [series_belts(everyone[i], seed=1) for i in members]
        observed = np.concatenate([one.observed for one in belts])
        for score, said in (
            ("belt_w1", np.concatenate([one.predicted["wide"] for one in belts])),
            ("belt_w1_matched", np.concatenate([one.matched["wide"] for one in belts])),
        ):
            got = by_blocks["wide"][score][*cell, ALL]
            assert got.value == pytest.approx(wasserstein_distance(observed, said), abs=5e-5)
            assert (got.n, got.undefined) == (len(members), 0)
            assert got.units == set(range(6))


def test_pooled_distance_under_a_draw_of_blocks(everyone, by_blocks):
    belts = [series_belts(everyone[i], seed=1) for i in (0, 2)]
    drawn = weights(6)
    for draw in (0, 7, 19):
        times = np.tile(drawn[draw, BLOCKS], 2)
        expected = wasserstein_distance(
            np.concatenate([one.observed for one in belts]),
            np.concatenate([one.predicted["wide"] for one in belts]),
            times,
            times,
        )
        got = by_blocks["wide"]["belt_w1"]["marl", "0.1", ALL].draws[draw]
        assert got == pytest.approx(expected, abs=5e-5)


def test_series_before_averaging(everyone, by_blocks):
    found = by_blocks["wide"]["belt_w1_of_series"]
    values = []
    for i, name in ((0, "c00"), (2, "c01")):
        belts = series_belts(everyone[i], seed=1)
        expected = wasserstein_distance(belts.observed, belts.predicted["wide"])
        assert found["marl", "0.1", name].value == pytest.approx(expected, abs=2e-4)
        assert found["marl", "0.1", name].n == STEPS
        values.append(found["marl", "0.1", name])
    cell = found["marl", "0.1", ALL]
    assert cell.value == pytest.approx(np.mean([one.value for one in values]))
    np.testing.assert_allclose(cell.draws, np.mean([one.draws for one in values], axis=0), rtol=1e-5)


def test_mean_belts(everyone, by_blocks):
    belts = series_belts(everyone[4], seed=1)
    place = ("schist", "0.1", "c02")
    for score, values, blocks in (
        ("belt_observed", belts.observed, BLOCKS),
        ("belt_predicted", belts.predicted["wide"], BLOCKS),
        ("belt_matched", belts.matched["wide"], BLOCKS[belts.drawn_at]),
    ):
        estimate = by_blocks["wide"][score][place]
        assert estimate.value == pytest.approx(values.mean(), rel=1e-6)
        expected = np.average(values, weights=weights(6)[3, blocks])
        assert estimate.draws[3] == pytest.approx(expected, rel=1e-5)


def test_the_likelihood_of_the_moments_is_the_papers_formula():
    weight, mean, sd = np.array([0.3, 0.7]), np.array([0.2, 0.35]), np.array([0.02, 0.04])
    center = weight @ mean
    spread = np.sqrt(weight @ (sd**2 + (mean - center) ** 2))
    readings = np.random.default_rng(2).uniform(0.15, 0.4, (STEPS, 3))
    arrays = [np.broadcast_to(a.astype(np.float32), (STEPS, 2)) for a in (weight, mean, sd)]
    found = scored([made(0, 0, readings, two=SeriesForecast(*arrays, None))], Units(BLOCKS, weights(6)))
    got = found["two"]["log_likelihood_of_moments"]["marl", "0.1", "c00"]
    assert got.value == pytest.approx(norm.logpdf(readings, center, spread).mean(), rel=1e-5)


def test_where_clusters_are_drawn_a_series_counts_as_often_as_its_cluster(everyone):
    drawn = weights(3)
    found = scored(everyone, Units(None, drawn))["wide"]
    series = [found["belt_w1_of_series"]["marl", "0.1", name].value for name in ("c00", "c01")]
    cell = found["belt_w1_of_series"]["marl", "0.1", ALL]
    belts = [series_belts(everyone[i], seed=1) for i in (0, 2)]
    for draw in range(20):
        times = drawn[draw, :2]
        if times.sum() == 0:
            assert np.isnan(cell.draws[draw])
            continue
        assert cell.draws[draw] == pytest.approx(np.average(series, weights=times), rel=1e-5)
        pooled = wasserstein_distance(
            np.concatenate([one.observed for one in belts]),
            np.concatenate([one.predicted["wide"] for one in belts]),
            np.repeat(times, STEPS),
            np.repeat(times, STEPS),
        )
        assert found["belt_w1"]["marl", "0.1", ALL].draws[draw] == pytest.approx(pooled, abs=5e-5)
    assert cell.units == {0, 1}


def test_a_single_replicate_has_a_predicted_belt_and_no_other():
    readings = np.full((STEPS, 1), 0.3)
    found = scored([made(0, 0, readings, wide=gaussian(0.3, 0.05))], Units(BLOCKS, weights(6)))["wide"]
    assert set(found) == {"belt_predicted", "log_likelihood_of_moments"}


def test_what_one_forecaster_lacks_is_undefined_and_counted(everyone):
    one = everyone[0]
    silent = SeriesForecast(*np.full((3, STEPS, 1), np.nan, dtype=np.float32), None)
    lacking = made(0, 0, one.readings, wide=silent)
    full = made(1, 0, everyone[2].readings, wide=everyone[2].forecasts["wide"])
    found = scored([lacking, full], Units(BLOCKS, weights(6)))["wide"]
    for score in TITLES:
        cell = found[score]["marl", "0.1", ALL]
        assert (cell.n, cell.undefined) == (1, 1), score
        assert np.isfinite(cell.value)
    assert np.isnan(found["belt_w1_of_series"]["marl", "0.1", "c00"].value)


def test_constant_readings_have_the_belt_of_one_sensor():
    constant = made(0, 0, np.full((STEPS, 3), 0.3), same=gaussian(0.3, 0.02))
    found = scored([constant], Units(BLOCKS, weights(6)))["same"]
    one = 2 * norm.ppf(0.8) * 0.02
    assert found["belt_observed"]["marl", "0.1", ALL].value == pytest.approx(one)
    assert found["belt_w1"]["marl", "0.1", ALL].value == pytest.approx(0.0, abs=1e-8)
    # readings drawn from N(0.3, 0.02²) differ, and identical sensors do not
    assert found["belt_w1_matched"]["marl", "0.1", ALL].value > 0.005


def test_of_many_places_the_law_of_the_readings_has_matched_belts_like_theirs(monkeypatch):
    """Sensors with persistent offsets: 500 places of 4 steps. The paper's distance is not 0 for the true law."""
    monkeypatch.setattr("thetamix.evaluation.belts.DRAWN", 100)
    rng = np.random.default_rng(3)
    offset, noise, steps = 0.05, 0.02, 4
    places = [
        made(
            place,
            0,
            0.3 + offset * rng.standard_normal((1, 3)) + noise * rng.standard_normal((steps, 3)),
            truth=gaussian(0.3, np.hypot(offset, noise), steps),
        )
        for place in range(500)
    ]
    units = Units(np.zeros(steps, dtype=int), np.ones((2, 1)))
    found = scored(places, units, ["marl"] * 500)["truth"]
    matched = found["belt_w1_matched"]["marl", "0.1", ALL].value
    assert matched < 0.004
    assert found["belt_w1"]["marl", "0.1", ALL].value > 5 * matched
    assert found["belt_w1_matched_of_series"]["marl", "0.1", ALL].value > 5 * matched
    brute = belt_of_readings(rng.normal(0.3, np.hypot(offset, noise), (50_000, 3)))
    assert found["belt_matched"]["marl", "0.1", ALL].value == pytest.approx(brute.mean(), rel=0.01)


def test_pooled_belts_count_as_the_steps_of_their_series_do():
    """As many belts are drawn for a short series as for a long one; those of the short one weigh less."""
    rng = np.random.default_rng(4)
    short, long = (
        made(cluster, 0, rng.normal(0.3, 0.05, (steps, 3)), m=gaussian(0.3, sd, steps))
        for cluster, steps, sd in ((0, 6, 0.02), (1, 54, 0.1))
    )
    found = scored([short, long], Units(BLOCKS, weights(6)))["m"]
    belts = [series_belts(one, seed=1) for one in (short, long)]
    expected = wasserstein_distance(
        np.concatenate([one.observed for one in belts]),
        np.concatenate([one.matched["m"] for one in belts]),
        None,
        np.repeat([6, 54], 5000),
    )
    assert found["belt_w1_matched"]["marl", "0.1", ALL].value == pytest.approx(expected, abs=5e-5)
