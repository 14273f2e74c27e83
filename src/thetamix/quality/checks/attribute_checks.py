"""Checks of the clusters' attributes."""

from collections.abc import Iterator

import numpy as np

from thetamix.quality.checks.findings import Finding
from thetamix.quality.checks.location import Overview

#: Names of what serves a cluster, and how far away it is: they are no attributes of the soil.
SERVANTS = ("_station", "_station_distance", "_gauge", "cluster_id")


def missing_attributes(overview: Overview) -> Iterator[Finding]:
    """Attributes without a value at some clusters."""
    for name, values in overview.attributes.items():
        if name.endswith(SERVANTS):
            continue
        absent = is_absent(values)
        if absent.any():
            first = overview.names[int(absent.argmax())]
            yield Finding(
                check="",
                severity="warning",
                message=f"attribute {name} has no value at {absent.sum()} of {absent.size} clusters, such as {first}",
                advice="complete it, or leave it out of inputs.attributes",
                evidence=float(absent.sum()),
                unit="clusters",
            )


def identical_attributes(overview: Overview) -> Iterator[Finding]:
    """Attributes that are the same at all clusters: an input that says nothing."""
    if len(overview.names) < 2:
        return
    for name, values in overview.attributes.items():
        if not name.endswith(SERVANTS) and not is_absent(values).any() and (values == values[0]).all():
            yield Finding(
                check="",
                severity="note",
                message=f"attribute {name} is {values[0]} at all clusters",
                advice="it tells a model nothing: leave it out of inputs.attributes",
                evidence=1.0,
                unit="values",
            )


def is_absent(values: np.ndarray) -> np.ndarray:
    """Say where an attribute has no value.

    Parameters
    ----------
    values
        Numbers or text (cluster).

    Returns
    -------
    numpy.ndarray
        Boolean (cluster): not finite, or empty text.
    """
    if values.dtype.kind in "fiu":
        absent: np.ndarray = ~np.isfinite(values)
        return absent
    return np.array([not str(value) for value in values])
