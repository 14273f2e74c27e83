"""Correlations between replicates against scipy and pandas."""

import numpy as np
import pytest
from scipy.stats import pearsonr

from thetamix.evaluation.replicate_agreement import COLUMNS, replicate_correlation


@pytest.fixture
def network(make_network):
    rng = np.random.default_rng(0)
    readings = 0.3 + 0.05 * rng.standard_normal((2, 2, 3, 200)) + 0.1 * np.sin(np.arange(200) / 20)
    readings[rng.random(readings.shape) < 0.2] = np.nan
    readings[1, 1, 1] = np.nan  # never installed
    readings[1, 0, 0] = 0.25  # stuck
    readings[0, 1, 2, 2:] = np.nan  # two readings
    return make_network(readings)


@pytest.fixture
def table(network):
    return replicate_correlation(network, network["soil_moisture"].to_numpy(), ["marl", "schist"])


def row(table, cluster, depth, one, other):
    mine = table[(table["cluster"] == cluster) & (table["depth"] == depth)]
    [found] = mine[(mine["one"] == one) & (mine["other"] == other)].to_dict("records")
    return found


def test_correlation_and_offset(network, table):
    assert list(table.columns) == COLUMNS
    x, y = network["soil_moisture"].to_numpy()[0, 0, [0, 2]].astype(float)
    both = np.isfinite(x) & np.isfinite(y)
    got = row(table, "c00", "0.1", "A", "C")
    assert got["group"] == "marl"
    assert got["correlation"] == pytest.approx(pearsonr(x[both], y[both]).statistic)
    assert got["offset"] == pytest.approx((x - y)[both].mean())
    assert got["n"] == both.sum()


def test_pairs_of_replicates_that_exist(table):
    assert len(table[(table["cluster"] == "c00") & (table["depth"] == "0.1")]) == 3
    assert table[(table["cluster"] == "c01") & (table["depth"] == "0.3")][["one", "other"]].to_numpy().tolist() == [
        ["A", "C"]
    ]


def test_a_stuck_sensor_has_an_offset_and_no_correlation(table):
    got = row(table, "c01", "0.1", "A", "B")
    assert np.isnan(got["correlation"])
    assert np.isfinite(got["offset"])


def test_too_few_common_readings(table):
    got = row(table, "c00", "0.3", "A", "C")
    assert got["n"] <= 2
    assert np.isnan(got["correlation"])
    assert np.isnan(got["offset"])


def test_one_replicate_makes_an_empty_table(make_network):
    network = make_network(replicates=1)
    table = replicate_correlation(network, network["soil_moisture"].to_numpy(), ["marl", "schist"])
    assert table.empty
    assert list(table.columns) == COLUMNS
