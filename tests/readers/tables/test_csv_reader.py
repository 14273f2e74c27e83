"""What the CSV reader makes of a folder: every number worked out by hand."""

import gzip
import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from numpy.testing import assert_allclose, assert_array_equal

from thetamix.network.netcdf import open_network, write_network
from thetamix.readers.tables.csv_reader import read_csv
from thetamix.readers.tables.files import text_blocks
from thetamix.system.files import sha256


def stamps(network: xr.Dataset) -> list[str]:
    return [str(stamp)[:16] for stamp in network["time"].to_numpy()]


def long_table(folder) -> None:
    """Write the readings of the wide table as a long one, and say so in the mapping."""
    wide = pd.read_csv(folder.path / "series.csv", dtype=str, keep_default_na=False)
    rows = wide.melt(id_vars="time", var_name="probe", value_name="theta")
    rows.to_csv(folder.path / "series.csv", index=False)
    folder.mapping["soil_moisture"] |= {"layout": "long", "sensor": "probe", "value": "theta"}


def test_the_whole_network(folder, expected):
    network = folder.read()
    assert network["cluster_id"].to_numpy().tolist() == ["c2", "c10"]
    assert network["replicate_label"].to_numpy().tolist() == ["A", "B"]
    assert network["replicate"].to_numpy().tolist() == [0, 1]
    assert_allclose(network["depth"], [0.1, 0.3])
    # The stamp is the end of the day; the weather of 31 December is kept as context.
    assert stamps(network) == [f"2020-01-{day:02d}T00:00" for day in (1, 2, 3, 4)]
    assert_array_equal(network["time_bounds"][:, 0], network["time"] - np.timedelta64(1, "D"))
    assert network["soil_moisture"].dtype == np.float32
    assert_array_equal(network["soil_moisture"], expected)
    assert_allclose(network["latitude"], [50.0001, 50.2])
    assert_allclose(network["longitude"], [6.0, 6.0])
    assert_allclose(network["elevation"], [101, 300])
    assert network["sensor_id"].to_numpy()[0, 0].tolist() == ["s1", "s2"]
    assert network["sensor_id"].to_numpy()[0, 1].tolist() == ["", ""]
    assert_allclose(network["sensor_depth"][1, :, 0], [0.1, 0.3])
    assert folder.notes == []
    assert "comment" not in network.attrs


def test_each_cluster_takes_the_nearer_gauge(folder):
    network = folder.read()
    assert network["precipitation_station"].to_numpy().tolist() == ["South", "North"]
    # 0.1001 and 0.01 degrees of latitude.
    assert_allclose(network["precipitation_station_distance"], [11130.6, 1111.95], rtol=1e-4)
    assert_allclose(network["precipitation"], [[2, 0.2, 0, 0], [1, 0, 0.1, 0]], rtol=1e-6)
    assert_allclose(network["air_temperature"], [[1, 2, 3, 4]] * 2)


def test_flags_remark_and_values_stay(folder):
    folder.replace("series.csv", "0.42", "0.72")
    network = folder.read()
    flags = network["soil_moisture_flag"].to_numpy()
    assert flags[1, 0, 0].tolist() == [0, 0, 0, 1]
    assert flags[1, 1, 0].tolist() == [0, 0, 0, 2]
    assert np.count_nonzero(flags) == 2
    assert network["soil_moisture"].to_numpy()[1, 0, 0, 3] == np.float32(-0.01)


def test_constants_become_attributes(folder):
    folder.set("constants", {"geology": "schist", "porosity": 0.315, "sand": 0.2, "soil_type": 3})
    network = folder.read()
    assert network["geology"].to_numpy().tolist() == ["schist", "schist"]
    assert network["soil_type"].to_numpy().tolist() == ["3", "3"]
    assert_allclose(network["porosity"], [0.315, 0.315])
    assert network["porosity"].attrs["units"] == "1"
    assert network["sand"].attrs["long_name"] == "sand"
    assert network["sand"].attrs["units"] == "1"
    # Readings above the porosity are flagged C03.
    assert network["soil_moisture_flag"].to_numpy()[1, 1, 0].tolist() == [0, 4, 4, 4]


