"""Independent random streams by name, so that asking for more never reshuffles what others got.

Every quantity of every cluster and profile draws from its own stream, found by its key alone. A longer
simulation reads further in the same stream, a larger one opens more streams.
"""

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What a random stream is for; the numbers are part of what a seed means and never change."""

    STORMS = 0
    REGIME = 1
    SYNOPTIC = 2
    CLOUD = 3
    WIND = 4
    LOCAL_AIR = 5
    RADAR = 6
    CLUSTER = 10
    INSTALLED = 11
    TRUTH = 12
    NOISE = 13
    CLUSTER_GAPS = 14
    SENSOR_GAPS = 15
    CATCHMENT = 16
    FAULTS = 17
    REGIONAL = 18


def stream(seed: int, purpose: Stream, *key: int) -> np.random.Generator:
    """Open the random stream of one quantity.

    Parameters
    ----------
    seed
        Seed of the whole simulation.
    purpose
        What the numbers are for.
    *key
        Which one: cluster, profile, ...

    Returns
    -------
    numpy.random.Generator
        Always the same for the same arguments, independent of all others.

    Examples
    --------
    >>> a, b = stream(1, Stream.NOISE, 3), stream(1, Stream.NOISE, 3)
    >>> bool((a.standard_normal(5) == b.standard_normal(9)[:5]).all())
    True
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(int(purpose), *key)))
