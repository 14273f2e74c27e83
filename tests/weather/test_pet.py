"""Potential evapotranspiration against published numbers, refet, REF-ET, the KNMI's own and first principles."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import refet
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from thetamix.network.assemble import assemble
from thetamix.network.units import conversion, convert, variable
from thetamix.system.errors import InputError
from thetamix.weather.humidity import saturation_pressure, wind_at_two_metres
from thetamix.weather.pet import potential_evapotranspiration
from thetamix.weather.pet_methods import METHODS, Site
from thetamix.weather.reference_et import daily_reference, hourly_cloudiness, hourly_reference
from thetamix.weather.simple_et import hargreaves_samani, makkink, oudin, priestley_taylor
from thetamix.weather.solar import daily_extraterrestrial_radiation, extraterrestrial_radiation, sun_height

DAY, HOUR = np.timedelta64(1, "D"), np.timedelta64(1, "h")


def network(
    temperature, latitude, first="2020-07-02", step=DAY, longitude=0.0, elevation=100.0, **weather
) -> xr.Dataset:
    temperature = np.asarray(temperature, dtype=np.float32)
    clusters, steps = temperature.shape
    more = {
        name: xr.Variable(
            ("cluster", "time"),
            np.broadcast_to(np.asarray(values, dtype=np.float32), temperature.shape),
            {"units": variable(name).units},
        )
        for name, values in weather.items()
    }
    return assemble(
        {
            "soil_moisture": np.full((clusters, 1, 1, steps), 0.2, dtype=np.float32),
            "air_temperature": temperature,
            "latitude": np.asarray(latitude, dtype=np.float64),
            "longitude": np.full(clusters, longitude),
            "elevation": np.full(clusters, elevation),
            **more,
        },
        cluster_id=[f"c{n}" for n in range(clusters)],
        depth=[0.1],
        replicate_label=["A"],
        time=np.datetime64(first, "ns") + np.arange(steps) * step.astype("timedelta64[ns]"),
        step=step,
        about={"title": "t", "summary": "s", "source": "s", "history": "h"},
    )


# --- the formulas, against the printed examples of FAO-56


def sunshine(hours: float, daylight: float, above: float) -> float:
    """Angstrom's formula (equation 35)."""
    return (0.25 + 0.5 * hours / daylight) * above


def test_example_17_of_fao_56():
    # Bangkok, April: a month, so heat goes into the soil (equation 43: 0.14 MJ).
    above = daily_extraterrestrial_radiation(np.array(13 + 44 / 60), np.array(105))
    shortwave = sunshine(8.5, 12.31, float(above))
    assert round(shortwave, 2) == 22.65
    found = daily_reference(25.6, 34.8, 2.85, shortwave, 2.0, above, 2.0, soil_heat=0.14, mean=30.2)
    assert round(float(found), 2) == 5.72


def test_example_18_of_fao_56():
    # Uccle, 6 July; wind of 10 km/h at 10 m.
    wind = wind_at_two_metres(np.array(10 / 3.6), 10.0)
    assert round(float(wind), 3) == 2.078
    above = daily_extraterrestrial_radiation(np.array(50.8), np.array(187))
    vapour = (saturation_pressure(np.array(12.3)) * 0.84 + saturation_pressure(np.array(21.5)) * 0.63) / 2
    assert round(float(vapour), 3) == 1.409
    shortwave = sunshine(9.25, 16.104, float(above))
    assert round(shortwave, 2) == 22.07
    found = daily_reference(12.3, 21.5, vapour, shortwave, wind, above, 100.0)
    assert round(float(found), 2) == 3.88


def test_example_19_of_fao_56():
    # N'Diaye, 02:00 to 03:00 and 14:00 to 15:00. The ratio at night is that of the afternoon before: 0.8.
    temperature, humidity, wind = np.array([28.0, 38.0]), np.array([90.0, 52.0]), np.array([1.9, 3.3])
    vapour = humidity / 100 * saturation_pressure(temperature)
    assert vapour.round(3).tolist() == [3.402, 3.445]
    ratio = np.array([0.8, 2.450 / (3.543 * (0.75 + 2e-5 * 8))])
    assert ratio[1].round(2) == 0.92
    found = hourly_reference(
        temperature, vapour, np.array([0.0, 2.450]), ratio, wind, 8.0, surface="fao56", day=ratio > 0.8
    )
    assert found.round(2).tolist() == [0.0, 0.63]