def test_attributes_from_the_table_of_sensors(folder):
    lines = folder.text("sensors.csv").splitlines()
    folder.write(
        "sensors.csv",
        "\n".join(
            line + end
            for line, end in zip(lines, [",soil,clay", ",loam,20", ",loam,30", ",,", ",clay,50"], strict=True)
        ),
    )
    folder.set("sensors.attributes", {"soil_type": "soil", "clay": {"column": "clay", "unit": "%"}})
    network = folder.read()
    assert network["soil_type"].to_numpy().tolist() == ["loam", "clay"]
    assert_allclose(network["clay"], [25, 50])
    assert network["clay"].attrs["units"] == "%"


def test_pet_after_oudin(folder):
    folder.set("potential_evapotranspiration", {"method": "oudin"})
    network = folder.read()
    pet = network["potential_evapotranspiration"]
    assert pet.dims == ("cluster", "time")
    assert pet.attrs["units"] == "mm h-1"
    # 1 January, 50.0001 N, 2 degC: Ra = 7.74 MJ m-2 d-1 (8.9 on the 15th in FAO-56, table 2.6).
    assert_allclose(float(pet[0, 1]) * 24, 7.74 / 2.45 * 0.07, rtol=1e-3)


@pytest.mark.parametrize("layout", ["wide", "long"])
@pytest.mark.parametrize("size", [1, 40, 1 << 22])
def test_blocks_do_not_matter(folder, expected, monkeypatch, layout, size):
    if layout == "long":
        long_table(folder)
    monkeypatch.setattr(text_blocks.text_blocks, "__defaults__", (size, None, text_blocks.plain))
    assert_array_equal(folder.read()["soil_moisture"], expected)


def test_shuffled_rows_and_columns(folder, expected):
    for name in ("sensors.csv", "series.csv", "weather.csv"):
        table = pd.read_csv(folder.path / name, dtype=str, keep_default_na=False)
        table.sample(frac=1, random_state=1).sample(frac=1, axis=1, random_state=2).to_csv(
            folder.path / name, index=False
        )
    plain = folder.read()
    assert_array_equal(plain["soil_moisture"], expected)
    assert_allclose(plain["air_temperature"], [[1, 2, 3, 4]] * 2)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda s: "\ufeff" + s, id="byte-order mark"),
        pytest.param(lambda s: s.replace("\n", "\r\n"), id="Windows line ends"),
        pytest.param(lambda s: s.replace("\n", "\r"), id="old Mac line ends"),
        pytest.param(lambda s: s.replace("\n", "\n\n"), id="blank lines"),
        pytest.param(lambda s: s + "\n   \n", id="blanks at the end"),
        pytest.param(lambda s: s + ",,,,\n" if s.startswith("time,s1") else s, id="spreadsheet's empty row"),
        pytest.param(lambda s: s.rstrip("\n"), id="no last line end"),
        pytest.param(lambda s: s.replace(",", ", "), id="blanks before"),
        pytest.param(lambda s: s.replace(",", " ,"), id="blanks behind"),
        pytest.param(lambda s: re.sub(r"([^,\n]+)", r'"\1"', s), id="quotes"),
    ],
)
def test_the_way_a_table_is_written_does_not_matter(folder, expected, change):
    for name in ("sensors.csv", "series.csv", "weather.csv"):
        folder.write(name, change(folder.text(name)))
    network = folder.read()
    assert_array_equal(network["soil_moisture"], expected)
    assert_allclose(network["air_temperature"], [[1, 2, 3, 4]] * 2)
    assert folder.notes == []


def test_semicolons_and_decimal_commas(folder, expected):
    for name in ("sensors.csv", "series.csv", "weather.csv"):
        folder.write(name, folder.text(name).replace(",", ";").replace(".", ","))
    folder.mapping |= {"delimiter": ";", "decimal": ","}
    network = folder.read()
    assert_array_equal(network["soil_moisture"], expected)
    assert_allclose(network["latitude"], [50.0001, 50.2])


