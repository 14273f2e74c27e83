"""What a declaration adds to what a check sees, and what passes a check over."""

from functools import partial

import numpy as np
import pytest

from thetamix.quality.checks import Check, ClusterRecord, Finding, NetworkRecord, SensorRecord
from thetamix.quality.checks.records import read_cluster, read_network


@partial(Check, "warning", "degC", "look at it", source="a test")
def warm(cluster: ClusterRecord, air_temperature: np.ndarray):
    """It is warm.

    More is not told.
    """
    for severity in ("error", "warning", "note"):
        yield cluster.finding("warm", np.float32(air_temperature.max()), severity=severity)
    yield cluster.finding("hot", 1, advice="open the window", unit="K", steps=np.array([2, 5]))


@partial(Check, "note", "", "", keep=lambda cluster: cluster.forcing.get("discharge"))
def gauged(network: NetworkRecord, discharge: list[np.ndarray]):
    """There is a gauge."""
    yield Finding(message=f"{len(discharge)} of {len(network.names)}", evidence=len(discharge))


@partial(Check, "note", "m", "")
def buried(sensor: SensorRecord):
    """There is a sensor."""
    yield sensor.finding(sensor.title, sensor.cluster.depths[sensor.depth])


@pytest.fixture
def network(make_network):
    readings = np.random.default_rng(1).uniform(0.1, 0.3, (2, 2, 2, 30))
    readings[0, 1, 0] = np.nan
    return make_network(readings)


def test_a_finding_gets_what_the_check_declares(network):
    record = read_network(network)
    cluster = read_cluster(network.isel(cluster=1), record.time)
    error, warning, note, other = warm(cluster)
    assert [finding.severity for finding in (error, warning, note)] == ["warning", "warning", "note"]
    assert (error.check, error.unit, error.advice, error.cluster) == ("warm", "degC", "look at it", "c01")
    assert type(error.evidence) is float
    assert error.when == ""
    assert (other.advice, other.unit, other.severity) == ("open the window", "K", "warning")
    assert (other.start, other.end) == tuple(network["time"].to_numpy()[[2, 5]])
    assert warm.purpose == "It is warm."
    assert warm.about is ClusterRecord


def test_a_cluster_without_the_forcing_is_passed_over(network):
    network = network.drop_vars("air_temperature")
    assert list(warm(read_cluster(network.isel(cluster=0), read_network(network).time))) == []


def test_all_sensors_with_readings_are_looked_at(network):
    findings = list(buried(read_cluster(network.isel(cluster=0), read_network(network).time)))
    assert [finding.place for finding in findings] == ["c00 at 0.1 m, A", "c00 at 0.1 m, B", "c00 at 0.3 m, B"]
    assert [finding.evidence for finding in findings] == pytest.approx([0.1, 0.1, 0.3])


def test_a_network_is_passed_over_where_a_cluster_lacks_what_is_kept(network):
    record = read_network(network)
    record.kept[gauged.keep] = [np.ones(3), np.ones(3)]
    assert [finding.message for finding in gauged(record)] == ["2 of 2"]
    record.kept[gauged.keep] = [np.ones(3), None]
    assert list(gauged(record)) == []
