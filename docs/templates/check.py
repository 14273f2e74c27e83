"""A check: what a careful colleague would see before training.

Copy this file into ``src/thetamix/quality/checks/``, change the function, and name the module in ``MODULES`` of
``quality/checks/all_checks.py``: ``thetamix check`` then asks it, and so does every study before its first fit.
``tests/conformance/test_checks.py`` says what it must hold; plant its fault there.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np

from thetamix.quality.checks.declare import Check
from thetamix.quality.checks.findings import Finding
from thetamix.quality.checks.records import ClusterRecord

# Limits stand here, with unit and reason; ranges that others use too are in thetamix.network.limits.
LARGEST_LEAP = 15.0  # [degC h-1] a cold front brings hardly more


# How bad it is at worst, the unit of the evidence, and what to do. The parameters of the function say what it looks
# at: a SensorRecord, a ClusterRecord (and after it forcing by its name), a NetworkRecord, or a StudyRecord.
@partial(Check, "warning", "degC h-1", "look for fill values, or a sensor in the sun; mark them as missing")
def leaping_air(cluster: ClusterRecord, air_temperature: np.ndarray) -> Iterator[Finding]:
    """Air temperature that leaps by more than weather does from one step to the next."""
    leap = np.abs(np.diff(air_temperature, prepend=np.nan)) / cluster.time.hours
    beyond = np.flatnonzero(leap > LARGEST_LEAP)
    if beyond.size:
        largest = np.nanmax(leap)
        yield cluster.finding(f"air temperature leaps by {largest:.1f} degC h-1", largest, steps=beyond)