def test_one_table_may_be_written_differently(folder, expected):
    folder.write("series.csv", folder.text("series.csv").replace(",", "\t").encode("utf-16"))
    folder.mapping["soil_moisture"] |= {"delimiter": "tab", "encoding": "utf-16"}
    assert_array_equal(folder.read()["soil_moisture"], expected)


def test_latin_1(folder):
    folder.write("sensors.csv", folder.text("sensors.csv").replace("c10", "Höhe").encode("latin-1"))
    folder.set("sensors.encoding", "latin-1")
    assert folder.read()["cluster_id"].to_numpy().tolist() == ["c2", "Höhe"]


def test_gzip(folder, expected):
    folder.write("series.csv.gz", gzip.compress(folder.text("series.csv").encode()))
    folder.set("soil_moisture.file", "series.csv.gz")
    assert_array_equal(folder.read()["soil_moisture"], expected)


def test_missing_codes(folder, expected):
    folder.replace("series.csv", "0.11,,", "0.11,-9999.0,")
    folder.replace("weather.csv", "2.4,0,3", "M,0,3")
    folder.set("missing", [-9999, "M"])
    network = folder.read()
    assert_array_equal(network["soil_moisture"], expected)
    assert_allclose(network["precipitation"][1], [1, 0, np.nan, 0], rtol=1e-6)


@pytest.mark.parametrize("word", ["NA", "NaN", "nan", "NAN", "null", "", "#N/A"])
def test_usual_words_for_missing(folder, expected, word):
    folder.replace("series.csv", "0.11,,", f"0.11,{word},")
    assert_array_equal(folder.read()["soil_moisture"], expected)


def test_percent(folder, expected):
    wide = pd.read_csv(folder.path / "series.csv")
    (wide.set_index("time") * 100).to_csv(folder.path / "series.csv")
    folder.set("soil_moisture.unit", "percent")
    assert_allclose(folder.read()["soil_moisture"], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("variable", "unit", "factor"),
    [
        ("precipitation", "mm", 1 / 24),
        ("precipitation", "mm h-1", 1),
        ("precipitation", "inch", 25.4 / 24),
        ("precipitation", "m d-1", 1000 / 24),
        ("precipitation", "kg m-2 s-1", 3600),
    ],
)
def test_units_of_rain(folder, variable, unit, factor):
    folder.set(f"forcing.0.variables.{variable}.unit", unit)
    rain = np.array([24, 0, 2.4, 0])  # [mm h-1], what can be
    days = ("2019-12-31", "2020-01-01", "2020-01-02", "2020-01-03")
    rows = [f"{day},{value},0,1" for day, value in zip(days, rain / factor, strict=True)]
    folder.write("weather.csv", "\n".join(["time,rain_north,rain_south,temperature", *rows]) + "\n")
    assert_allclose(folder.read()[variable][1], rain, rtol=1e-6)


def test_stamps_at_the_end_of_the_interval(folder):
    folder.set("stamp", "end")
    assert stamps(folder.read())[-1] == "2020-01-03T00:00"


def test_local_standard_time(folder):
    folder.set("utc_offset", "-06:00")
    # The day of 1 January begins at 06:00 UTC and ends a day later.
    assert stamps(folder.read()) == [f"2020-01-{day:02d}T06:00" for day in (1, 2, 3, 4)]


@pytest.mark.parametrize("offset", ["+10:00", "-10:30"])
def test_an_offset_that_yaml_takes_for_a_number(folder, offset):
    mapping = folder.path / "unquoted.yml"
    mapping.write_text(yaml.safe_dump(folder.mapping).replace("'+00:00'", offset).replace("+00:00", offset))
    network = read_csv(folder.path, mapping)
    hours = {"+10:00": "14:00", "-10:30": "10:30"}[offset]
    assert stamps(network)[-1].endswith(hours)


