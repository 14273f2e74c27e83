"""The parts of the CRPS sum to it, and mean what they say."""

import warnings

import numpy as np
import pytest
import scoringrules
from scipy.stats import norm

from thetamix.evaluation.crps_decomposition import (
    COLUMNS,
    PARTS,
    STEP,
    THRESHOLDS,
    Decomposition,
    below_thresholds,
    decompose,
    decomposition_table,
    moments,
)
from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.paired_series import PairedSeries
from thetamix.evaluation.series_forecast import SeriesForecast
from thetamix.network.series import Series


def gaussians(mean: np.ndarray, sd: np.ndarray | float) -> SeriesForecast:
    mean = mean[:, None]
    return SeriesForecast(np.ones_like(mean), mean, np.broadcast_to(sd, mean.shape).astype(float), None)


def parts_of(said: SeriesForecast, readings: np.ndarray) -> dict[str, float]:
    below = said.mean <= THRESHOLDS if said.is_point else below_thresholds(said.mixture)[said.distinct[1]]
    return decompose(moments(below.astype(float), readings) / np.isfinite(readings).sum())


def series(said: dict[str, SeriesForecast], readings: np.ndarray, cluster: int = 0) -> PairedSeries:
    steps = np.arange(len(readings))
    place = Series(cluster, 0, f"c{cluster}", 0.1, (True,))
    return PairedSeries(place, steps, readings, readings.mean(axis=1), said, dict.fromkeys(said, 0))


@pytest.fixture
def climate():
    """States that change in time, and three readings about each."""
    rng = np.random.default_rng(0)
    state = rng.normal(0.3, 0.06, 3000)
    readings = state[:, None] + rng.normal(0, 0.04, (3000, 3))
    readings[rng.random(readings.shape) < 0.1] = np.nan
    return state, readings


def crps_of_climate(readings: np.ndarray) -> float:
    y = np.sort(readings[np.isfinite(readings)])
    # E|Y − Y'| / 2 from the ordered sample.
    return float(((2 * np.arange(1, y.size + 1) - y.size - 1) @ y) / y.size**2)


@pytest.mark.parametrize("sd", [0.02, 0.04, 0.1])
def test_parts_sum_to_the_crps_and_uncertainty_is_that_of_the_climate(climate, sd):
    state, readings = climate
    parts = parts_of(gaussians(state, sd), readings)
    there = np.isfinite(readings)
    crps = scoringrules.crps_normal(readings, state[:, None], sd)[there].mean()
    assert parts["crps"] == pytest.approx(crps, rel=1e-3)
    assert parts["reliability"] - parts["resolution"] + parts["uncertainty"] == pytest.approx(
        parts["crps"], abs=1e-12
    )
    assert parts["uncertainty"] == pytest.approx(crps_of_climate(readings), rel=1e-3)
    assert min(parts.values()) > 0


def test_mixtures_and_points(climate):
    state, readings = climate
    rng = np.random.default_rng(1)
    weight, mean = rng.dirichlet(np.ones(3), 3000), state[:, None] + rng.normal(0, 0.05, (3000, 3))
    sd = rng.uniform(0.02, 0.06, (3000, 3))
    parts = parts_of(SeriesForecast(weight, mean, sd, None), readings)
    there = np.isfinite(readings)
    exact = scoringrules.crps_mixnorm(readings, mean[:, None], sd[:, None], weight[:, None])[there].mean()
    assert parts["crps"] == pytest.approx(exact, rel=1e-3)
    point = parts_of(gaussians(state, 0.0), readings)
    assert point["crps"] == pytest.approx(np.abs(readings - state[:, None])[there].mean(), rel=5e-3)
    assert point["reliability"] > parts_of(gaussians(state, 0.04), readings)["reliability"]


def test_an_honest_forecast_is_reliable_and_a_biased_one_has_the_same_resolution(climate):
    state, readings = climate
    honest, biased, narrow = (
        parts_of(gaussians(state + shift, sd), readings) for shift, sd in ((0, 0.04), (0.05, 0.04), (0, 0.01))
    )
    assert honest["reliability"] < 0.02 * honest["crps"]
    # Recalibration undoes a shift: what is known of the course of the state stays the same.
    assert biased["resolution"] == pytest.approx(honest["resolution"], rel=0.01)
    assert biased["reliability"] > 0.3 * biased["crps"]
    assert narrow["reliability"] > 3 * honest["reliability"]
    # The honest forecast's CRPS is σ/√π.
    assert honest["crps"] == pytest.approx(0.04 / np.sqrt(np.pi), rel=0.02)


def test_the_climate_itself_has_neither_reliability_to_gain_nor_resolution(climate):
    _, readings = climate
    known = readings[np.isfinite(readings)]
    parts = parts_of(gaussians(np.full(3000, known.mean()), known.std()), readings)
    assert parts["resolution"] == pytest.approx(0, abs=1e-9)
    assert parts["crps"] == pytest.approx(parts["uncertainty"], rel=0.01)


