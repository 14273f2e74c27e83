"""What is remembered of mixtures that come back is what they would be asked anew."""

import numpy as np
import pytest

from thetamix.evaluation import recurring
from thetamix.evaluation.recurring import MANY, Recurring
from thetamix.evaluation.series_forecast import SeriesForecast


class Asked:
    """Expectations, and how many mixtures were asked for theirs."""

    def __init__(self):
        self.mixtures = 0

    def __call__(self, mixture):
        self.mixtures += mixture.shape[0]
        return mixture.expectation()[:, None]


def cycle(days: int, components: int, repeats: int = 1, years: int = 1) -> SeriesForecast:
    mean = np.random.default_rng(0).uniform(0.1, 0.4, (days, components)).astype(np.float32)
    mean = np.tile(mean.repeat(repeats, axis=0), (years, 1))
    weight, sd = np.float32(1 / components), np.float32(0.02)
    return SeriesForecast(np.broadcast_to(weight, mean.shape), mean, np.broadcast_to(sd, mean.shape), None)


def expected(said: SeriesForecast) -> np.ndarray:
    return said.mean.mean(axis=1, dtype=np.float64)


@pytest.mark.parametrize(("components", "repeats"), [(MANY, 1), (3, 24)])
def test_mixtures_of_another_year_and_series_are_not_asked_again(components, repeats):
    asked = Asked()
    recalled = Recurring(asked)
    for said in (
        cycle(30, components, repeats, years=3),
        cycle(20, components, repeats),
        cycle(30, components),
    ):
        if said.distinct[0].size * 2 <= said.distinct[1].size or components >= MANY:
            np.testing.assert_allclose(recalled(said)[:, 0], expected(said), rtol=1e-6)
    assert asked.mixtures <= 50


def test_few_components_that_change_each_step_are_not_looked_up():
    asked = Asked()
    recalled = Recurring(asked)
    for _ in range(2):
        recalled(cycle(30, 3))
    assert asked.mixtures == 60


def test_some_steps():
    asked = Asked()
    recalled = Recurring(asked)
    said = cycle(30, 3, repeats=24)
    for steps in (slice(None, None, 50), np.arange(5, 700, 31)):
        np.testing.assert_allclose(recalled(said, steps)[:, 0], expected(said)[steps], rtol=1e-6)
    assert asked.mixtures <= 30
    assert recalled(said, np.arange(0)).shape == (0, 1)


def test_the_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(recurring, "MOST", 25)
    recalled = Recurring(Asked())
    for seed in range(4):
        said = cycle(20, MANY)
        said = SeriesForecast(said.weight, said.mean + np.float32(seed), said.sd, None)
        np.testing.assert_allclose(recalled(said)[:, 0], expected(said), rtol=1e-6)
        assert len(recalled._remembered) <= 25