def test_tables_with_clocks_of_their_own(folder, expected):
    folder.replace("weather.csv", "2019-12-31", "2020-01-01")
    for day in (3, 2, 1):
        folder.replace("weather.csv", f"\n2020-01-{day:02d},", f"\n2020-01-{day + 1:02d},")
    lines = folder.text("weather.csv").splitlines()
    lines[1] = lines[1].replace("2020-01-02", "2020-01-01")
    folder.write("weather.csv", "\n".join(lines))
    folder.mapping["forcing"][0]["stamp"] = "end"
    network = folder.read()
    assert_array_equal(network["soil_moisture"], expected)
    assert_allclose(network["air_temperature"], [[1, 2, 3, 4]] * 2)


def test_stamps_that_carry_their_offset(folder, expected):
    for name in ("series.csv", "weather.csv"):
        text_ = "\n".join(
            line.replace(",", "T00:00:00+02:00,", 1) if line[:2] == "20" else line
            for line in folder.text(name).splitlines()
        )
        folder.write(name, text_)
    folder.set("utc_offset", None)
    network = folder.read()
    assert stamps(network)[0] == "2019-12-31T22:00"
    assert_array_equal(network["soil_moisture"], expected)


def test_time_format_and_time_in_two_columns(folder, expected):
    lines = ["day,hour,s1,s2,s3,s4"]
    for row in folder.text("series.csv").splitlines()[1:]:
        date, values = row.split(",", 1)
        year, month, day = date.split("-")
        lines.append(f"{day}.{month}.{year},00:00,{values}")
    folder.write("series.csv", "\n".join(lines))
    folder.mapping["soil_moisture"] |= {"time": ["day", "hour"], "time_format": "%d.%m.%Y %H:%M"}
    assert_array_equal(folder.read()["soil_moisture"], expected)


def test_a_long_table(folder, expected):
    long_table(folder)
    assert_array_equal(folder.read()["soil_moisture"], expected)


def test_a_long_table_with_other_things_in_it(folder, expected):
    """Sensors named by two columns, other quantities among the rows: as dataloggers' data bases export."""
    long_table(folder)
    rows = pd.read_csv(folder.path / "series.csv", dtype=str, keep_default_na=False)
    rows["kind"], rows["port"] = "VWC", "1"
    other = rows.assign(kind="temperature", theta="15")
    pd.concat([other, rows]).to_csv(folder.path / "series.csv", index=False)
    folder.mapping["soil_moisture"] |= {"sensor": ["probe", "port"], "where": {"kind": "VWC", "port": [1, 2]}}
    table = pd.read_csv(folder.path / "sensors.csv", dtype=str)
    table["name"] += "/1"
    table.to_csv(folder.path / "sensors.csv", index=False)
    assert_array_equal(folder.read()["soil_moisture"], expected)


def test_several_tables_of_readings(folder, expected):
    lines = folder.text("series.csv").splitlines()
    folder.write("early.csv", "\n".join(lines[:2]))
    folder.write("late.csv", "\n".join([lines[0], *lines[2:]]))
    folder.set(
        "soil_moisture",
        [{"file": name, "time": "time", "unit": "m3 m-3"} for name in ("late.csv", "early.csv")],
    )
    assert_array_equal(folder.read()["soil_moisture"], expected)


