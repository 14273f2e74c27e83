"""Gauges: which clusters share one, and which gauges are beside each, as comparisons by pairs say it."""

from types import SimpleNamespace

import numpy as np
import pytest

from thetamix.places.matching import great_circle
from thetamix.quality.checks.rain_checks import (
    MOST_NEIGHBOURS,
    NEIGHBOURS,
    SAME_GAUGE,
    _gauges,
    distinct_gauges,
)


def rain_of(rng: np.random.Generator, clusters: int, days: int = 80) -> np.ndarray:
    gauges = rng.exponential(3, (clusters // 2, days)) * (rng.random((clusters // 2, days)) < 0.4)
    rain = gauges[rng.integers(0, len(gauges), clusters)] + rng.uniform(0, 0.4 * SAME_GAUGE, (clusters, days))
    rain[rng.random(rain.shape) < rng.choice([0, 0.1, 0.9], (clusters, 1))] = np.nan
    return rain


@pytest.mark.parametrize("seed", range(8))
def test_distinct_gauges_are_those_of_a_comparison_by_pairs(seed):
    rain = rain_of(np.random.default_rng(seed), 30)
    rain[5] = np.nan
    expected: list[int] = []
    for cluster, sums in enumerate(rain):
        same = any(np.nanmax(np.abs(rain[other] - sums), initial=0.0) < SAME_GAUGE for other in expected)
        if np.isfinite(sums).any() and not same:
            expected.append(cluster)
    assert distinct_gauges(rain).tolist() == expected
    assert 1 < len(expected) < 29


@pytest.mark.parametrize("unplaced", [0, 3, 40])
def test_neighbours_are_those_of_all_distances(unplaced):
    rng = np.random.default_rng(unplaced)
    latitude, longitude = rng.uniform(60, 62, 40), rng.uniform(179, 181, 40)  # on both sides of the date line
    longitude[::2] = (longitude[::2] + 180) % 360 - 180
    latitude[:unplaced] = np.nan
    rain = rng.exponential(3, (40, 50))
    network = SimpleNamespace(latitude=latitude, longitude=longitude, names=[str(at) for at in range(40)])
    near = {name: sorted(around[:, 0].tolist()) for name, _, around in _gauges(network, rain)}
    for at in range(40):
        away = great_circle(latitude[at], longitude[at], latitude, longitude)
        others = [other for other in range(40) if other != at and not away[other] > NEIGHBOURS]
        assert near.get(str(at), []) == (sorted(rain[others, 0].tolist()) if len(others) > 1 else [])


def test_of_many_neighbours_the_nearest_are_asked():
    count = MOST_NEIGHBOURS + 20
    network = SimpleNamespace(
        latitude=np.linspace(50, 50.01, count), longitude=np.full(count, 6.0), names=[str(at) for at in range(count)]
    )
    rain = np.random.default_rng(1).exponential(3, (count, 50))
    for (name, _, around), expected in zip(
        _gauges(network, rain), np.sort(rain[1 : MOST_NEIGHBOURS + 1, 0])[None], strict=False
    ):
        assert name == "0"
        assert np.sort(around[:, 0]).tolist() == expected.tolist()