def test_example_20_of_fao_56():
    above = daily_extraterrestrial_radiation(np.array(45 + 43 / 60), np.array(196))
    assert hargreaves_samani(np.array(14.8), np.array(26.6), above).round(1) == 5.0


def test_oudin_by_hand():
    # lambda rho = 2.45 MJ per mm and m2: 30 MJ at 10 degC evaporate 30 / 2.45 * 0.15 mm.
    found = oudin(np.array([10.0, -5.0, -5.1, -30.0, np.nan]), np.array(30.0))
    assert_allclose(found, [30 / 2.45 * 0.15, 0, 0, 0, np.nan])


def test_priestley_taylor_by_hand():
    # At 20 degC and sea level the slope is 0.1447 and gamma 0.0674 kPa per degC.
    found = priestley_taylor(np.array(20.0), np.array(10.0), 0.0)
    assert_allclose(found, 1.26 * 0.1447 / (0.1447 + 0.0674) * 10 / 2.45, rtol=1e-3)


def test_priestley_taylor_of_a_day_with_net_radiation_by_hand():
    # FAO-56 equations 37 to 40: a day of 21.6 MJ m-2, with Stefan and Boltzmann's constant of a day.
    data = network(
        [[20.0] * 2],
        [45.0],
        vapour_pressure=1.4,
        shortwave_radiation=250.0,
        minimum_air_temperature=14.0,
        maximum_air_temperature=26.0,
    )
    clear = (0.75 + 2e-5 * 100) * daily_extraterrestrial_radiation(np.array(45.0), np.array(183))
    grey = 4.903e-9 * ((14 + 273.16) ** 4 + (26 + 273.16) ** 4) / 2
    longwave = grey * (0.34 - 0.14 * np.sqrt(1.4)) * (1.35 * 21.6 / clear - 0.35)
    by_hand = priestley_taylor(np.array(20.0), 0.77 * 21.6 - longwave, 100.0) / 24
    pet = potential_evapotranspiration(data, "priestley_taylor")
    assert_allclose(pet[0, 0], by_hand, rtol=1e-3)


def test_makkink_is_between_its_limits():
    # 0.65 of the equilibrium evaporation, which is below radiation over latent heat.
    warm = makkink(np.linspace(-20, 45, 66), np.array(20.0))
    assert (np.diff(warm) > 0).all()
    assert ((warm > 0) & (warm < 0.65 * 20 / 2.4)).all()


# --- against refet


@given(
    st.floats(-15, 35),
    st.floats(0.5, 20),
    st.floats(0.1, 0.95),
    st.floats(0.3, 1.0),
    st.floats(0.2, 12),
    st.floats(-50, 55),
    st.integers(1, 365),
    st.floats(0, 3000),
    st.sampled_from(["asce_short", "asce_tall"]),
)
def test_days_against_refet(coldest, spread, humidity, clearness, wind, latitude, day, elevation, surface):
    warmest = coldest + spread
    vapour = humidity * float(saturation_pressure(np.array(coldest)))
    above = daily_extraterrestrial_radiation(np.array(latitude), np.array(day))
    shortwave = clearness * (0.75 + 2e-5 * elevation) * float(above)
    theirs = refet.Daily(
        tmin=coldest,
        tmax=warmest,
        ea=vapour,
        rs=shortwave,
        uz=wind,
        zw=2,
        elev=elevation,
        lat=latitude,
        doy=day,
        method="asce",
        rso_type="simple",
    )
    expected = theirs.eto() if surface == "asce_short" else theirs.etr()
    found = daily_reference(coldest, warmest, vapour, shortwave, wind, above, elevation, surface=surface)
    # refet uses 101.3 ((293 - 0.0065 z) / 293) ** 5.26 and its wind profile at 2 m gives 0.99997.
    assert_allclose(found, np.asarray(expected).item(), rtol=2e-4, atol=2e-3)