def test_a_long_table_of_weather_and_a_table_of_stations(folder):
    folder.write(
        "weather.csv",
        "time,where,rain,temperature\n"
        "2020-01-01,North,2.4,5\n2020-01-01,South,0,7\n2020-01-02,South,4.8,8\n2020-01-02,North,0,\n2020-01-03,South,0,9\n",
    )
    folder.write("stations.csv", "station,x,y\nSouth,500000,5530000\nNorth,500000,5560000\nFar,500000,6000000\n")
    folder.set(
        "forcing",
        {
            "file": "weather.csv",
            "time": "time",
            "station": "where",
            "variables": {
                "precipitation": {"column": "rain", "unit": "mm"},
                "air_temperature": {"column": "temperature", "unit": "degC"},
            },
        },
    )
    folder.set(
        "stations",
        {"file": "stations.csv", "station": "station", "easting": "x", "northing": "y", "crs": "EPSG:32632"},
    )
    folder.replace("sensors.csv", ",6.0,", ",9.0,")  # the middle of UTM zone 32
    network = folder.read()
    assert network["precipitation_station"].to_numpy().tolist() == ["South", "North"]
    assert_allclose(network["precipitation"], [[0, 0.2, 0], [0.1, 0, np.nan]], rtol=1e-6)
    assert_allclose(network["air_temperature"], [[7, 8, 9], [5, np.nan, np.nan]])


def test_discharge_comes_from_the_gauge_of_the_catchment(folder):
    folder.replace("sensors.csv", "height_m", "height_m,gauge")
    lines = folder.text("sensors.csv").splitlines()
    ends = ["", ",G1", ",G1", ",G2", ",G2"]
    folder.write("sensors.csv", "\n".join(line + end for line, end in zip(lines, ends, strict=True)))
    folder.write("flow.csv", "time,q1,q2\n2020-01-01,1000,5\n2020-01-02,,6\n")
    folder.set("sensors.attributes", {"discharge_gauge": "gauge"})
    folder.mapping["forcing"].append(
        {
            "file": "flow.csv",
            "time": "time",
            "variables": {"discharge": {"unit": "L s-1", "columns": {"G1": "q1", "G2": "q2"}}},
        }
    )
    network = folder.read()
    assert_allclose(network["discharge"], [[np.nan, 1, np.nan, np.nan], [np.nan, 0.005, 0.006, np.nan]])
    assert network["discharge_gauge"].to_numpy().tolist() == ["G1", "G2"]


def test_projected_coordinates(folder):
    folder.replace("sensors.csv", "lat,lon", "x,y")
    for old, new in (
        ("50.0,6.0", "80000,100000"),
        ("50.0002,6.0", "80010,100000"),
        ("50.2,6.0", "80000,120000"),
    ):
        folder.replace("sensors.csv", old, new)
    folder.set("sensors.latitude", None)
    folder.set("sensors.longitude", None)
    folder.mapping["sensors"] |= {"easting": "x", "northing": "y", "crs": "EPSG:2169"}
    network = folder.read()
    # The origin of EPSG:2169 is 49 50' N, 6 10' E on its own ellipsoid; WGS 84 is some 100 m off.
    assert_allclose(network["latitude"][0], 49 + 50 / 60, atol=0.002)
    assert_allclose(network["longitude"][0], 6 + 10 / 60, atol=0.002)
    assert_allclose(network["latitude"][1] - network["latitude"][0], 20000 / 111_230, rtol=1e-3)


def test_depths_snap_to_nominal_ones(folder):
    folder.replace("sensors.csv", "A,10,50.0,", "A,12,50.0,")
    folder.set("depths", {"nominal": [0.1, 0.3, 0.5], "tolerance": 0.02})
    network = folder.read()
    assert_allclose(network["depth"], [0.1, 0.3, 0.5])
    assert_allclose(network["sensor_depth"][0, 0], [0.12, 0.10])


def test_replicates_named_by_a_pattern(folder, expected):
    for old, new in (("c2,A", "c2,c2_A"), ("c2,B", "c2,c2_B"), ("c10,A", "c10,c10_A")):
        folder.replace("sensors.csv", old, new)
    folder.set("sensors.replicate", {"column": "profile", "pattern": "_([A-Z])$"})
    network = folder.read()
    assert network["replicate_label"].to_numpy().tolist() == ["A", "B"]
    assert_array_equal(network["soil_moisture"], expected)


