import numpy as np
import pytest

from thetamix.simulation import rainfall as module
from thetamix.simulation.rainfall import REGIME_SD, SUMMER, WINTER, point_moments, rain, season
from thetamix.simulation.simulated_weather import regime

CENTRE = np.array([[0.0, 0.0], [7.0, 0.0], [-7.0, 7.0]])


@pytest.mark.parametrize("storms", [WINTER, SUMMER], ids=["winter", "summer"])
def test_mean_and_variance_are_those_of_the_closed_form(monkeypatch, storms):
    monkeypatch.setattr(module, "WINTER", storms)
    monkeypatch.setattr(module, "SUMMER", storms)
    hours = 8766 * 60
    neutral = np.full(hours, REGIME_SD / 2)  # a factor of 1 on the rate of storms
    depth = rain(1, hours, 1.0, CENTRE, neutral)
    mean, variance = point_moments(storms)
    # Sampling error of 60 years: about 2 % of the mean, 5 % of the variance.
    np.testing.assert_allclose(depth.mean(axis=0), mean, rtol=0.06)
    np.testing.assert_allclose(depth.var(axis=0), variance, rtol=0.15)


def test_the_variance_of_the_closed_form_is_that_of_independent_pulses_in_long_sums():
    # Over a very long sum only the expected squares of whole storms count: lambda T E[storm depth^2].
    hours = 1e6
    _, variance = point_moments(WINTER, hours)
    cell_mean = WINTER.intensity * WINTER.duration
    cell_square = WINTER.intensity**2 * (1 + 1 / WINTER.shape) * 2 * WINTER.duration**2
    storm_square = WINTER.cells * cell_square + (WINTER.cells * cell_mean) ** 2
    assert variance == pytest.approx(WINTER.rate * hours * storm_square, rel=1e-4)


def test_pulses_are_summed_exactly():
    begin, length, intensity = (
        np.array([0.25, 3.0, 4.9]),
        np.array([1.5, 1.0, 9.0]),
        np.array([2.0, 1.0, 4.0]),
    )
    depth = module._accumulate(begin, length, intensity, 6)[:6]
    np.testing.assert_allclose(depth, [1.5, 1.5, 0.0, 1.0, 0.4, 4.0], atol=1e-12)


def test_climate():
    hours = 8766 * 30
    depth = rain(2, hours, 1.0, CENTRE, regime(2, hours))
    annual = depth[:, 0].reshape(30, 8766).sum(axis=1)
    assert 750 < annual.mean() < 950
    assert 0.12 < annual.std() / annual.mean() < 0.30
    assert 0.05 < (depth[:, 0] > 0.1).mean() < 0.12
    assert 15 < depth[:, 0].max() < 80
    assert depth.min() == 0


def test_summer_rain_is_more_local_and_more_intense():
    hours = 8766 * 10
    depth = rain(3, hours, 1.0, CENTRE, regime(3, hours))
    summer = season(1 + np.arange(hours) / 24)
    warm, cold = depth[summer > 0.8], depth[summer < 0.2]
    assert np.corrcoef(warm[:, 1:].T)[0, 1] < np.corrcoef(cold[:, 1:].T)[0, 1] - 0.2
    assert np.quantile(warm[:, 0], 0.999) > 1.5 * np.quantile(cold[:, 0], 0.999)


def test_realisations_share_the_regime_only():
    hours = 8766 * 5
    wetness = regime(4, hours)
    here, there = (rain(4, hours, 1.0, CENTRE[:1], wetness, realisation=number)[:, 0] for number in (0, 1))
    months = [series[: 60 * 730].reshape(60, 730).sum(axis=1) for series in (here, there)]
    assert np.corrcoef(here, there)[0, 1] < 0.1 < np.corrcoef(months)[0, 1]


def test_a_longer_record_begins_like_a_shorter_one():
    long = rain(5, 9000, 1.0, CENTRE, regime(5, 9000))
    short = rain(5, 4000, 1.0, CENTRE, regime(5, 4000))
    np.testing.assert_allclose(long[:3900], short[:3900], atol=1e-9)
