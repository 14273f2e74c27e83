"""What sensors read of the soil, and when they are silent.

A reading is ``gain * moisture + offset + noise``. Gain and offset belong to the installed sensor and last: without
calibration to the soil, capacitance and TDR probes are off by some 0.03 m3 m-3, in part in proportion to the
moisture (Jackisch et al. 2020, doi:10.5194/essd-12-683-2020).

The instrument's 0.02 m3 m-3 (Robinson et al. 2008, doi:10.2136/vzj2007.0143) is an accuracy: how far a reading is
from the truth, not how far it is from the last reading. Drawn anew every hour it would drown what field data show:
siblings that correlate above 0.9 at an hourly step, and responses of 0.005 m3 m-3 to rain. Capacitance probes repeat
themselves within 0.001 (about their resolution). So most of it is slow: a stationary
first-order autoregression that forgets over years (contact with the soil, ageing, salinity); a little is white. Their
sum is Gaussian with sd 0.02 at any one time, which is all that the true law asks.
"""

from collections.abc import Collection

import numpy as np

from thetamix.simulation.seeds import Stream, stream
from thetamix.simulation.simulated_weather import persistent

NOISE_SD = 0.02  # [m3 m-3] of a reading at any one time
WHITE_SD = 0.0005  # [m3 m-3] of it anew at each step
SLOW_SD = (NOISE_SD**2 - WHITE_SD**2) ** 0.5
SLOW_HOURS = 3 * 8766.0  # [h] over which the correlation of the rest falls to 1/e; our choice
OFFSET_SD = 0.02  # [m3 m-3]
GAIN_SD = 0.05  # [1]

# The gaps of a campaign: weeks to months, a sensor at a time and a logger at a time.
HOURS_PER_DAY = 24.0
SENSOR_WORKS = 350.0  # [d] mean time until a sensor fails
LOGGER_WORKS = 500.0  # [d]
SENSOR_SILENT = (30.0, 1.1)  # [d] median, sd of the logarithm: mean 55 d
LOGGER_SILENT = (25.0, 1.0)  # [d] mean 41 d
NEVER_INSTALLED = 0.02  # share of sensors
LATE = (0.10, 90.0)  # share of clusters that start late, mean delay [d]


def calibration(
    seed: int, purpose: Stream, number: int, count: int, depths: int, without: Collection[str] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """Draw what a sensor makes of the moisture around it.

    Parameters
    ----------
    seed
        Seed of the whole simulation.
    purpose
        :attr:`Stream.INSTALLED` or :attr:`Stream.TRUTH`.
    number
        Of the cluster.
    count
        How many profiles.
    depths
        Sensors in a profile.
    without
        Causes switched off: ``offsets``.

    Returns
    -------
    gain, offset : numpy.ndarray
        (depth, profile) [1] and [m3 m-3].
    """
    normal = np.empty((2, depths, count))
    for profile in range(count):
        # The profile's own stream is used up elsewhere; a longer key opens another.
        normal[..., profile] = stream(seed, purpose, number, profile, 1).standard_normal((2, depths))
    if "offsets" in without:
        normal[:] = 0.0
    return 1 + GAIN_SD * normal[0], OFFSET_SD * normal[1]


def noise(seed: int, number: int, replicate: int, depth: int, steps: int, step_hours: float) -> np.ndarray:
    """Draw the noise of one installed sensor.

    Parameters
    ----------
    seed
        Seed of the whole simulation.
    number, replicate, depth
        Of the cluster, the profile in it and the sensor in that.
    steps
        How many.
    step_hours
        Length of a step [h].

    Returns
    -------
    numpy.ndarray
        Stationary with sd :data:`NOISE_SD` (time) [m3 m-3], float32.
    """
    white = stream(seed, Stream.NOISE, number, replicate, depth).standard_normal(steps, dtype=np.float32)
    slow = stream(seed, Stream.NOISE, number, replicate, depth, 1).standard_normal(steps, dtype=np.float32)
    both: np.ndarray = WHITE_SD * white + SLOW_SD * persistent(slow, SLOW_HOURS / step_hours)
    return both.astype(np.float32)


def silent(
    random: np.random.Generator, steps: int, step_hours: float, works: float, out: tuple[float, float]
) -> np.ndarray:
    """Draw when something that fails and is repaired gives no readings.

    Parameters
    ----------
    random
        Its stream.
    steps
        How many.
    step_hours
        Length of a step [h].
    works
        Mean time until it fails [d].
    out
        Median time until it is repaired [d], sd of its logarithm.

    Returns
    -------
    numpy.ndarray
        Boolean (time).
    """
    quiet = np.zeros(steps, dtype=bool)
    per_day = HOURS_PER_DAY / step_hours
    now = random.exponential(works)
    while now * per_day < steps:
        end = now + out[0] * np.exp(out[1] * random.standard_normal())
        quiet[int(now * per_day) : int(end * per_day) + 1] = True
        now = end + random.exponential(works)
    return quiet


def gaps(seed: int, number: int, depths: int, replicates: int, steps: int, step_hours: float) -> np.ndarray:
    """Draw the missing readings of a cluster.

    Parameters
    ----------
    seed
        Seed of the whole simulation.
    number
        Of the cluster.
    depths, replicates, steps
        How many.
    step_hours
        Length of a step [h].

    Returns
    -------
    numpy.ndarray
        Boolean (depth, replicate, time), true where there is no reading.
    """
    random = stream(seed, Stream.CLUSTER_GAPS, number)
    late = int(random.exponential(LATE[1]) * HOURS_PER_DAY / step_hours) * (random.random() < LATE[0])
    logger = silent(random, steps, step_hours, LOGGER_WORKS, LOGGER_SILENT)
    logger[:late] = True
    missing = np.broadcast_to(logger, (depths, replicates, steps)).copy()
    for replicate in range(replicates):
        for depth in range(depths):
            random = stream(seed, Stream.SENSOR_GAPS, number, replicate, depth)
            if random.random() < NEVER_INSTALLED:
                missing[depth, replicate] = True
            missing[depth, replicate] |= silent(random, steps, step_hours, SENSOR_WORKS, SENSOR_SILENT)
    return missing
