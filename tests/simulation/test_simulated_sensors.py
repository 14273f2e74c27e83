import numpy as np
from scipy.stats import kstest

from thetamix.simulation.seeds import Stream
from thetamix.simulation.simulated_sensors import (
    GAIN_SD,
    NOISE_SD,
    OFFSET_SD,
    WHITE_SD,
    calibration,
    gaps,
    noise,
    silent,
)


def test_calibration_has_the_stated_spread_and_no_bias():
    gain, offset = calibration(1, Stream.INSTALLED, 0, 2000, 3)
    assert gain.shape == offset.shape == (3, 2000)
    assert abs(gain.mean() - 1) < 0.003
    assert abs(gain.std() / GAIN_SD - 1) < 0.05
    assert abs(offset.mean()) < 0.002
    assert abs(offset.std() / OFFSET_SD - 1) < 0.05


def test_calibration_can_be_perfect():
    gain, offset = calibration(1, Stream.INSTALLED, 0, 5, 3, ("offsets",))
    assert (gain == 1).all()
    assert (offset == 0).all()


def test_noise_has_the_instruments_sd_at_any_one_time_and_is_mostly_slow():
    drawn = np.array([noise(1, number, 0, 0, 3000, 24.0) for number in range(1500)])
    assert drawn.dtype == np.float32
    for step in (0, 1500, 2999):
        assert abs(drawn[:, step].std() / NOISE_SD - 1) < 0.06
        assert kstest(drawn[:, step] / NOISE_SD, "norm").pvalue > 0.01
    bends = np.diff(noise(2, 0, 0, 0, 50_000, 1.0).astype(float), 2)
    assert abs(bends.std() / np.sqrt(6) / WHITE_SD - 1) < 0.1
    lag = [np.corrcoef(drawn[:, 0], drawn[:, step])[0, 1] for step in (365, 3 * 365)]
    np.testing.assert_allclose(lag, np.exp([-1 / 3, -1]), atol=0.08)


def test_noise_does_not_depend_on_length():
    np.testing.assert_array_equal(noise(3, 1, 2, 0, 900, 1.0)[:200], noise(3, 1, 2, 0, 200, 1.0))


def test_silence_takes_the_expected_share():
    shares = [silent(np.random.default_rng(n), 20_000, 24.0, 350, (30, 1.0)).mean() for n in range(40)]
    out = 30 * np.exp(0.5)
    assert abs(np.mean(shares) - out / (350 + out)) < 0.01


def test_a_campaign_misses_a_quarter_of_its_readings_in_long_gaps():
    missing = np.array([gaps(3, number, 3, 3, 5 * 365, 24.0) for number in range(43)])
    assert 0.18 < missing.mean() < 0.30
    complete = (~missing).all(axis=2)
    assert 0.4 < complete.mean() < 0.75
    # Most missing days lie in gaps of at least two weeks.
    flat = missing.reshape(-1, missing.shape[-1])
    edges = np.diff(np.pad(flat.astype(int), ((0, 0), (1, 1))), axis=1)
    length = np.concatenate([np.flatnonzero(row == -1) - np.flatnonzero(row == 1) for row in edges])
    assert length[length >= 14].sum() > 0.9 * length.sum()
    empty = missing.all(axis=-1)
    assert 0 < empty.sum() < 0.05 * empty.size


def test_gaps_do_not_depend_on_length_or_step():
    long, short = gaps(4, 7, 3, 3, 1000, 24.0), gaps(4, 7, 3, 3, 400, 24.0)
    np.testing.assert_array_equal(long[..., :400], short)
    hourly = gaps(4, 7, 3, 3, 24_000, 1.0).reshape(3, 3, 1000, 24)
    assert np.abs(hourly.mean(axis=-1) - long).mean() < 0.01
