"""Checks of places: clusters far from all others, and weather from far away."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from thetamix.places.slips import NEIGHBOURHOOD, far_places
from thetamix.quality.checks.declare import Check
from thetamix.quality.checks.findings import Finding
from thetamix.quality.checks.records import NetworkRecord


@partial(Check, "warning", "km", "correct its coordinates: distances, the sun and evapotranspiration depend on them")
def distant_cluster(network: NetworkRecord) -> Iterator[Finding]:
    """Clusters far from all others: coordinates that are exchanged, or lack a sign, or are all zero."""
    for at, (metres, slip) in far_places(network.latitude, network.longitude).items():
        wording = f"{metres / 1000:,.0f} km from the other clusters (median)" + (f": {slip}" if slip else "")
        yield Finding(message=wording, evidence=metres / 1000, cluster=network.names[at])
    for at in np.flatnonzero((network.latitude == 0) & (network.longitude == 0)).tolist():
        wording = "at latitude 0, longitude 0, which is in the sea"
        yield Finding(message=wording, evidence=0, cluster=network.names[at])


@partial(Check, "warning", "km", "check the coordinates of clusters and stations, and import the weather again")
def distant_weather(network: NetworkRecord) -> Iterator[Finding]:
    """Weather of a station or a cell that is too far away to say anything of the place."""
    for name, metres in network.attributes.items():
        if not name.endswith("_station_distance"):
            continue
        far = metres > NEIGHBOURHOOD
        if far.any():
            what, largest = name.removesuffix("_station_distance").replace("_", " "), float(np.nanmax(metres)) / 1000
            first = network.names[int(np.nanargmax(metres))]
            wording = f"{what} of {far.sum()} of {far.size} clusters is of a place {largest:,.0f} km away ({first})"
            yield Finding(message=wording, evidence=largest)
