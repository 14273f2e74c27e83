"""Units: every conversion against UDUNITS' definitions, written out here."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from thetamix.network.schema import VARIABLES
from thetamix.network.units import CONVERSIONS, conversion, convert
from thetamix.system.errors import InputError

HOUR, DAY = np.timedelta64(1, "h"), np.timedelta64(1, "D")

# (variable, unit, raw, in the network's unit) for a step of one day.
KNOWN = [
    ("soil_moisture", "m3 m-3", 0.3, 0.3),
    ("soil_moisture", "cm3 cm-3", 0.3, 0.3),
    ("soil_moisture", "percent", 30, 0.3),
    ("soil_moisture", "%", 30, 0.3),
    ("soil_moisture", "vol%", 30, 0.3),
    ("soil_moisture", "Vol. %", 30, 0.3),
    ("soil_moisture", "Vol.-%", 30, 0.3),
    ("soil_moisture", "VOL.%", 30, 0.3),
    ("soil_moisture", "% vol", 30, 0.3),
    ("soil_moisture", "Percent", 30, 0.3),
    ("soil_moisture", "m³/m³", 0.3, 0.3),
    ("soil_moisture", "m³ m⁻³", 0.3, 0.3),
    ("soil_moisture", "cm³ cm\u22123", 0.3, 0.3),
    ("air_temperature", "°C", 20, 20),
    ("air_temperature", "℃", 20, 20),
    ("air_temperature", "deg F", 68, 20),
    ("shortwave_radiation", "W/m²", 100, 100),
    ("precipitation", "mm/hr", 1, 1),
    ("precipitation", "mm hr-1", 1, 1),
    ("precipitation", "mm h-1", 1, 1),
    ("precipitation", "mm", 24, 1),
    ("precipitation", "kg m-2", 24, 1),
    ("precipitation", "mm d-1", 24, 1),
    ("precipitation", "mm/day", 24, 1),
    ("precipitation", "mm s-1", 1, 3600),
    ("precipitation", "kg m-2 s-1", 1 / 3600, 1),
    ("precipitation", "m h-1", 0.001, 1),
    ("precipitation", "m d-1", 0.024, 1),
    ("precipitation", "m s-1", 1 / 3.6e6, 1),
    ("precipitation", "inch", 1, 25.4 / 24),
    ("precipitation", "in", 1, 25.4 / 24),
    ("potential_evapotranspiration", "mm d-1", 24, 1),
    ("air_temperature", "degC", 20, 20),
    ("air_temperature", "K", 293.15, 20),
    ("air_temperature", "degF", 68, 20),
    ("air_temperature", "F", -40, -40),
    ("discharge", "m3 s-1", 1, 1),
    ("discharge", "L s-1", 1000, 1),
    ("discharge", "l/s", 1000, 1),
    ("discharge", "m3 h-1", 3600, 1),
    ("discharge", "m3 d-1", 86400, 1),
    ("discharge", "ft3 s-1", 1, 0.028316846592),
    ("precipitation", "m", 0.024, 1),
    ("precipitation", "0.1 mm", 240, 1),
    ("air_temperature", "0.1 degC", -99, -9.9),
    ("air_temperature", "0.1 K", 2931.5, 20),
    ("relative_humidity", "percent", 55, 55),
    ("relative_humidity", "1", 0.55, 55),
    ("vapour_pressure", "hPa", 12, 1.2),
    ("vapour_pressure", "Pa", 1200, 1.2),
    ("wind_speed", "km h-1", 3.6, 1),
    ("wind_speed", "mph", 1, 0.44704),
    ("wind_speed", "knot", 1, 1852 / 3600),
    ("wind_speed", "km d-1", 86.4, 1),
    ("shortwave_radiation", "MJ m-2", 8.64, 100),
    ("shortwave_radiation", "J cm-2", 864, 100),
    ("shortwave_radiation", "J m-2", 8.64e6, 100),
    ("shortwave_radiation", "MJ m-2 h-1", 0.36, 100),
    ("shortwave_radiation", "MJ m-2 d-1", 8.64, 100),
    ("shortwave_radiation", "langley", 8.64e6 / 41840, 100),
    ("shortwave_radiation", "langley h-1", 3.6e5 / 41840, 100),
    ("sensor_depth", "cm", 30, 0.3),
    ("sensor_depth", "mm", 300, 0.3),
    ("sensor_depth", "inch", 1, 0.0254),
    ("elevation", "ft", 1000, 304.8),
    ("elevation", "m", 470, 470),
    ("latitude", "degrees", -45, -45),
    ("longitude", "degrees_east", 190, 190),
    ("porosity", "%", 45, 0.45),
]


@pytest.mark.parametrize(("variable", "unit", "raw", "expected"), KNOWN)
def test_known_conversions(variable, unit, raw, expected):
    assert_allclose(
        convert(np.array([raw, np.nan]), conversion(variable, unit, "f"), DAY), [expected, np.nan], rtol=1e-12
    )


def test_every_unit_of_the_network_stays_as_it_is():
    for name, known in VARIABLES.items():
        if known.units is not None:
            how = conversion(name, known.units, "f")
            assert (how.factor, how.offset, how.per_step) == (1, 0, False)


def test_amounts_depend_on_the_step():
    how = conversion("precipitation", "mm", "f")
    for hours in (0.5, 1, 2, 24):
        step = np.timedelta64(int(hours * 3600), "s")
        assert_allclose(convert(np.array([3.0]), how, step), [3 / hours])


@given(
    st.sampled_from([(target, unit) for target, units in CONVERSIONS.items() for unit in units]),
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20),
    st.sampled_from([HOUR, DAY]),
)
def test_conversions_are_linear_and_keep_the_order(which, values, step):
    target, unit = which
    how = CONVERSIONS[target][unit]
    raw = np.sort(np.array(values))
    found = convert(raw, how, step)
    assert found.shape == raw.shape
    assert (np.diff(found) >= 0).all()
    back = (found - how.offset) / how.factor * (step / HOUR if how.per_step else 1)
    assert_allclose(back, raw, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize(
    ("variable", "unit", "words"),
    [
        ("soil_moisture", "m3/m-3", "known are: %, "),
        ("precipitation", "mm/3hr", "; known are: cm, in, inch, "),
        ("precipitation", "mm per day", "unknown unit 'mm per day' for precipitation [mm h-1]"),
        ("air_temperature", "Celcius", "known are: C, "),
        ("soil_moisture", "mm", "this is water in a layer; say linear: [0, 1/THICKNESS IN MM], unit: m3 m-3"),
        ("soil_moisture", "raw counts", "what a probe gives before its calibration; say linear: [a, b]"),
        ("soil_moisture", "g/g", "water by mass; multiplied by the bulk density"),
        ("soil_moisture", "hPa", "a tension"),
        ("discharge", "mm", "unknown unit 'mm' for discharge [m3 s-1]"),
        ("precipitation", "", "unknown unit ''"),
    ],
)
def test_unknown_units_are_refused(variable, unit, words):
    with pytest.raises(InputError) as caught:
        conversion(variable, unit, "rain.csv: column 'p'")
    assert str(caught.value).startswith("rain.csv: column 'p': ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "unit", "same"),
    [
        ("precipitation", "kg/m2/s", "kg m-2 s-1"),
        ("precipitation", "kg m**-2 s**-1", "kg m-2 s-1"),
        ("precipitation", "kg/m^2", "kg m-2"),
        ("precipitation", "mm/hour", "mm h-1"),
        ("precipitation", "mm.d-1", "mm d-1"),
        ("precipitation", "0.2mm", "0.2 mm"),
        ("air_temperature", "degrees C", "degC"),
        ("air_temperature", "degree_Celsius", "degC"),
        ("air_temperature", "Kelvin", "K"),
        ("shortwave_radiation", "J/m2", "J m-2"),
        ("shortwave_radiation", "Wm-2", "W m-2"),
        ("shortwave_radiation", "MJ/m^2/day", "MJ m-2 d-1"),
        ("soil_moisture", "m^3.m^-3", "m3 m-3"),
        ("soil_moisture", "VOL. %", "percent"),
        ("discharge", "m**3 s**-1", "m3 s-1"),
    ],
)
def test_spellings_of_a_unit(variable, unit, same):
    """As files of MERRA-2, E-OBS, Daymet, GLDAS and ERA5 have them; J/m2 was taken for a mistyped MJ/m2."""
    assert conversion(variable, unit, "f") == conversion(variable, same, "f")


def test_blanks_around_a_unit_do_not_matter():
    assert conversion("precipitation", " mm ", "f").per_step
