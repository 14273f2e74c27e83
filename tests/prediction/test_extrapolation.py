"""What a network has beyond the ranges that models were trained on."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thetamix.inputs.spec import Category, ForcingInput, Scale
from thetamix.prediction import extrapolation
from thetamix.prediction.extrapolation import extrapolated


@pytest.fixture
def specs(make_card):
    """Inputs of models, each trained on elevations and air temperatures between two numbers."""

    def specs(*ranges, depth=(0.1, 0.5), soils=("clay",)):
        made = make_card().inputs
        return [
            replace(
                made,
                forcing=(ForcingInput(Scale("air_temperature", 0.0, 1.0, *span), optional=True),),
                numbers=(Scale("depth", 0.0, 1.0, *depth), Scale("elevation", 0.0, 1.0, *span)),
                categories=(Category("soil_type", soils),),
            )
            for span in ranges
        ]

    return specs


@pytest.fixture
def network(make_network):
    """Two clusters at 100 and 400 m, with temperatures from 0 to 199."""
    made = make_network(np.zeros((2, 2, 1, 100)), depths=[0.1, 0.3])
    temperature = np.arange(200.0).reshape(2, 100)
    return made.assign(
        elevation=("cluster", [100.0, 400.0], {"units": "m"}),
        soil_type=("cluster", ["clay", "clay"]),
        air_temperature=(("cluster", "time"), temperature, {"units": "degC"}),
    )


def test_what_lies_within_the_ranges_is_not_told(network, specs):
    assert extrapolated(network, specs((0.0, 400.0))) == []
    assert extrapolated(network, specs((90.0, 410.0), (0.0, 200.0))) == []  # either model has seen it


def test_a_tenth_of_the_range_beyond_it_is_no_extrapolation(network, specs):
    assert extrapolated(network, specs((0.0, 363.7))) == []
    (line,) = extrapolated(network, specs((0.0, 363.6)))
    assert line == (
        "the model extrapolates at 1 of 2 clusters (c01): elevation is 400 m there, and was 0 to 363.6 in training"
    )


def test_each_input_has_its_line(network, specs):
    other = network.assign_coords(depth=("depth", [10.0, 30.0], {"units": "cm"}))
    other = other.assign(soil_type=("cluster", ["sand", "clay"]))
    assert extrapolated(other, specs((100.0, 199.0), (100.0, 150.0))) == [
        "the model extrapolates at 2 of 2 depths (10, 30): depth is 10 to 30 cm there, and was 0.1 to 0.5 in "
        "training",
        "the model extrapolates at 1 of 2 clusters (c01): elevation is 400 m there, and was 100 to 199 in training",
        "the model extrapolates at 1 of 2 clusters (c00): air_temperature is 0 to 99 degC there, and was 100 to 199 "
        "in training",
        "the model extrapolates at 1 of 2 clusters (c00): soil_type sand was not trained on, and counts as none",
    ]


def test_some_places_are_named(make_network, specs):
    network = make_network(np.zeros((5, 1, 1, 10)), depths=[0.1])
    network = network.assign(elevation=("cluster", np.full(5, 900.0)), soil_type=("cluster", ["clay"] * 5))
    (line,) = extrapolated(network, specs((-20.0, 20.0)))
    assert " at 5 of 5 clusters (c00, c01, c02, …): elevation" in line


@pytest.mark.parametrize("units", [{}, {"units": "1"}])
def test_a_number_without_a_unit_has_none(network, specs, units):
    plain = network.assign(elevation=("cluster", [100.0, 400.0], units))
    (line,) = extrapolated(plain, specs((0.0, 300.0)))
    assert ": elevation is 400 there, and was 0 to 300 in training" in line


def test_numbers_that_are_all_alike_may_be_rounded(network, specs):
    flat = network.assign(elevation=("cluster", np.full(2, 0.43, np.float32)))
    given = specs((0.0, 200.0))[0]
    same = Scale("elevation", 0.43, 1.0, 0.43, 0.43)
    spec = replace(given, numbers=(given.numbers[0], same))
    assert extrapolated(flat, [spec]) == []
    other = network.assign(elevation=("cluster", [0.43, 0.44]))
    assert len(extrapolated(other, [spec])) == 1


@pytest.mark.parametrize(
    ("values", "degrees", "told"),
    [
        (1, 700.0, False),
        (2, 500.0, True),
        (2, 430.0, False),
        (1, 900.0, True),
        (1, -390.0, False),
        (1, -410.0, True),
    ],
)
def test_one_extreme_in_a_hundred_values_of_a_cluster_is_none_unless_it_is_far(network, specs, values, degrees, told):
    temperature = np.zeros((2, 100))
    temperature[1, :values] = degrees
    weather = network.assign(air_temperature=(("cluster", "time"), temperature))
    lines = extrapolated(weather, specs((0.0, 400.0)))
    assert bool(lines) == told
    if told:
        assert " at 1 of 2 clusters (c01): air_temperature is " in lines[0]


def test_of_one_step_every_value_counts(network, specs):
    day = network.isel(time=[50])
    assert extrapolated(day, specs((100.0, 400.0))) == [
        "the model extrapolates at 1 of 2 clusters (c00): air_temperature is 50 degC there, and was 100 to 400 "
        "in training"
    ]


def test_missing_values_and_inputs_are_not_outside(network, specs):
    nothing = network.assign(air_temperature=network["air_temperature"] * np.nan)
    assert extrapolated(nothing, specs((100.0, 400.0))) == []
    assert extrapolated(network.drop_vars("air_temperature"), specs((100.0, 400.0))) == []


def test_what_was_missing_in_training_is_outside_wherever_it_is(network, specs):
    given = specs((0.0, 400.0))[0]
    never = ForcingInput(Scale("air_temperature", 0.0, 1.0, None, None), optional=True)
    dry = network["air_temperature"].where(network["cluster_id"] == "c01")
    (line,) = extrapolated(network.assign(air_temperature=dry), [replace(given, forcing=(never,))])
    assert line.endswith(" (c01): air_temperature is 100 to 199 degC there, and was missing in training")
    assert extrapolated(network, [replace(given, forcing=(never,)), given]) == []


@given(together=st.integers(1, 500))
def test_the_record_is_looked_through_in_any_number_of_goes(make_network, make_card, together):
    network = make_network(np.zeros((3, 1, 1, 40)), depths=[0.1])
    rain = np.arange(120.0).reshape(3, 40)
    spec = replace(
        make_card().inputs,
        forcing=(ForcingInput(Scale("precipitation", 0.0, 1.0, 0.0, 50.0), optional=False),),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extrapolation, "TOGETHER", together)
        (line,) = extrapolated(network.assign(precipitation=(("cluster", "time"), rain)), [spec])
    assert " at 2 of 3 clusters (c01, c02): precipitation is 40 to 119 there, and was 0 to 50 in training" in line
