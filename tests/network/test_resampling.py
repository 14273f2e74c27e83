"""Means over other intervals against plain averages."""

import numpy as np

from thetamix.network.resampling import overlap_means


def test_means_of_decades_are_as_exact_as_those_of_a_day():
    values = np.tile(np.arange(6, dtype=np.float32), 200_000) + np.float32(10)
    ten, hour = np.timedelta64(10, "m").astype("timedelta64[ns]"), np.timedelta64(1, "h").astype("timedelta64[ns]")
    ends = np.datetime64("2000-01-01T01:00", "ns") + np.arange(200_000) * hour
    means = overlap_means(values, np.datetime64("2000-01-01T00:10", "ns"), ten, ends, hour)
    np.testing.assert_allclose(means, 12.5, rtol=1e-7)
