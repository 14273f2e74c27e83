"""The rule of plausibility: codes and impossible numbers of every variable, in every unit."""

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from thetamix.network.limits import CONCEIVABLE
from thetamix.network.plausibility import (
    CODES,
    as_code,
    is_code,
    is_impossible,
    is_listed,
    repeated,
    tally,
    without_impossible,
)
from thetamix.network.units import CONVERSIONS, conversion, convert, variable

HOUR, DAY = np.timedelta64(1, "h"), np.timedelta64(1, "D")
FRACTIONS = sorted(CONVERSIONS["m3 m-3"])
VARIABLES = sorted(CONCEIVABLE.keys() - {"", "running_total", "elevation", "latitude", "longitude", "porosity"})


def judge(name: str, raw: float, unit: str, step: np.timedelta64 = HOUR) -> bool:
    """Return whether a number of a file is kept as a value."""
    values = np.array([raw])
    converted = convert(values, conversion(name, unit, "x"), step)
    return not (is_code(name, values, converted, step) | is_impossible(name, converted, step)).any()


@given(st.sampled_from(CODES.tolist()), st.sampled_from(FRACTIONS))
def test_no_code_is_soil_moisture_in_any_unit(code, unit):
    assert not judge("soil_moisture", code, unit)


@pytest.mark.parametrize("name", VARIABLES)
@given(code=st.sampled_from(CODES.tolist()))
def test_no_code_is_a_value_in_the_unit_of_the_network(name, code):
    genuine = {"discharge": (0, 9999.9), "shortwave_radiation": (0, 1000), "air_temperature": (-10, 0)}
    least, most = genuine.get(name, genuine["air_temperature"] if "temperature" in name else (1, -1))
    if "point" in name:
        least, most = genuine["air_temperature"]
    assert judge(name, code, str(variable(name).units)) == (least <= code <= most)


@given(st.floats(0, 0.7), st.sampled_from(FRACTIONS))
def test_what_soil_has_is_kept(theta, unit):
    assert judge("soil_moisture", theta / conversion("soil_moisture", unit, "x").factor, unit)


@pytest.mark.parametrize(
    ("name", "raw", "unit", "step"),
    [
        ("air_temperature", -99.0, "0.1 degC", HOUR),
        ("precipitation", 999.0, "0.1 mm", DAY),
        ("discharge", 9999.0, "L s-1", HOUR),
        ("air_temperature", 310.0, "K", HOUR),
    ],
)
def test_a_code_that_is_an_ordinary_value_is_kept(name, raw, unit, step):
    assert judge(name, raw, unit, step)


@pytest.mark.parametrize(
    ("name", "raw", "unit", "step"),
    [
        ("precipitation", 999.0, "0.1 mm", HOUR),
        ("precipitation", 999.0, "mm", DAY),
        ("precipitation", 400.0, "mm h-1", HOUR),
        ("air_temperature", -99.0, "degF", HOUR),
        ("elevation", -99.9, "m", HOUR),
        ("porosity", 1.75, "1", HOUR),
        ("soil_moisture", 9.96921e36, "percent", HOUR),
    ],
)
def test_what_cannot_be(name, raw, unit, step):
    assert not judge(name, raw, unit, step)


def test_a_number_that_soil_hardly_has_and_that_stands_again_and_again():
    values = np.array([0.2, -1, 0.3, -1, np.nan, -1, -0.6, 0.7, 0.7, 0.7])
    assert repeated("soil_moisture", values).tolist() == [-1]
    assert repeated("soil_moisture", np.linspace(-2, -1, 50)).size == 0
    assert repeated("air_temperature", values).size == 0


def test_a_record_of_an_archive_without_what_cannot_be():
    record = np.array([0.2, 9999, -99.99, 9999, -1, -1, -1, np.nan, -0.02], dtype=np.float32)
    values, sentence = without_impossible("soil_moisture", record, HOUR)
    np.testing.assert_array_equal(values, np.array([0.2, *[np.nan] * 7, -0.02], dtype=np.float32))
    assert values.dtype == np.float32
    words = "6 number(s) that cannot be soil_moisture are missing: -1 (3 times), 9999 (2 times), -99.99"
    assert sentence == words
    again, silence = without_impossible("soil_moisture", values, HOUR)
    assert again is values
    assert silence is None


def test_tally_names_the_most_frequent():
    assert tally(np.array([1.0, 2, 2, 3, 4, 5])) == "2 (2 times), 1, 3 and 2 more"


def test_a_code_of_discharge_is_far_beyond_what_the_river_has():
    brook = np.array([0.2, 9999, 0.8, np.nan, 12])
    assert is_code("discharge", brook, brook, HOUR).tolist() == [False, True, False, False, False]
    river = np.array([5200, 9999, 12000.0])
    assert not is_code("discharge", river, river, HOUR).any()
    assert not is_code("discharge", river[1:2], river[1:2], HOUR).any()


def test_a_code_among_the_attributes_is_far_beyond_the_others():
    clay = np.array([10, 999, 30, 40.0])
    assert is_code("clay", clay, clay, HOUR).tolist() == [False, True, False, False]
    height = np.array([310, 999, 1200.0])
    assert not is_code("height_above_river", height, height, HOUR).any()


@pytest.mark.parametrize("code", [-9999, -(2**31), 2**31 - 1, 1e30, 9.969209968386869e36, -99999999])
def test_a_code_as_it_is_told_is_the_code(code):
    told = yaml.safe_load(f"[{as_code(np.float32(code))}]")
    assert is_listed(np.array([0.2, code]), np.array(told)).tolist() == [False, True]