def test_bins_of_probabilities_are_so_narrow_that_they_do_not_matter(climate):
    """Against isotonic regression on the probabilities themselves, by pooling adjacent violators."""
    state, readings = (values[:300] for values in climate)
    said = gaussians(state, 0.03)
    expected = 0.0
    there = np.isfinite(readings)
    for x in THRESHOLDS:
        p = np.repeat(norm.cdf(x, state, 0.03)[:, None], 3, axis=1)[there]
        hit = (readings <= x)[there].astype(float)
        expected += STEP * (np.mean((p - hit) ** 2) - np.mean((pooled(p, hit) - hit) ** 2))
    parts = parts_of(said, readings)
    assert parts["reliability"] == pytest.approx(expected, abs=0.01 * parts["crps"])


def pooled(p: np.ndarray, hit: np.ndarray) -> np.ndarray:
    order = np.argsort(p, kind="stable")
    levels = [[hit[order][p[order] == value].sum(), (p == value).sum()] for value in np.unique(p)]
    stack: list[list[float]] = []
    sizes: list[int] = []
    for total, count in levels:
        stack.append([float(total), float(count)])
        sizes.append(1)
        while len(stack) > 1 and stack[-2][0] / stack[-2][1] >= stack[-1][0] / stack[-1][1]:
            total, count = stack.pop()
            stack[-1][0] += total
            stack[-1][1] += count
            last = sizes.pop()
            sizes[-1] += last
    fitted = np.repeat([total / count for total, count in stack], sizes)
    return fitted[np.searchsorted(np.unique(p), p)]


def test_series_weigh_alike_and_margins_are_means(climate):
    state, readings = climate
    group = ["marl", "marl", "schist"]
    cuts = [slice(0, 450), slice(900, 1000), slice(1000, 1400)]
    places = [series({"m": gaussians(state[cut], 0.04)}, readings[cut], c) for c, cut in enumerate(cuts)]
    whole = Decomposition(group)
    for one in places:
        whole.add(one)
    table = decomposition_table({"1": whole, "2": whole})
    assert list(table.columns) == COLUMNS
    table = table.set_index(["seed", "group", "depth"])
    crps = [np.nanmean(scoringrules.crps_normal(readings[cut], state[cut, None], 0.04)) for cut in cuts]
    assert table.loc[(ALL, "marl", "0.1"), "crps"] == pytest.approx((crps[0] + crps[1]) / 2, rel=5e-3)
    total, marl, schist = (table.loc[("1", g, d)] for g, d in ((ALL, ALL), ("marl", "0.1"), ("schist", "0.1")))
    for part in PARTS:
        assert total[part] == pytest.approx((marl[part] + schist[part]) / 2)
    assert np.allclose(table["reliability"] - table["resolution"] + table["uncertainty"], table["crps"])


def test_a_law_of_any_replicate_is_reliable_over_many_places_and_at_none_of_them():
    rng = np.random.default_rng(0)
    places = Decomposition(["here"] * 300)
    alone = []
    for cluster in range(300):
        offset = rng.normal(0, 0.05)  # of the one replicate that was installed
        state = rng.normal(0.3, 0.05, 60)
        readings = (state + offset + rng.normal(0, 0.01, 60))[:, None]
        one = series({"law": gaussians(state, float(np.hypot(0.05, 0.01)))}, readings, cluster)
        places.add(one)
        alone.append(parts_of(one.forecasts["law"], readings)["reliability"])
    together = decomposition_table({"1": places})["reliability"].iloc[0]
    assert together < 0.1 * np.mean(alone)


@pytest.mark.parametrize("kind", ["missing", "unread", "constant", "far"])
def test_degenerate_cells(kind):
    state, readings = np.full(20, 0.3), np.full((20, 1), 0.3)
    said = gaussians(state, 0.02)
    if kind == "missing":
        for values in (said.weight, said.mean, said.sd):
            values[:] = np.nan
    elif kind == "unread":
        readings[:] = np.nan
    elif kind == "far":
        said = gaussians(np.full(20, 0.9), 0.001)
    places = Decomposition(["marl"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        places.add(series({"m": said}, readings))
        table = decomposition_table({"1": places})
    assert len(table) > 0
    if kind in ("missing", "unread"):
        assert table[PARTS].isna().all(axis=None)
    elif kind == "constant":
        # Known for sure: the climate has no uncertainty, and nothing can be resolved.
        assert (table[["uncertainty", "resolution"]] == 0).all(axis=None)
        assert table["crps"].iloc[0] == pytest.approx(scoringrules.crps_normal(0.3, 0.3, 0.02), rel=0.03)
    else:
        assert table["crps"].iloc[0] == pytest.approx(0.6, abs=2 * STEP)
