"""The ranges that several rooms share."""

import inspect

import pytest

from thetamix.network import limits
from thetamix.network.schema import FLAGS, VARIABLES

RANGES = {name: value for name, value in inspect.getmembers(limits) if isinstance(value, tuple)}


@pytest.mark.parametrize("ranges", [limits.POSSIBLE, limits.YEARLY_SUMS, RANGES], ids=["possible", "yearly", "other"])
def test_every_range_is_one(ranges):
    assert ranges
    assert all(least < most for least, most in ranges.values())


def test_variables_are_those_of_a_network():
    assert {*limits.POSSIBLE, *limits.YEARLY_SUMS} <= set(VARIABLES)


def test_what_is_no_climate_can_still_be_weather():
    for name, (_, wettest) in limits.YEARLY_SUMS.items():
        assert wettest / 8766 < limits.POSSIBLE[name][1]
    assert limits.POSSIBLE["air_temperature"][0] < limits.COLDEST_MEDIAN
    assert limits.LEAST_KELVIN > limits.LARGEST_TEMPERATURE * 1.8 + 32  # degF
    assert limits.POSSIBLE["precipitation"][1] > limits.WETTEST_HOUR


def test_the_upper_limit_is_between_what_soil_holds_and_all():
    assert FLAGS["C02"][1] == "above_upper_limit"
    assert limits.UPPER_LIMIT < limits.SOIL_MOISTURE[1] < limits.LARGEST_FRACTION
