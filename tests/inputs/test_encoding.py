"""Inputs: scaled by exactly what the loss sees, missing where they are missing."""

import numpy as np
import pytest

from thetamix.inputs.encoding import describe_inputs, forcing_inputs, static_inputs, with_replicate
from thetamix.inputs.spec import Category, ForcingInput, InputSpec, Scale
from thetamix.network.by_series import Mask, Readings

FORCING = [("precipitation", False), ("air_temperature", False), ("discharge", True)]
SEQUENCE = 4


def case(make_network, seed: int):
    """A network with gaps in forcing and readings, and a random training part."""
    rng = np.random.default_rng(seed)
    readings = rng.uniform(0.1, 0.5, (3, 2, 2, 30))
    readings[rng.random(readings.shape) < 0.2] = np.nan
    rain, heat, discharge = rng.normal(5, 2, (3, 3, 30))
    rain[rng.random(rain.shape) < 0.08] = np.nan
    heat[2, 10:] = np.nan
    discharge[rng.random(discharge.shape) < 0.4] = np.nan
    network = make_network(
        readings,
        precipitation=rain,
        air_temperature=heat,
        discharge=discharge,
        soil_type=np.array(["clay", "loam", "sand"], dtype=object),
    )
    trained = np.isfinite(readings) & (rng.random(30) < 0.6)
    return network, trained, readings.astype(np.float32)


def describe(network, trained, readings, sequence=SEQUENCE, **changes) -> InputSpec:
    settings = {
        "forcing": FORCING,
        "attributes": ["elevation", "soil_type"],
        "condition_on_replicate": False,
    }
    return describe_inputs(network, Mask.of(trained), Readings.of(readings), sequence, **settings | changes)