def test_one_sensor_at_a_place_needs_no_replicate_names(folder):
    folder.write("sensors.csv", "\n".join(r for r in folder.text("sensors.csv").splitlines() if "s2" not in r))
    folder.set("sensors.replicate", None)
    network = folder.read()
    assert network.sizes["replicate"] == 1
    assert folder.notes == ["1 name(s) in the series without a row in sensors.csv, left out: s2"]


def test_what_does_not_fit_is_reported(folder):
    folder.replace("sensors.csv", "s1,c2", "s9,c2")
    folder.replace("series.csv", "0.20", "")
    folder.replace("series.csv", "0.22", "")
    network = folder.read()
    assert folder.notes == [
        "1 name(s) in the series without a row in sensors.csv, left out: s1",
        "1 sensor(s) in sensors.csv but not in the series, empty in the network: s9",
        "1 sensor(s) without a single reading: s2",
    ]
    assert network.attrs["comment"] == "; ".join(folder.notes)
    assert np.isnan(network["soil_moisture"][0]).all()


def test_a_cluster_that_is_too_wide_is_reported(folder):
    folder.replace("sensors.csv", "50.0002", "50.2")
    folder.read()
    assert folder.notes == ["cluster c2 has a sensor 11.1 km from its middle: check the coordinates"]


def test_a_period_limits_the_axis(folder):
    folder.set("period", {"start": "2020-01-01", "end": "2020-01-02"})
    assert stamps(folder.read()) == ["2020-01-02T00:00", "2020-01-03T00:00"]


def test_gaps_of_whole_rows(folder):
    folder.replace("series.csv", "2020-01-03", "2020-01-10")
    network = folder.read()
    assert network.sizes["time"] == 11
    assert np.isfinite(network["soil_moisture"][1, 1, 0]).to_numpy().tolist() == [
        False,
        True,
        True,
        *[False] * 7,
        True,
    ]


def test_irregular_visits_on_a_daily_axis(folder):
    """Read by hand, never on neighbouring days: the step is a day all the same."""
    folder.replace("series.csv", "2020-01-02", "2020-01-04")
    folder.replace("series.csv", "2020-01-03", "2020-01-06")
    folder.replace("series.csv", "2020-01-06", "2020-01-09")
    network = folder.read()
    there = np.isfinite(network["soil_moisture"][1, 1, 0]).to_numpy()
    assert np.flatnonzero(there).tolist() == [1, 4, 9]


def test_hourly(folder):
    times = pd.date_range("2020-03-29 00:00", periods=48, freq="h")
    wide = pd.DataFrame({"time": times, **{f"s{n}": np.linspace(0.1, 0.2, 48) * n for n in range(1, 5)}})
    wide.to_csv(folder.path / "series.csv", index=False)
    folder.set("forcing", None)
    folder.mapping |= {"step": "1h", "stamp": "end", "utc_offset": "+01:00"}
    network = folder.read()
    assert stamps(network)[0] == "2020-03-28T23:00"
    assert_allclose(network["soil_moisture"][0, 0, 1], np.linspace(0.2, 0.4, 48), rtol=1e-6)


def test_same_input_same_bytes(folder, tmp_path):
    folder.set("potential_evapotranspiration", {"method": "oudin"})
    for name in ("one.nc", "two.nc"):
        write_network(folder.read(), tmp_path / name)
    assert sha256(tmp_path / "one.nc") == sha256(tmp_path / "two.nc")
    with open_network(tmp_path / "one.nc") as network:
        assert network.attrs["history"].startswith("thetamix ")
        assert str(tmp_path.parent) not in str(network.attrs)


def test_progress_goes_from_file_to_file(folder):
    told: list[tuple[str, float]] = []
    mapping = folder.path / "mapping.yml"
    mapping.write_text(yaml.safe_dump(folder.mapping))
    read_csv(folder.path, mapping, lambda what, share: told.append((what, share)))
    assert told[0][0] == "looking at series.csv"
    assert {what for what, _ in told} == {
        f"{verb} {name}" for verb in ("looking at", "reading") for name in ("series.csv", "weather.csv")
    }
    assert all(0 <= share <= 1 for _, share in told)
