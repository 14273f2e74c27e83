"""Each thing that a network may have wrong, and what its user is told."""

import numpy as np
import pytest
import xarray as xr

from thetamix.network import check
from thetamix.network.check import check_network
from thetamix.network.schema import MAX_DEPTHS
from thetamix.system.errors import InputError


def message(network: xr.Dataset) -> str:
    with pytest.raises(InputError) as caught:
        check_network(network, "net.nc")
    text = str(caught.value)
    assert text.startswith("net.nc: ")
    assert "\n" not in text
    return text.removeprefix("net.nc: ")


def put(network: xr.Dataset, name: str, place: tuple[int, ...], value: float) -> xr.Dataset:
    values = network[name].to_numpy().copy()
    values[place] = value
    return network.assign({name: (network[name].dims, values, network[name].attrs)})


def at_times(network: xr.Dataset, minutes: list[int]) -> xr.Dataset:
    stamps = np.datetime64("2020-01-01", "ns") + np.array(minutes) * np.timedelta64(1, "m")
    return network.isel(time=slice(len(minutes))).assign_coords(time=("time", stamps))


def test_a_network_passes(network):
    check_network(network, "net.nc")


@pytest.mark.parametrize("values", [1, 10**9])
def test_clusters_are_named_whether_they_are_read_together_or_alone(network, monkeypatch, values):
    monkeypatch.setattr(check, "VALUES", values)
    steps = []
    real = check._check_values
    monkeypatch.setattr(check, "_check_values", lambda n, s: steps.append(n.sizes["cluster"]) or real(n, s))
    check_network(network, "net.nc")
    assert steps == ([1, 1] if values == 1 else [2])
    second = str(network["cluster_id"].to_numpy()[1])
    when = np.datetime_as_string(network["time"].to_numpy()[7], "m")
    said = message(put(network, "precipitation", (1, 7), -1.0))
    assert said.startswith(f"precipitation is -1 mm h-1 at cluster {second}, {when}, which cannot be; mark")


def test_values_that_are_only_suspicious_pass(network):
    """Negative and too wet readings are flagged, not refused; so is an empty series."""
    network = put(network, "soil_moisture", (0, 0, 0, 0), -5)
    network = put(network, "soil_moisture", (0, 0, 0, 1), 40)
    check_network(put(network, "potential_evapotranspiration", (0, 0), -0.01), "net.nc")


def test_little_is_needed(network):
    few = network[["soil_moisture", "cluster_id", "depth", "replicate", "time"]]
    check_network(few.drop_vars(["latitude", "longitude", "replicate_label"]), "net.nc")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("precipitation", -9999, "precipitation is -9999 mm h-1"),
        ("air_temperature", 280, "air_temperature is 280 degC"),
        ("soil_moisture", 30, "soil_moisture of cluster"),
    ],
)
def test_whole_numbers_are_looked_at_as_well(network, name, value, words):
    whole = np.full(network[name].shape, value, dtype=np.int16)
    assert message(network.assign({name: (network[name].dims, whole, network[name].attrs)})).startswith(words)


