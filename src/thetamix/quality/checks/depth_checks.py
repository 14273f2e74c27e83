"""Checks of depths: another unit, or replicates of a depth that are called different ones."""

import itertools
from collections.abc import Iterator
from functools import partial

import numpy as np

from thetamix.network.depth_groups import TOLERANCE, rare_depths
from thetamix.network.limits import DEEPEST_PROBE, SHALLOWEST_PROBE
from thetamix.quality.checks.declare import Check
from thetamix.quality.checks.findings import Finding
from thetamix.quality.checks.records import ClusterRecord, NetworkRecord


@partial(Check, "warning", "m", "say in the mapping that depths are in cm, if they are", shared=True)
def centimetres(cluster: ClusterRecord) -> Iterator[Finding]:
    """Sensors deeper than any are buried: depths in centimetres or decimetres that were taken for metres."""
    deepest = max((float(cluster.depths[sensor.depth]) for sensor in cluster.sensors), default=0.0)
    if deepest > DEEPEST_PROBE:
        yield cluster.finding(f"sensors lie as deep as {deepest:g} m", deepest)


@partial(Check, "warning", "m", "say in the mapping that depths are in m, if they are", shared=True)
def metres(cluster: ClusterRecord) -> Iterator[Finding]:
    """Sensors nearer to the surface than a probe is thick: depths in metres that were taken for centimetres."""
    depths = [float(cluster.depths[sensor.depth]) for sensor in cluster.sensors]
    shallowest = min((depth for depth in depths if depth > 0), default=np.inf)
    if shallowest < SHALLOWEST_PROBE:
        yield cluster.finding(f"sensors lie as near to the surface as {shallowest:g} m", shallowest)


@partial(
    Check,
    "warning",
    "m",
    "are they replicates? Then give them one depth: siblings are compared within a depth",
    shared=True,
)
def split_depths(cluster: ClusterRecord) -> Iterator[Finding]:
    """Replicates at slightly different depths, which makes them series with one replicate each."""
    sensors = sorted(cluster.sensors, key=lambda sensor: sensor.depth)
    for upper, lower in itertools.pairwise(sensors):
        apart = float(cluster.depths[lower.depth] - cluster.depths[upper.depth])
        alone = all(sum(other.depth == sensor.depth for other in sensors) == 1 for sensor in (upper, lower))
        if 0 < apart < TOLERANCE and alone and upper.replicate != lower.replicate:
            yield cluster.finding(
                f"replicates {cluster.labels[upper.replicate]} and {cluster.labels[lower.replicate]} lie alone at "
                f"{cluster.depths[upper.depth]:g} and {cluster.depths[lower.depth]:g} m",
                apart,
            )
            return


def depths_with_readings(cluster: ClusterRecord) -> dict[float, bool]:
    """Return whether there is a reading at each depth [m] of the network."""
    read = np.any(np.isfinite(cluster.readings), axis=(1, 2))
    return dict(zip(cluster.depths.tolist(), read.tolist(), strict=True))


@partial(
    Check,
    "note",
    "depths",
    "each makes files, forecasts and tables larger for hardly any readings",
    keep=depths_with_readings,
)
def sparse_depths(network: NetworkRecord, read: list[dict[float, bool]]) -> Iterator[Finding]:
    """Depths that less than one in a hundred clusters have."""
    clusters_at = {depth: sum(there[depth] for there in read) for depth in read[0]}
    rare = rare_depths(clusters_at, len(network.names), "cluster(s)")
    if rare is not None:
        depths, message, option = rare
        yield Finding(
            message=message,
            evidence=len(depths),
            advice=f"import with {option} to leave them out, or with a wider --tolerance to count them to these",
        )
