"""How columns are called, and the units that they hint at."""

import pytest

from thetamix.readers.tables.guess.column_names import MOISTURE, moisture_unit, weather_columns, weather_unit


@pytest.mark.parametrize(
    ("column", "variable"),
    [
        *(
            (name, "air_temperature")
            for name in ("temp", "Temp_C", "tmean", "Tavg", "t2m", "T_air", "ta", "T", "TEMP2MAVG")
        ),
        *(
            (name, "precipitation")
            for name in ("rain", "Rain_mm_Tot", "precip", "PRCP", "tp", "P", "ppt", "pr", "rr")
        ),
        *((name, "potential_evapotranspiration") for name in ("pet", "PET_mm", "eto", "ET0", "et_ref", "pev")),
        *((name, "maximum_air_temperature") for name in ("tmax", "AirTemp_Max", "TX", "temperature_2m_max")),
        *((name, "minimum_air_temperature") for name in ("tmin", "temp_min", "TN")),
        *((name, "relative_humidity") for name in ("RH", "rh_percent", "rel_humidity", "RELHUM2MAVG")),
        *((name, "wind_speed") for name in ("wind_speed", "ws", "u2", "WSPD2MAVG", "wind")),
        *((name, "shortwave_radiation") for name in ("srad", "solar_rad", "Rs", "ssrd", "rad")),
        *((name, "discharge") for name in ("Q", "q_m3s", "Flow", "streamflow")),
        ("dewpoint", "dew_point_temperature"),
    ],
)
def test_what_a_column_holds(column, variable):
    assert weather_columns([column]) == {variable: column}


@pytest.mark.parametrize(
    "column",
    [
        "temp_5cm",
        "soil_temp",
        "rain_flag",
        "PrecipGroup",
        "wind_dir",
        "wind_gust",
        "terrain",
        "actual_evaporation",
        "battery",
    ],
)
def test_what_is_no_weather(column):
    assert weather_columns([column]) == {}


@pytest.mark.parametrize("column", ["VWC_10cm", "swc", "SM", "sm_05", "theta", "soil_moisture_20", "swvl1", "wc_3"])
def test_what_is_soil_moisture(column):
    assert MOISTURE.search(column)
    assert weather_columns([column]) == {}


@pytest.mark.parametrize("column", ["smoke", "small", "WPC", "temp"])
def test_what_is_no_soil_moisture(column):
    assert not MOISTURE.search(column)


def test_units_that_names_and_values_hint_at():
    assert weather_unit("precipitation", "rain_mm_per_day", 0.0) == "mm d-1"
    assert weather_unit("precipitation", "rain_mm/h", 0.0) == "mm h-1"
    assert weather_unit("precipitation", "rain_in", 0.0) == "inch"
    assert weather_unit("precipitation", "rain", 0.0) == "mm"
    assert weather_unit("air_temperature", "t2m", 283.0) == "K"
    assert weather_unit("air_temperature", "temp_F", 60.0) == "degF"
    assert weather_unit("air_temperature", "temp", float("nan")) == "degC"
    assert moisture_unit([24.0, 31.0, 0.2]) == "percent"
    assert moisture_unit([0.24, 31.0, 0.2]) == "m3 m-3"
    assert moisture_unit([]) == "m3 m-3"