@pytest.mark.parametrize("surface", ["asce_short", "asce_tall"])
def test_hours_against_refet(surface):
    rng = np.random.default_rng(1)
    hours = np.datetime64("2021-06-10", "ns") + np.arange(5 * 24) * HOUR
    place = np.array(40.0), np.array(0.0)
    above = extraterrestrial_radiation(*place, hours + HOUR // 2, HOUR)
    temperature = 18 + 8 * np.sin(2 * np.pi * (np.arange(120) - 9) / 24)
    vapour, wind = np.full(120, 1.2), rng.uniform(0.5, 5, 120)
    shortwave = above * rng.uniform(0.4, 0.75, 120)
    theirs = refet.Hourly(
        tmean=temperature,
        ea=vapour,
        rs=shortwave,
        uz=wind,
        zw=2,
        elev=200,
        lat=40.0,
        lon=0.0,
        doy=161 + np.arange(120) // 24,
        time=np.arange(120) % 24,
        method="asce",
    )
    expected = theirs.eto() if surface == "asce_short" else theirs.etr()
    one = network(
        temperature[None],
        [40.0],
        "2021-06-10T01:00",
        HOUR,
        elevation=200.0,
        vapour_pressure=vapour,
        shortwave_radiation=shortwave / 0.0036,
        wind_speed=wind,
    )
    found = potential_evapotranspiration(one, surface).to_numpy()[0]
    # refet takes each hour's own clouds when the sun is low; else the formula is the same.
    day = sun_height(*place, hours + HOUR // 2) > 0.3
    assert day.sum() > 40
    assert_allclose(found[day], np.asarray(expected)[day], atol=0.004)


# --- clouds at night


def test_clouds_hold_through_the_night():
    height = np.array([[-0.5, -0.5, 0.5, 0.6, 0.1, -0.3, -0.6, -0.2, 0.4]])
    clear = np.array([[0, 0, 2.0, 3.0, 1.0, 0, 0, 0, 2.0]])
    shortwave = np.array([[0, 0, 1.0, 1.5 * 1.2, 0.1, 0, 0, 0, np.nan]])
    found = hourly_cloudiness(shortwave, clear, height, 24)
    assert_allclose(found, [[0.5, 0.5, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6]])


def test_clouds_without_any_sun():
    dark = np.full((1, 50), -0.1)
    assert_allclose(hourly_cloudiness(np.zeros((1, 50)), np.zeros((1, 50)), dark, 24), 0.7)
    height = dark.copy()
    height[0, 0] = 0.4
    shortwave, clear = np.where(height > 0, 1.0, 0.0), np.where(height > 0, 2.0, 0.0)
    assert_allclose(hourly_cloudiness(shortwave, clear, height, 24), 0.5)


# --- of a network


def test_of_a_network_the_day_is_that_of_the_middle():
    # The stamp 2 July is the end of 1 July, day 183 of 2020.
    one = network([[20.0, np.nan]], [50.0])
    pet = potential_evapotranspiration(one, "oudin")
    expected = daily_extraterrestrial_radiation(np.array(50.0), np.array(183)) / 2.45 * 0.25 / 24
    assert pet.dims == ("cluster", "time")
    assert pet.attrs["units"] == "mm h-1"
    assert_allclose(pet, [[expected, np.nan]], rtol=1e-6)
    # Days that do not begin at 00:00 UTC, as of a clock with an offset: still the middle's.
    shifted = potential_evapotranspiration(network([[20.0, 20.0]], [50.0], "2020-07-02T06:00"), "oudin")
    assert_allclose(shifted[0, 0], expected, rtol=1e-6)


def test_both_hemispheres():
    pet = potential_evapotranspiration(network([[20.0] * 2] * 2, [50.0, -50.0]), "oudin")
    assert float(pet[0, 0]) > 3 * float(pet[1, 0])


@pytest.mark.parametrize("length", [1, 2, 3, 6, 12])
def test_daily_formulas_at_shorter_steps_keep_the_sums_of_days(length):
    steps = 24 // length
    temperature = np.repeat([[10.0, 14.0, 18.0, 22.0]], steps, axis=1)
    one = network(temperature, [50.0], f"2020-07-01T{length:02}:00", length * HOUR, longitude=0.0)
    pet = potential_evapotranspiration(one, "oudin").to_numpy()[0] * length
    sums = pet.reshape(4, steps).sum(axis=1)
    day = np.array([183, 184, 185, 186])
    above = daily_extraterrestrial_radiation(np.array(50.0), day)
    assert_allclose(sums, oudin(np.array([10.0, 14.0, 18.0, 22.0]), above), rtol=2e-3)
    if length == 1:
        assert pet[0] == 0  # midnight
        assert pet.argmax() % 24 in {11, 12}


def test_far_from_greenwich_the_day_is_the_suns():
    # Hawaii: warm local days, cold nights; the local day of 1 July runs from 10:24 UTC to 10:24 UTC.
    hours = 24 * 4
    local = (np.arange(hours) + 0.5 - 10.4) % 24
    temperature = 20 + 8 * np.cos((local - 14) * np.pi / 12)
    one = network(temperature[None], [20.0], "2020-07-01T01:00", HOUR, longitude=-156.0)
    pet = potential_evapotranspiration(one, "hargreaves_samani").to_numpy()[0]
    noon = np.abs(local - 12) < 1
    assert pet[noon].min() > 0.4
    assert pet[np.abs(local - 12) > 7].max() < 0.01
    assert_allclose(
        pet[24:72].sum() / 2, hargreaves_samani(np.array(12.0), np.array(28.0), np.array(40.1)), rtol=0.03
    )


WEATHER = {"relative_humidity": 60.0, "shortwave_radiation": 150.0, "wind_speed": 2.0}
EXTREMES = {"minimum_air_temperature": 14.0, "maximum_air_temperature": 26.0}


@pytest.mark.parametrize("method", ["asce_short", "priestley_taylor", "makkink"])
def test_radiation_that_is_blank_at_night_is_none(method):
    """Files of loggers leave the night blank; a blank by day stays one."""
    step, hours = HOUR.astype("timedelta64[ns]"), np.arange(240)
    sun = 500 * np.clip(np.sin((hours - 5.5) / 24 * 2 * np.pi), 0, None)
    sun[30] = np.nan
    weather = {"dew_point_temperature": 8.0, "wind_speed": 2.0}
    whole = network(np.full((1, 240), 15.0), [50.0], step=step, shortwave_radiation=sun, **weather)
    above = extraterrestrial_radiation(50.0, 0.0, whole["time"].to_numpy() - step / 2, step)
    blank = whole.copy(deep=True)
    blank["shortwave_radiation"][0, (above <= 0) & (sun == 0)] = np.nan
    expected = potential_evapotranspiration(whole, method)
    pet = potential_evapotranspiration(blank, method)
    assert_allclose(pet, expected)
    assert int(np.isnan(pet).sum()) == int(np.isnan(expected).sum()) > 0
    number = int(np.isnan(blank["shortwave_radiation"]).sum()) - 1
    assert f"; {number} blank(s) of shortwave_radiation while the sun is down are 0" in pet.attrs["comment"]


@pytest.mark.parametrize(
    ("weather", "step", "method", "words"),
    [
        ({**WEATHER, **EXTREMES}, DAY, "asce_short", "maximum_air_temperature, relative_humidity, shortwave"),
        (WEATHER, DAY, "priestley_taylor", "air_temperature, relative_humidity, shortwave_radiation:"),
        (
            {"shortwave_radiation": 150.0},
            DAY,
            "makkink",
            "from air_temperature, shortwave_radiation: Makkink",
        ),
        (EXTREMES, DAY, "hargreaves_samani", "from minimum_air_temperature, maximum_air_temperature"),
        ({}, DAY, "oudin", "from air_temperature: Oudin et al. (2005)"),
        (WEATHER, HOUR, "asce_short", "from air_temperature, relative_humidity"),
        ({}, HOUR, "oudin", "of days, spread over the steps with the sun"),
        (WEATHER, 6 * HOUR, "oudin", "of days, spread over the steps with the sun"),
    ],
)
def test_the_best_that_the_data_allow(weather, step, method, words):
    pet = potential_evapotranspiration(network([[20.0] * 48], [50.0], step=step, **weather))
    assert pet.attrs["comment"].startswith(f"method {method} from ")
    assert words in pet.attrs["comment"]
    assert np.isfinite(pet).all()
    assert float(pet.min()) >= 0
    assert 1 < float(pet.mean() * 24) < 8


def test_a_missing_input_is_a_missing_value():
    humidity = np.full(4, 60.0)
    humidity[1] = np.nan
    pet = potential_evapotranspiration(
        network([[20.0] * 4], [50.0], **{**WEATHER, **EXTREMES, "relative_humidity": humidity}), "fao56"
    )
    assert np.isnan(pet[0, 1])
    assert np.isfinite(pet[0, [0, 2, 3]]).all()


def test_every_method_is_in_the_table_of_the_module():
    from thetamix.weather import pet

    assert all(name in str(pet.__doc__) for name in METHODS)


@pytest.mark.parametrize(
    ("change", "method", "words"),
    [
        (lambda n: n.drop_vars("air_temperature"), "oudin", "oudin needs air_temperature"),
        (lambda n: n.drop_vars("latitude"), "oudin", "oudin needs latitude"),
        (lambda n: n.drop_vars("air_temperature"), "auto", "at least air_temperature is needed"),
        (lambda n: n.assign_coords(latitude=("cluster", [np.nan])), "oudin", "cluster c0 has no latitude"),
        (lambda n: n.isel(time=[0, 2]), "oudin", "the step is 48 h; PET is computed for days"),
        (
            lambda n: n,
            "fao56",
            "fao56 needs minimum_air_temperature, maximum_air_temperature, vapour_pressure or",
        ),
        (lambda n: n, "odin", r"unknown method 'odin'; did you mean \"oudin\"\?"),
    ],
)
def test_what_cannot_be_computed(change, method, words):
    with pytest.raises(InputError, match=words):
        potential_evapotranspiration(change(network([[20.0] * 3], [50.0])), method)


def test_hourly_formulas_are_not_for_six_hours():
    with pytest.raises(InputError, match="asce_short is for days and for steps up to 3 h, the step is 6 h"):
        potential_evapotranspiration(network([[20.0] * 8], [50.0], step=6 * HOUR, **WEATHER), "asce_short")


@pytest.mark.parametrize(
    ("weather", "words"),
    [
        (
            {"relative_humidity": 0.6},
            "relative_humidity of cluster c0: its largest value is 0.6 percent: these are fra",
        ),
        ({"relative_humidity": 6000.0}, "6e[+]03 to 6e[+]03 percent; correct unit"),
        ({"vapour_pressure": 12.0}, "its median is 12 kPa, more than saturated air has: is the unit hPa"),
        ({"vapour_pressure": -9.0}, "-9 kPa is negative"),
        ({"dew_point_temperature": 285.0}, "more than 3 degC above the air temperature in 100%"),
        ({"wind_speed": 200.0}, "is the unit km h-1"),
        ({"wind_speed": -1.0}, "-1 m s-1 is negative"),
        ({"shortwave_radiation": 20.0 * 86.4}, "of what the sun sends to the top"),
        ({"shortwave_radiation": 1.0}, "of what the sun sends: correct unit"),
        ({"shortwave_radiation": -100.0}, "-100 W m-2 is negative"),
        ({"minimum_air_temperature": 20.0, "maximum_air_temperature": 10.0}, "exchange the two columns"),
    ],
)
def test_what_must_be_converted(weather, words):
    with pytest.raises(InputError, match=words):
        potential_evapotranspiration(network([[20.0] * 30], [50.0], **{**WEATHER, **EXTREMES, **weather}))


def test_a_clock_that_is_hours_off():
    hours = np.datetime64("2020-07-01T01:00", "ns") + np.arange(24 * 20) * HOUR
    sun = extraterrestrial_radiation(np.array(40.0), np.array(-105.0), hours - HOUR // 2, HOUR) / 0.0036 * 0.6
    right = network(np.full((1, 480), 20.0), [40.0], "2020-07-01T01:00", HOUR, -105.0, shortwave_radiation=sun)
    assert np.isfinite(potential_evapotranspiration(right, "makkink")).all()
    wrong = right.assign(shortwave_radiation=right["shortwave_radiation"].roll(time=-7))
    with pytest.raises(InputError, match="of it falls while the sun is down: the clock is wrong; correct utc_offset"):
        potential_evapotranspiration(wrong, "makkink")


# --- real weather with published PET


def real(name: str) -> Path:
    root = os.environ.get("THETAMIX_REAL_DATA")
    if not root:
        pytest.skip("THETAMIX_REAL_DATA does not name a folder of real data")
    return Path(root) / name


def fallon(shift: int) -> float:
    """Root of the mean squared difference from REF-ET [mm h-1], with stamps as ends (0) or as starts (1)."""
    folder = real("refet-fallon-2015")
    raw = pd.read_csv(folder / "FALN_Agrimet_hourly_raw_2015.csv").replace(-999, np.nan)
    stamps = pd.to_datetime(raw[["YEAR", "MONTH", "DAY", "HOUR"]]).to_numpy().astype("datetime64[ns]")
    axis = np.arange(stamps[0], stamps[-1] + HOUR, HOUR)
    at = ((stamps - stamps[0]) // HOUR).astype(int)
    columns = {
        "OB": ("air_temperature", "F"),
        "TP": ("dew_point_temperature", "F"),
        "WS": ("wind_speed", "mph"),
    }
    columns["SI"] = ("shortwave_radiation", "langley h-1")
    weather = {}
    for column, (name, unit) in columns.items():
        values = np.full(axis.size, np.nan)
        values[at] = convert(raw[column].to_numpy(), conversion(name, unit, column), HOUR)
        weather[name] = values
    # The clock is eight hours behind UTC; the middle of the hour is what the sun's height is taken at.
    middle = axis + (8 + shift) * HOUR - np.timedelta64(30, "m")
    where = np.array(39.4575), np.array(-118.77388), 1208.5
    found = METHODS["asce_short"].rate(Site(*where, middle, HOUR, weather, wind_height=3.0))
    theirs = read_refet(folder / "FALN_Agrimet_hourly_raw_2015.out")
    assert len(theirs) == at.size == 8758
    one = network(
        weather.pop("air_temperature")[None],
        [where[0]],
        middle[0] + np.timedelta64(30, "m"),
        HOUR,
        where[1],
        where[2],
        **weather,
    )
    pet = potential_evapotranspiration(one, "asce_short", wind_height=3.0).to_numpy()[0]
    assert_allclose(pet, np.maximum(found, 0), atol=1e-4)  # dew is no evaporation; float32
    return float(np.sqrt(np.nanmean((found[at] - theirs[:, 11]) ** 2)))  # column 11 is ETo


def read_refet(path: Path) -> np.ndarray:
    """Read the table of the program REF-ET."""
    rows = [line.split() for line in path.read_text(encoding="latin-1").splitlines()]
    table = [row for row in rows if len(row) > 10 and row[2:3] == ["2015"]]
    return np.array([[float(cell) for cell in row] for row in table])


@pytest.mark.real
def test_fallon_against_ref_et():
    assert fallon(0) < 0.010
    assert round(fallon(1), 3) == 0.015


def knmi() -> pd.DataFrame:
    path = real("pyet-reference") / "etmgeg_260.txt"
    lines = path.read_text(encoding="latin-1").splitlines()
    header = next(number for number, line in enumerate(lines) if line.startswith("# STN"))
    table = pd.read_csv(path, skiprows=header, skipinitialspace=True, encoding="latin-1")
    return table.set_axis(table.columns.str.strip(), axis=1)


@pytest.mark.real
def test_makkink_at_de_bilt():
    """Forty years of the KNMI's own reference evaporation, printed in 0.1 mm."""
    table = knmi()
    sums = makkink(table["TG"].to_numpy() * 0.1, table["Q"].to_numpy() * 0.01)
    difference = sums - table["EV24"].to_numpy() * 0.1
    assert len(table) == 14610
    assert np.sqrt(np.nanmean(difference**2)) < 0.05
    assert (np.abs(difference) <= 0.1).mean() > 0.999
    assert abs(np.nanmean(difference)) < 0.01
    weather = {"shortwave_radiation": table["Q"].to_numpy() * 1e4 / 86400}
    one = network(table["TG"].to_numpy()[None] * 0.1, [52.1], "1980-01-02", DAY, 5.18, 1.9, **weather)
    assert_allclose(potential_evapotranspiration(one, "makkink")[0] * 24, sums, rtol=1e-5)


@pytest.mark.real
def test_coagmet_days():
    """The Colorado network's own ASCE reference ET (tall and short), printed in 0.1 mm."""
    table = pd.read_csv(real("pyet-reference") / "et_coagmet.txt", skipinitialspace=True)
    low, high = table["tmin"].to_numpy(), table["tmax"].to_numpy()
    cold, warm = saturation_pressure(low), saturation_pressure(high)
    vapour = (table["rhmax"] * cold + table["rhmin"] * warm).to_numpy() / 2
    day = pd.to_datetime(table["date"]).dt.day_of_year.to_numpy()
    above = daily_extraterrestrial_radiation(np.array(40.49), day)
    wind = table["windrun"].to_numpy() / 86.4
    for surface, column in (("asce_short", "et_asce0"), ("asce_tall", "et_asce")):
        found = daily_reference(
            low, high, vapour, table["solar"].to_numpy() * 0.0864, wind, above, 1138.0, surface=surface
        )
        difference = found - table[column].to_numpy()
        # A number printed to 0.1 is off by 0.029 on average.
        assert np.sqrt(np.nanmean(difference**2)) < 0.032
        assert np.abs(difference).max() < 0.1
