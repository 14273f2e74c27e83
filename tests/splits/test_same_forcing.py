"""Groups of clusters with the same forcing, against a comparison step by step."""

import numpy as np
import pytest

from thetamix.splits.same_forcing import forcing_groups


def test_clusters_share_a_forcing_group_where_all_their_forcing_is_the_same(make_network):
    rain = np.tile(np.arange(8.0), (5, 1))
    rain[1, 3] = np.nan  # a gap alone makes no difference
    rain[4] += 0.01  # nor does a difference far below the spread
    heat = np.zeros((5, 8))
    heat[2, 7] = 0.5
    network = make_network(
        clusters=5,
        steps=8,
        precipitation=rain,
        air_temperature=heat,
        potential_evapotranspiration=None,
        elevation=np.arange(5.0),
    )
    assert forcing_groups(network) == [0, 0, 2, 0, 0]


@pytest.mark.parametrize("seed", range(6))
def test_forcing_groups_are_those_of_a_comparison_step_by_step(make_network, seed):
    rng = np.random.default_rng(seed)
    gauges = rng.exponential(1, (4, 90))
    rain = gauges[rng.integers(0, 4, 12)] + rng.normal(0, 0.03, (12, 90))
    rain[rng.random(rain.shape) < 0.1 * (seed % 2)] = np.nan
    heat = np.cumsum(rng.normal(0, 1, 90)) + 3.0 * rng.integers(0, 2, (12, 1))
    network = make_network(
        clusters=12, steps=90, precipitation=rain, air_temperature=heat, potential_evapotranspiration=None
    )
    scaled = []
    for name in ("precipitation", "air_temperature"):
        values = network[name].to_numpy().astype(float)
        scaled.append(values / np.nanstd(values))
    expected: list[int] = []
    for cluster in range(12):
        same = [
            first
            for first in dict.fromkeys(expected)
            if all(np.sqrt(np.nanmean((v[first] - v[cluster]) ** 2)) <= 0.05 for v in scaled)
        ]
        expected.append(same[0] if same else cluster)
    assert forcing_groups(network) == expected
    assert 1 < len(set(expected)) < 12


def test_without_forcing_no_cluster_shares_it_with_another(make_network):
    nothing = dict.fromkeys(("precipitation", "potential_evapotranspiration", "air_temperature"))
    assert forcing_groups(make_network(clusters=3, **nothing)) == [0, 1, 2]


def test_many_clusters_of_few_gauges_are_grouped_whatever_is_read_at_a_time(make_network, monkeypatch):
    rng = np.random.default_rng(3)
    gauge = rng.integers(0, 9, 70)
    rain = rng.exponential(1, (9, 700))[gauge]  # more steps than a sketch has
    rain[rng.random(rain.shape) < rng.choice([0, 0.5], (70, 1))] = np.nan
    network = make_network(
        clusters=70, steps=700, precipitation=rain, air_temperature=None, potential_evapotranspiration=None
    )
    expected = [int(np.flatnonzero(gauge == own)[0]) for own in gauge]
    for together in (1, 7, 64, 100):
        monkeypatch.setattr("thetamix.splits.same_forcing._TOGETHER", together)
        assert forcing_groups(network) == expected
