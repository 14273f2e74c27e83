import numpy as np

from thetamix.simulation.seeds import Stream, stream


def test_keys_open_different_streams():
    keys = [
        (1, Stream.NOISE),
        (2, Stream.NOISE),
        (1, Stream.TRUTH),
        (1, Stream.NOISE, 0),
        (1, Stream.NOISE, 0, 0),
    ]
    draws = np.array([stream(*key).standard_normal(2000) for key in keys])
    correlation = np.corrcoef(draws) - np.eye(len(keys))
    assert np.abs(correlation).max() < 0.1


def test_a_longer_draw_begins_like_a_shorter_one():
    short, long = (stream(3, Stream.CLOUD, 4).standard_normal(size) for size in (10, 1000))
    np.testing.assert_array_equal(short, long[:10])
