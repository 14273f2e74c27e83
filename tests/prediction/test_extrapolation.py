"""What a network has beyond the ranges that models were trained on."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thetamix.model.inputs import ForcingInput, Scale
from thetamix.prediction import extrapolation
from thetamix.prediction.extrapolation import extrapolated


@pytest.fixture
def specs(make_card):
    """Inputs of models, each trained on a depth, an elevation and an air temperature between two numbers."""

    def specs(*ranges, depth=(0.1, 0.5)):
        made = make_card().inputs
        return [
            replace(
                made,
                forcing=(ForcingInput(Scale("air_temperature", 0.0, 1.0, *span), optional=False),),
                numbers=(Scale("depth", 0.0, 1.0, *depth), Scale("elevation", 0.0, 1.0, *span)),
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
        air_temperature=(("cluster", "time"), temperature, {"units": "degC"}),
    )


def test_what_lies_within_the_ranges_is_not_told(network, specs):
    assert extrapolated(network, specs((0.0, 400.0))) == []
    assert extrapolated(network, specs((90.0, 410.0), (0.0, 200.0))) == []  # either model has seen it


def test_a_tenth_of_the_range_beyond_it_is_no_extrapolation(network, specs):
    assert extrapolated(network, specs((0.0, 363.7))) == []
    (line,) = extrapolated(network, specs((0.0, 363.6)))
    assert line == (
        "the model extrapolates at 1 of 2 clusters: elevation is 100 to 400 m, and was 0 to 363.6 m in training"
    )


def test_each_input_has_its_line(network, specs):
    deep = network.assign_coords(depth=("depth", [0.1, 1.0], {"units": "m"}))
    lines = extrapolated(deep, specs((100.0, 199.0), (100.0, 150.0)))
    assert lines == [
        "the model extrapolates at 1 of 2 depths: depth is 0.1 to 1 m, and was 0.1 to 0.5 m in training",
        "the model extrapolates at 1 of 2 clusters: elevation is 100 to 400 m, and was 100 to 199 m in training",
        "the model extrapolates for 46% of the values: air_temperature is 0 to 199 degC, and was 100 to 199 degC "
        "in training",
    ]


@pytest.mark.parametrize(("values", "told"), [(2, False), (3, True)])
def test_one_extreme_in_a_hundred_values_of_forcing_is_none(network, specs, values, told):
    temperature = np.zeros((2, 100))
    temperature[1, :values] = 1000.0
    weather = network.assign(air_temperature=(("cluster", "time"), temperature))
    assert bool(extrapolated(weather, specs((0.0, 400.0)))) == told


def test_missing_values_and_inputs_are_not_outside(network, specs):
    nothing = network.assign(air_temperature=network["air_temperature"] * np.nan)
    assert extrapolated(nothing, specs((100.0, 400.0))) == []
    assert extrapolated(network.drop_vars("air_temperature"), specs((100.0, 400.0))) == []


def test_a_model_that_does_not_know_its_ranges_says_nothing(network, specs):
    assert extrapolated(network, specs((None, None), depth=(None, None))) == []


@given(together=st.integers(1, 500))
def test_the_record_is_looked_through_in_any_number_of_goes(make_network, make_card, together):
    network = make_network(clusters=3, steps=40)
    rain = network["precipitation"].to_numpy()
    spec = replace(
        make_card().inputs,
        forcing=(ForcingInput(Scale("precipitation", 0.0, 1.0, 0.0, rain.max() / 4), False),),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extrapolation, "TOGETHER", together)
        (line,) = extrapolated(network, [spec])
    share = (rain > rain.max() / 4 * 1.1).mean()
    assert f" for {share:.0%} of the values: precipitation is {rain.min():.4g} to {rain.max():.4g} mm" in line
