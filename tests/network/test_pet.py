"""Potential evapotranspiration against published numbers, refet and first principles."""

import numpy as np
import pytest
import refet.calcs
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from thetamix.errors import InputError
from thetamix.network.assemble import assemble
from thetamix.network.pet import extraterrestrial_radiation, oudin, potential_evapotranspiration

DAY, HOUR = np.timedelta64(1, "D"), np.timedelta64(1, "h")


def network(temperature, latitude, first="2020-07-02", step=DAY) -> xr.Dataset:
    temperature = np.asarray(temperature, dtype=np.float32)
    clusters, steps = temperature.shape
    return assemble(
        {
            "soil_moisture": np.full((clusters, 1, 1, steps), 0.2, dtype=np.float32),
            "air_temperature": temperature,
            "latitude": np.asarray(latitude, dtype=np.float64),
        },
        cluster_id=[f"c{n}" for n in range(clusters)],
        depth=[0.1],
        replicate_label=["A"],
        time=np.datetime64(first, "ns") + np.arange(steps) * step.astype("timedelta64[ns]"),
        step=step,
        about={"title": "t", "summary": "s", "source": "s", "history": "h"},
    )


@pytest.mark.parametrize(
    ("latitude", "day", "printed", "digits"),
    [
        (-20, 246, 32.2, 1),  # example 8: 20 S, 3 September
        (-(22 + 54 / 60), 135, 25.1, 1),  # example 10: Rio de Janeiro, May
        (13 + 44 / 60, 105, 38.06, 2),  # example 17: Bangkok, April
        (50 + 48 / 60, 187, 41.09, 2),  # example 18: Uccle, 6 July
        (45 + 43 / 60, 196, 40.6, 1),  # example 20: Lyon, July
    ],
)
def test_the_examples_of_fao_56(latitude, day, printed, digits):
    assert extraterrestrial_radiation(np.array(latitude), np.array(day)).round(digits) == printed


def test_radiation_against_refet():
    latitude, day = np.meshgrid(np.linspace(-60, 60, 13), np.arange(1, 366))
    ours = extraterrestrial_radiation(latitude, day)
    assert_allclose(ours, refet.calcs.ra_daily(np.radians(latitude), day, method="asce"), rtol=1e-6)


@given(st.floats(-90, 90), st.integers(1, 366))
def test_radiation_is_the_integral_over_the_day(latitude, day):
    """Integrate the sine of the sun's height where the sun is up; polar days and nights too."""
    angle = 2 * np.pi * day / 365
    declination = 0.409 * np.sin(angle - 1.39)
    phi = np.radians(latitude)

    turn = np.linspace(-np.pi, np.pi, 20_000, endpoint=False)
    height = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(turn)
    integral = 24 * np.maximum(height, 0).mean()
    expected = 60 * 0.0820 * (1 + 0.033 * np.cos(angle)) * integral
    assert_allclose(extraterrestrial_radiation(np.array(latitude), np.array(day)), expected, atol=1e-5)


def test_oudin_by_hand():
    # lambda rho = 2.45 MJ per mm and m2: 30 MJ at 10 degC evaporate 30 / 2.45 * 0.15 mm.
    found = oudin(np.array([10.0, -5.0, -5.1, -30.0, np.nan]), np.array(30.0))
    assert_allclose(found, [30 / 2.45 * 0.15, 0, 0, 0, np.nan])


def test_of_a_network_the_day_is_that_of_the_middle():
    # The stamp 2 July is the end of 1 July, day 183 of 2020.
    one = network([[20.0, np.nan]], [50.0])
    pet = potential_evapotranspiration(one, "oudin")
    expected = extraterrestrial_radiation(np.array(50.0), np.array(183)) / 2.45 * 0.25 / 24
    assert pet.dims == ("cluster", "time")
    assert pet.attrs["units"] == "mm h-1"
    assert_allclose(pet, [[expected, np.nan]], rtol=1e-6)
    # Days that do not begin at 00:00 UTC, as of a clock with an offset: still the middle's.
    shifted = potential_evapotranspiration(network([[20.0, 20.0]], [50.0], "2020-07-02T06:00"), "oudin")
    assert_allclose(shifted[0, 0], expected, rtol=1e-6)


def test_both_hemispheres():
    pet = potential_evapotranspiration(network([[20.0] * 2] * 2, [50.0, -50.0]), "oudin")
    assert float(pet[0, 0]) > 3 * float(pet[1, 0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda n: n.drop_vars("air_temperature"), "oudin needs air_temperature"),
        (lambda n: n.drop_vars("latitude"), "oudin needs latitude"),
        (lambda n: n.assign_coords(latitude=("cluster", [np.nan])), "cluster c0 has no latitude"),
        (lambda n: n.isel(time=[0, 2]), "the step is 48 h; import daily means"),
    ],
)
def test_what_oudin_cannot_do(change, words):
    with pytest.raises(InputError, match=words):
        potential_evapotranspiration(change(network([[20.0] * 3], [50.0])), "oudin")


def test_oudin_is_daily():
    hourly = network([[20.0] * 3], [50.0], step=HOUR)
    with pytest.raises(
        InputError, match="a daily formula, the step is 1 h; import daily means, or give PET itself"
    ):
        potential_evapotranspiration(hourly, "oudin")


def test_unknown_method():
    with pytest.raises(InputError, match=r"unknown method 'odin'; did you mean \"oudin\"\?"):
        potential_evapotranspiration(network([[20.0] * 3], [50.0]), "odin")