@pytest.mark.parametrize("name", ["soil_moisture", "cluster_id", "depth", "replicate", "time"])
def test_a_variable_is_missing(network, name):
    assert message(network.drop_vars(name)) == (
        f"not a network: variable {name} missing; make one with `thetamix import` or `thetamix simulate`"
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda n: n.assign(soil_moisture=n["soil_moisture"].transpose("time", "cluster", "depth", "replicate")),
            "soil_moisture has dimensions (time, cluster, depth, replicate), expected (cluster, depth, replicate, ",
        ),
        (
            lambda n: n.assign(precipitation=n["precipitation"].isel(cluster=0)),
            "precipitation has dimensions (time), expected (cluster, time)",
        ),
        (
            lambda n: n.assign(precipitation=n["precipitation"].assign_attrs(units="mm d-1")),
            "precipitation has the unknown unit 'mm d-1', expected 'mm h-1'; convert the values or import",
        ),
        (
            lambda n: n.assign(soil_moisture=n["soil_moisture"].assign_attrs(units="percent")),
            "soil_moisture has the unknown unit 'percent', expected 'm3 m-3'",
        ),
        (
            lambda n: n.assign(elevation=("cluster", [1.0, 2.0])),
            "elevation has the unknown unit None, expected 'm'",
        ),
        (
            lambda n: n.assign(elevation=("cluster", ["high", "low"], {"units": "m"})),
            "elevation holds <U4, expected numbers [m]",
        ),
        (
            lambda n: n.assign(soil_moisture_flag=n["soil_moisture_flag"].astype(float)),
            "soil_moisture_flag holds float64, expected integers: flag bits",
        ),
        (
            lambda n: n.assign_coords(cluster_id="c01"),
            "cluster_id has dimensions (), expected (cluster)",
        ),
        (lambda n: n.isel(cluster=slice(0)), "there is no cluster in it; a network needs at least one"),
        (lambda n: n.isel(replicate=slice(0)), "there is no replicate in it"),
        (
            lambda n: n.assign_coords(latitude=n["latitude"] * 1000),
            "latitude of cluster c01 is 49800, expected degrees from -90 to 90; projected coordinates",
        ),
        (
            lambda n: n.assign_coords(cluster_id=("cluster", ["a", "a"])),
            "cluster_id 'a' occurs twice; names must be unique",
        ),
        (
            lambda n: n.assign_coords(cluster_id=("cluster", ["a", ""])),
            "cluster_id 1 is empty; every cluster needs a name",
        ),
        (
            lambda n: n.assign_coords(depth=("depth", [0.3, 0.1])),
            "depth must increase and be positive down [m], found [0.3, 0.1]",
        ),
        (
            lambda n: n.assign_coords(depth=("depth", [-0.3, -0.1])),
            "depth must increase and be positive down",
        ),
        (
            lambda n: n.assign_coords(depth=("depth", [0.1, np.nan])),
            "depth must increase and be positive down",
        ),
        (lambda n: n.assign_coords(depth=("depth", ["a", "b"])), "depth holds <U1, expected numbers [m]"),
        (
            lambda n: xr.concat(
                [n.assign_coords(depth=n["depth"] + k) for k in range(7)], "depth", data_vars="minimal"
            ),
            f"14 depths, at most {MAX_DEPTHS}; snap sensors to nominal depths",
        ),
        (
            lambda n: n.assign_coords(time=("time", np.arange(48))),
            "time is not a date axis; write it as CF 'hours since",
        ),
        (lambda n: n.isel(time=[0]), "time has 1 step(s), at least 2 are needed"),
        (lambda n: n.isel(time=slice(0)), "time has 0 step(s)"),
        (
            lambda n: at_times(n, [0, 60, 60, 120]),
            "time is duplicated at 2020-01-01T01:00; sort it, keep each stamp once",
        ),
        (
            lambda n: at_times(n, [0, 60, 30, 120]),
            "time is not increasing at 2020-01-01T00:30; sort it",
        ),
        (
            lambda n: at_times(n, [0, 60, 180, 240]),
            "time is not regular: 1 h between the first stamps, 2 h before 2020-01-01T03:00; write every step",
        ),
        (
            lambda n: n.assign_coords(time=n["time"].where(n["time"] != n["time"][3])),
            "time has missing stamps",
        ),
        (
            lambda n: put(n, "soil_moisture", (0, 1), 27.0),
            "soil_moisture of cluster c01 at 0.3 m has a median of 27: this looks like percent",
        ),
        (
            lambda n: put(n, "soil_moisture", (1, 0, 2, 5), np.inf),
            "soil_moisture is infinite at cluster c02, 0.1 m, 2020-01-01T06:00",
        ),
        (
            lambda n: put(n, "discharge", (1, 5), -np.inf),
            "discharge is infinite at cluster c02, 2020-01-01T06:00",
        ),
        (
            lambda n: put(n, "precipitation", (1, 47), -0.1),
            "precipitation is -0.1 mm h-1 at cluster c02, 2020-01-03T00:00, which cannot be; mark missing values as "
            "NaN, or correct the unit",
        ),
        (
            lambda n: put(n, "precipitation", (0, 3), 9.97e36),
            "precipitation is 9.97e+36 mm h-1 at cluster c01, 2020-01-01T04:00, which cannot be",
        ),
        (
            lambda n: put(n, "air_temperature", (0, 3), -9999.0),
            "air_temperature is -9999 degC at cluster c01, 2020-01-01T04:00, which cannot be",
        ),
        (
            lambda n: n.assign_coords(depth=("depth", n["depth"].to_numpy() * 100, {"units": "cm"})),
            "depth has the unit 'cm', expected 'm'; convert the values",
        ),
        (
            lambda n: n.assign(air_temperature=n["air_temperature"] + 273.15),
            "at cluster c01, 2020-01-01T01:00, which looks like kelvin; subtract 273.15",
        ),
    ],
)
def test_what_is_wrong_is_named(network, change, words):
    with xr.set_options(keep_attrs=True):
        changed = change(network)
    assert words in message(changed)