def close(got: Scale, name: str, values: list[float]) -> bool:
    exact = np.array(values, dtype=np.float64)
    sd = np.sqrt(((exact - exact.mean()) ** 2).mean())
    return got.name == name and np.allclose([got.mean, got.sd], [exact.mean(), sd], rtol=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_scales_are_those_of_exactly_the_values_that_the_loss_sees(make_network, seed):
    network, trained, readings = case(make_network, seed)
    rain, heat, discharge = (network[name].to_numpy() for name, _ in FORCING)
    target, seen, series, clusters = [], set(), set(), set()
    for c, d, r, end in np.argwhere(trained):
        window = range(end - SEQUENCE + 1, end + 1)
        if window[0] < 0 or not all(np.isfinite(rain[c, t]) and np.isfinite(heat[c, t]) for t in window):
            continue
        target.append(readings[c, d, r, end])
        seen |= {(c, t) for t in window}
        series.add((c, d))
        clusters.add(c)
    spec = describe(network, trained, readings)
    assert close(spec.target, "soil_moisture", target)
    for entry, values in zip(spec.forcing, (rain, heat, discharge), strict=True):
        there = [values[place] for place in seen if np.isfinite(values[place])]
        assert close(entry.scale, entry.scale.name, there)
    depth, elevation = spec.numbers
    assert close(depth, "depth", [network["depth"].to_numpy()[d] for _, d in series])
    assert close(elevation, "elevation", [network["elevation"].to_numpy()[c] for c in clusters])
    soil = network["soil_type"].to_numpy()
    assert spec.categories == (Category("soil_type", tuple(sorted(soil[c] for c in clusters))),)
    assert spec.replicates == ()
    assert [entry.optional for entry in spec.forcing] == [False, False, True]


@pytest.mark.parametrize("count", [1, 3, 7, 10, 1000])
@pytest.mark.parametrize("value", [0.1, 0.3, 1 / 3, 12.7])
def test_a_constant_is_shifted_and_not_scaled(make_network, count, value):
    # The standard deviation of equal numbers is not always 0 in floating point.
    readings = np.full((1, 1, 1, count + 1), value)
    rain = np.full((1, count + 1), value)
    network = make_network(readings, depths=[0.1], precipitation=rain, air_temperature=rain)
    spec = describe(network, np.ones(readings.shape, bool), readings, 2, forcing=FORCING[:2], attributes=[])
    assert spec.target == Scale("soil_moisture", value, 1.0, value, value, "m3 m-3")
    assert [entry.scale.sd for entry in spec.forcing] == [1.0, 1.0]
    assert spec.numbers == (Scale("depth", 0.1, 1.0, 0.1, 0.1, "m"),)
    inputs, _ = forcing_inputs(network, spec)
    assert (inputs == 0).all()


def test_sums_are_in_double_precision(make_network):
    readings = np.full((1, 1, 1, 5000), 0.3, np.float32)
    heat = (1e6 + np.arange(5000.0) % 2)[None]
    network = make_network(readings, depths=[0.1], air_temperature=heat)
    spec = describe(
        network, np.ones(readings.shape, bool), readings, forcing=[("air_temperature", False)], attributes=[]
    )
    assert spec.forcing[0].scale.mean == pytest.approx(1e6 + 0.5, abs=1e-9)
    assert spec.forcing[0].scale.sd == pytest.approx(0.5, abs=1e-9)


def test_conditioning_names_all_replicates(make_network):
    network, trained, readings = case(make_network, 0)
    spec = describe(network, trained, readings, condition_on_replicate=True)
    assert spec.replicates == ("A", "B")


# Standardised arrays


def test_forcing_inputs_are_scaled_and_an_optional_one_says_whether_it_is_there(make_network):
    network, trained, readings = case(make_network, 1)
    spec = describe(network, trained, readings)
    inputs, complete = forcing_inputs(network, spec)
    assert inputs.dtype == np.float32
    assert inputs.shape == (3, 30, 4)
    assert np.isfinite(inputs).all()
    for column, (name, _) in enumerate(FORCING):
        values = network[name].to_numpy().astype(np.float64)
        scale = spec.forcing[column].scale
        expected = np.where(np.isfinite(values), (values - scale.mean) / scale.sd, 0.0)
        np.testing.assert_allclose(inputs[..., column], expected, rtol=1e-6, atol=1e-6)
    assert (inputs[..., 3] == np.isfinite(network["discharge"].to_numpy())).all()
    required = np.isfinite(network["precipitation"]) & np.isfinite(network["air_temperature"])
    assert (complete == required.to_numpy()).all()


def test_static_inputs_are_depth_numbers_and_one_input_a_category(make_network):
    network, _, _ = case(make_network, 1)
    spec = InputSpec(
        (),
        (Scale("depth", 0.2, 0.1, 0.1, 0.3), Scale("elevation", 300.0, 50.0, 200.0, 400.0)),
        (Category("soil_type", ("clay", "sand")),),
        (),
        Scale("soil_moisture", 0, 1, 0, 1),
    )
    static = static_inputs(network, spec)
    assert static.dtype == np.float32
    for c, d in np.ndindex(3, 2):
        soil = str(network["soil_type"].to_numpy()[c])
        expected = [
            (network["depth"].to_numpy()[d] - 0.2) / 0.1,
            (network["elevation"].to_numpy()[c] - 300) / 50,
            soil == "clay",
            soil == "sand",  # "loam" is none of them
        ]
        np.testing.assert_allclose(static[c, d], expected, rtol=1e-6, atol=1e-6)


def test_the_replicates_code_is_appended():
    static = np.arange(6, dtype=np.float32).reshape(3, 2)
    got = with_replicate(static, np.array([2, 0, 2]), 3)
    assert got.tolist() == [[0, 1, 0, 0, 1], [2, 3, 1, 0, 0], [4, 5, 0, 0, 1]]
    assert with_replicate(static, np.array([0, 0, 0]), 0) is static


def test_absent_optional_inputs_leave_every_other_column_where_it_was(make_network):
    network = make_network(clusters=2, steps=6)
    names = ["discharge", "precipitation", "snow_depth", "groundwater", "air_temperature"]
    optional = [True, False, True, True, False]
    forcing = [
        ForcingInput(Scale(name, 0.0, 1.0, None, None), may_miss)
        for name, may_miss in zip(names, optional, strict=True)
    ]
    spec = InputSpec(tuple(forcing), (), (), (), Scale("soil_moisture", 0, 1, 0, 1))
    network["groundwater"] = network["precipitation"] + 1
    inputs, _ = forcing_inputs(network, spec)
    rain, heat = (network[name].to_numpy() for name in ("precipitation", "air_temperature"))
    nothing, there = np.zeros_like(rain), np.ones_like(rain)
    columns = [nothing, nothing, rain, nothing, nothing, rain + 1, there, heat]
    np.testing.assert_array_equal(inputs, np.stack(columns, axis=-1).astype(np.float32))
