"""A record that goes from percent to fractions on a date."""

import numpy as np
import pytest

from thetamix.network.unit_change import unit_changes

WAVE = 0.25 + 0.1 * np.sin(np.arange(2000) / 50)


@pytest.mark.parametrize(("first", "then"), [(100, 1), (1, 100), (1, 0.01)])
def test_a_change_of_unit_is_found_at_its_step(first: float, then: float) -> None:
    record = np.where(np.arange(WAVE.size) < 1234, first * WAVE, then * WAVE)
    assert unit_changes(record).tolist() == [1234]
    record[[1000, 1200, 1500]] = np.nan, 0.0, -9999.0
    record[1230:1300] = np.nan
    assert unit_changes(record).tolist() == [1300]


def test_there_and_back() -> None:
    record = WAVE.copy()
    record[500:900] *= 100
    assert unit_changes(record).tolist() == [500, 900]


def test_what_is_no_change_of_unit() -> None:
    assert unit_changes(WAVE).size == 0
    assert unit_changes(np.full(50, np.nan)).size == 0
    spiked = WAVE.copy()
    spiked[[300, 700, 701]] *= 100
    assert unit_changes(spiked).size == 0
    dead = WAVE.copy()
    dead[900:] = 0.0
    assert unit_changes(dead).size == 0
    stuck = WAVE.copy()
    stuck[900:1100] = 0.003
    assert unit_changes(stuck).size == 0
    noise = WAVE.copy()
    noise[900:1100] = np.random.default_rng(2).normal(0.003, 0.003, 200)
    assert unit_changes(noise).size == 0
    loose = np.where(np.random.default_rng(1).random(WAVE.size) < 0.4, 0.002, 0.2)
    assert unit_changes(loose).size == 0
