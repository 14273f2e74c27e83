"""Densities against those of the mixtures themselves and against scipy's kernel density estimate."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import gaussian_kde, norm

from thetamix.evaluation.aggregate_density import (
    COLUMNS,
    NODES,
    STEP,
    AggregateDensity,
    PooledComponents,
    PooledReadings,
    density_table,
    gather,
)
from thetamix.evaluation.paired_series import PairedSeries
from thetamix.evaluation.series_forecast import SeriesForecast
from thetamix.mixture import GaussianMixture
from thetamix.network.series import Series


def mixtures(steps: int, components: int = 3, seed: int = 0) -> SeriesForecast:
    rng = np.random.default_rng(seed)
    weight = rng.dirichlet(np.ones(components), steps)
    mean = rng.normal(0.3, 0.08, (steps, components))
    sd = np.exp(rng.uniform(np.log(0.01), np.log(0.08), (steps, components)))
    return SeriesForecast(*(a.astype(np.float32) for a in (weight, mean, sd)), None)


def made(readings: np.ndarray, cluster: int = 0, **forecasts: SeriesForecast) -> PairedSeries:
    return PairedSeries(
        series=Series(cluster, 0, f"c{cluster}", 0.1, (True,) * readings.shape[1]),
        steps=np.arange(len(readings)),
        readings=readings,
        observed=readings.mean(axis=1),
        forecasts=forecasts,
        unpredicted=dict.fromkeys(forecasts, 0),
    )


def table_of(distribution: AggregateDensity) -> pd.DataFrame:
    """Densities at all nodes."""
    labels = ["group", "depth", "forecaster"]
    return pd.concat(
        [
            pd.DataFrame({**dict(zip(labels, label, strict=True)), "density": estimate.value})
            for label, estimate in distribution.estimates().items()
        ]
    )


def test_the_density_is_the_mean_of_the_mixtures():
    said = mixtures(400)
    exact = GaussianMixture(said.weight, said.mean, said.sd).pdf(NODES[:, None]).mean(axis=1)
    got = gather(said).density()
    np.testing.assert_allclose(got, exact, atol=0.01 * exact.max())
    assert got.sum() * STEP == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("sd", [0.003, 0.01, 0.02, 0.2])
def test_one_gaussian(sd):
    components = PooledComponents()
    components.add(np.ones(1), np.array([0.3013]), np.array([sd]))
    exact = np.diff(norm.cdf(np.append(NODES, NODES[-1] + STEP) - STEP / 2, 0.3013, sd)) / STEP
    np.testing.assert_allclose(components.density(), exact, atol=(0.01 + 0.2 * (STEP / sd) ** 2) * exact.max())


def test_moments_are_kept():
    said = mixtures(2000, seed=1)
    density = gather(said).density() * STEP
    mixture = GaussianMixture(said.weight, said.mean, said.sd)
    mean, center = mixture.expectation(), mixture.expectation().mean()
    variance = mixture.variance().mean() + ((mean - center) ** 2).mean()
    assert density @ NODES == pytest.approx(center, abs=1e-6)
    # each node stands for a cell, whose width adds a twelfth of its square
    assert density @ (NODES - center) ** 2 == pytest.approx(variance + STEP**2 / 12, rel=1e-3)


def test_what_lies_outside_the_grid_is_missing_from_the_density():
    components = PooledComponents()
    components.add(np.array([0.75, 0.25]), np.array([0.3, 7.0]), np.array([0.02, 0.02]))
    assert components.density().sum() * STEP == pytest.approx(0.75, abs=1e-9)


def test_gathering_in_pieces_is_gathering_at_once():
    said = mixtures(60)
    whole = gather(said)
    pieces = PooledComponents()
    for part in (slice(0, 20), slice(20, 60)):
        pieces += gather(SeriesForecast(said.weight[part], said.mean[part], said.sd[part], None))
    assert pieces.total == pytest.approx(whole.total)
    np.testing.assert_allclose(pieces.density(), whole.density(), atol=1e-9)


def test_repeated_and_missing_steps_count_as_often_as_they_are():
    said = mixtures(5)
    often = [a.repeat([1, 4, 1, 1, 2], axis=0) for a in (said.weight, said.mean, said.sd)]
    often[1][0] = np.nan
    exact = GaussianMixture(*(a[1:] for a in often)).pdf(NODES[:, None]).mean(axis=1)
    np.testing.assert_allclose(gather(SeriesForecast(*often, None)).density(), exact, atol=0.02 * exact.max())


@pytest.mark.parametrize("size", [40, 5000])
def test_readings_are_smoothed_as_scipy_does(size):
    values = np.random.default_rng(2).gamma(9, 0.03, size)
    readings = PooledReadings()
    for piece in np.split(values, [size // 4, size // 2]):
        readings.add(piece)
    exact = gaussian_kde(values)(NODES)
    np.testing.assert_allclose(readings.density(), exact, atol=0.01 * exact.max())


def test_points_and_equal_readings_have_no_density():
    point = SeriesForecast(*(np.full((9, 1), a, dtype=np.float32) for a in (1, 0.3, 0)), None)
    missing = SeriesForecast(*np.full((3, 9, 2), np.nan, dtype=np.float32), None)
    distribution = AggregateDensity(["marl"])
    distribution.add(made(np.full((9, 3), 0.3), point=point, missing=missing))
    table = density_table({"1": distribution.estimates()})
    assert table.empty
    assert list(table.columns) == COLUMNS


def test_table_of_cells_and_margins():
    rng = np.random.default_rng(3)
    distribution = AggregateDensity(["marl", "marl", "schist"])
    series = [made(rng.normal(0.3, 0.05, (50 + 50 * i, 3)), i, model=mixtures(50 + 50 * i, seed=i)) for i in range(3)]
    for one in series:
        distribution.add(one)
    table = table_of(distribution)
    by = table.set_index(["forecaster", "group", "depth"])["density"]
    pooled = np.concatenate([one.readings.ravel() for one in series[:2]])
    kernel = gaussian_kde(pooled)(NODES)
    np.testing.assert_allclose(by["observed", "marl", "0.1"], kernel, atol=0.01 * kernel.max())
    for name in ("observed", "model"):
        cells = [by[name, group, "0.1"].to_numpy() for group in ("marl", "schist")]
        np.testing.assert_allclose(by[name, "all", "all"], np.mean(cells, axis=0))
    seen = density_table({"1": distribution.estimates(), "2": distribution.estimates()})
    assert list(seen.columns) == COLUMNS
    assert set(seen["seed"]) == {"1", "2", "all"}
    assert 0 < len(seen) < 3 * len(table)
    sums = seen.groupby(["seed", "forecaster", "group", "depth"])["density"].sum().to_numpy()
    np.testing.assert_allclose(sums * STEP, 1.0, atol=1e-4)


def test_missing_readings_are_left_out():
    values = np.random.default_rng(4).normal(0.3, 0.05, (200, 3))
    with_gaps = values.copy()
    with_gaps[::3, 1] = np.nan
    distribution = AggregateDensity(["marl"])
    distribution.add(made(with_gaps))
    exact = gaussian_kde(with_gaps[np.isfinite(with_gaps)])(NODES)
    got = table_of(distribution)
    mine = got[(got["depth"] == "0.1") & (got["group"] == "marl")]["density"]
    np.testing.assert_allclose(mine, exact, atol=0.01 * exact.max())
