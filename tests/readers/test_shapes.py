"""Tables of other shapes: loggers' headers, Excel, files for each sensor, sensors by name, archives, own steps."""

import shutil
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import yaml
from numpy.testing import assert_allclose

from thetamix.readers import silent
from thetamix.readers.tables.csv_reader import read_csv
from thetamix.readers.tables.guess.guess_mapping import guess_mapping
from thetamix.readers.tables.mapping import Mapping, load_mapping
from thetamix.system.errors import InputError

DAYS = ["2020-01-01", "2020-01-02", "2020-01-03"]
ABOUT = {"title": "A test", "source": "made up"}
BASE = {"about": ABOUT, "step": "1d", "utc_offset": "+00:00", "stamp": "start"}
NAMES = {"names": r"(?P<cluster>\w+)/vwc_(?P<depth>\d+)cm(?P<replicate>[AB]?)", "depth_unit": "cm"}


def read(tmp_path, mapping, source=None, notes=None):
    path = tmp_path / "mapping.yml"
    path.write_text(yaml.safe_dump(BASE | mapping))
    return read_csv(source or tmp_path, path, note=silent if notes is None else notes.append)


def station(tmp_path, name, **columns):
    (tmp_path / "soil").mkdir(exist_ok=True)
    pd.DataFrame({"day": DAYS} | columns).to_csv(tmp_path / "soil" / f"{name}_soil.csv", index=False)


SERIES = {"file": "soil/{station}_soil.csv", "time": "day", "unit": "m3 m-3"}


def test_a_file_for_each_station(tmp_path):
    station(tmp_path, "s2", vwc_5cm=[0.1, 0.2, 0.3], vwc_20cm=[0.4, 0.4, 0.4], temp_5cm=[9, 9, 9])
    station(tmp_path, "s10", vwc_5cm=[0.3, None, 0.1])
    places = pd.DataFrame({"name": ["s10", "s2", "s99"], "lat": [50, 51, 52], "lon": [6, 7, 8], "z": [100, 200, 300]})
    places["soil"] = ["clay", "sand", "peat"]
    places.to_csv(tmp_path / "places.csv", index=False)
    where = {
        "file": "places.csv",
        "cluster": "name",
        "latitude": "lat",
        "longitude": "lon",
        "elevation": {"column": "z", "unit": "m"},
        "attributes": {"soil_type": "soil"},
    }
    notes: list[str] = []
    network = read(tmp_path, {"sensors": NAMES | {"places": where}, "soil_moisture": SERIES}, notes=notes)
    assert network["cluster_id"].to_numpy().tolist() == ["s2", "s10"]
    assert_allclose(network["depth"], [0.05, 0.2])
    assert_allclose(network["soil_moisture"][0, :, 0], [[0.1, 0.2, 0.3], [0.4, 0.4, 0.4]])
    assert_allclose(network["soil_moisture"][1, 0, 0], [0.3, np.nan, 0.1])
    assert network["sensor_id"].to_numpy()[0, 1, 0] == "s2/vwc_20cm"
    assert_allclose(network["latitude"], [51, 50])
    assert_allclose(network["elevation"], [200, 100])
    assert network["soil_type"].to_numpy().tolist() == ["sand", "clay"]
    assert notes == ["1 name(s) in the series that do not fit sensors.names, taken for no sensors: s2/temp_5cm"]
    notes.clear()
    read(
        tmp_path,
        {"sensors": NAMES | {"places": where, "leave_out": ["s10/vwc_5cm"]}, "soil_moisture": SERIES},
        notes=notes,
    )


def test_a_file_for_each_sensor(tmp_path):
    for depth, site, value in ((30, "s1", 0.1), (60, "s1", 0.2), (30, "s2", 0.3)):
        pd.DataFrame({"Time": DAYS, "sm": value}).to_csv(tmp_path / f"sm_d{depth}cm_{site}.csv", index=False)
    network = read(
        tmp_path,
        {
            "sensors": {"names": r"(?P<depth>\d+)/(?P<cluster>s\d)", "depth_unit": "cm"},
            "soil_moisture": {
                "file": "sm_d{depth}cm_{site}.csv",
                "time": "Time",
                "layout": "single",
                "value": "sm",
                "unit": "m3 m-3",
            },
        },
    )
    assert_allclose(network["soil_moisture"][:, :, 0, 0], [[0.1, 0.2], [0.3, np.nan]])


def test_replicates_by_the_names_of_a_long_table(tmp_path):
    table = pd.DataFrame(
        [(day, "p1", f"{depth}{side}", depth / 100) for day in DAYS for depth in (5, 25) for side in "EW"],
        columns=["day", "plot", "position", "v"],
    )
    table.loc[len(table)] = ["2020-01-01", "p1", "air", 14.0]
    table.to_csv(tmp_path / "long.csv", index=False)
    network = read(
        tmp_path,
        {
            "sensors": {"names": r"(?P<cluster>\w+)/(?P<depth>\d+)(?P<replicate>[EW])", "depth_unit": "cm"},
            "soil_moisture": {
                "file": "long.csv",
                "layout": "long",
                "time": "day",
                "sensor": ["plot", "position"],
                "value": "v",
                "unit": "m3 m-3",
            },
        },
    )
    assert network["replicate_label"].to_numpy().tolist() == ["E", "W"]
    assert_allclose(network["soil_moisture"][0, :, :, 0], [[0.05, 0.05], [0.25, 0.25]])


@pytest.mark.parametrize(
    ("sensors", "words"),
    [
        ({"names": r"(?P<cluster>x\w+)/vwc_(?P<depth>\d+)cm"}, "no name fits the pattern"),
        ({"names": r"(?P<cluster>\w+)/(?P<depth>\w+)"}, "'temp_5cm' is no depth \\[cm\\]"),
        ({"names": r"(?P<place>\w+)/(?P<depth>\w+)"}, "needs the groups"),
        ({"names": r"(?P<cluster>\w+"}, "is not a regular expression"),
        ({"leave_out": ["s1/vwc_6cm"]}, "leave_out: there is no 's1/vwc_6cm'"),
        ({"depth_unit": "furlong"}, "unknown unit 'furlong' for sensor_depth"),
        ({"names": r"(?P<cluster>s)1/vwc_\d+(?P<depth>)cm"}, "'' is no depth"),
    ],
)
def test_names_that_say_nothing(tmp_path, sensors, words):
    station(tmp_path, "s1", vwc_5cm=[0.1, 0.2, 0.3], temp_5cm=[9, 9, 9])
    with pytest.raises(InputError, match=words):
        read(tmp_path, {"sensors": NAMES | sensors, "soil_moisture": SERIES})


def test_no_file_of_such_a_name(tmp_path):
    station(tmp_path, "s1", vwc_5cm=[0.1, 0.2, 0.3])
    with pytest.raises(InputError, match=r"no file has such a name; the folder holds: .*s1_soil\.csv"):
        read(tmp_path, {"sensors": NAMES, "soil_moisture": SERIES | {"file": "soil/{x}_soils.csv"}})


def test_none_of_the_places(tmp_path):
    station(tmp_path, "s1", vwc_5cm=[0.1, 0.2, 0.3])
    (tmp_path / "places.csv").write_text("name,lat,lon\nS-1,50,6\n")
    where = {"file": "places.csv", "cluster": "name", "latitude": "lat", "longitude": "lon"}
    with pytest.raises(InputError, match="none of the clusters s1 is in it; it has S-1"):
        read(tmp_path, {"sensors": NAMES | {"places": where}, "soil_moisture": SERIES})


@pytest.mark.parametrize("ending", ["zip", "tar.gz"])
def test_archives_are_read_as_their_folder(tmp_path, ending):
    station(tmp_path, "s1", vwc_5cm=[0.1, 0.2, 0.3])
    path = tmp_path / f"data.{ending}"
    if ending == "zip":
        with zipfile.ZipFile(path, "w") as packed:
            packed.write(tmp_path / "soil" / "s1_soil.csv", "soil/s1_soil.csv")
    else:
        with tarfile.open(path, "w:gz") as packed:
            packed.add(tmp_path / "soil", "soil")
    network = read(tmp_path, {"sensors": NAMES, "soil_moisture": SERIES}, source=path)
    assert network.sizes["time"] == 3
    assert f"import csv data.{ending}" in network.attrs["history"]
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(InputError, match=r"cut or damaged|not a \.zip or \.tar\.gz"):
        read(tmp_path, {"sensors": NAMES, "soil_moisture": SERIES}, source=path)


def test_an_archive_that_would_write_elsewhere(tmp_path):
    station(tmp_path, "s1", vwc_5cm=[0.1, 0.2, 0.3])
    path = tmp_path / "data.tar.gz"
    with tarfile.open(path, "w:gz") as packed:
        packed.add(tmp_path / "soil" / "s1_soil.csv", "../elsewhere.csv")
    with pytest.raises(InputError, match="cut or damaged"):
        read(tmp_path, {"sensors": NAMES, "soil_moisture": SERIES}, source=path)
    assert not (tmp_path.parent / "elsewhere.csv").exists()


TOA5 = """\
"TOA5","CR1000","CR1000","1234","CR1000.Std.22","CPU:soil.CR1","55511","Hourly"
"TIMESTAMP","RECORD","vwc_5cm","BattV"
"TS","RN","m3/m3","Volts"
"","","Avg","Min"
"2020-01-02 00:00:00",1,0.25,12.9
"2020-01-03 00:00:00",2,"NAN",12.8
"2020-01-04 00:00:00",3,0.27,12.7
"""


def test_a_campbell_logger(tmp_path):
    (tmp_path / "CR1_Hourly.dat").write_text(TOA5)
    network = read(
        tmp_path,
        {
            "stamp": "end",
            "sensors": NAMES,
            "soil_moisture": {"file": "{logger}_Hourly.dat", "time": "TIMESTAMP", "unit": "m3/m3"},
        },
    )
    assert network["cluster_id"].to_numpy().tolist() == ["CR1"]
    assert_allclose(network["soil_moisture"].to_numpy().ravel(), [0.25, np.nan, 0.27])
    (tmp_path / "CR1_Hourly.dat").write_text(TOA5.replace("0.27", "x"))
    with pytest.raises(InputError, match="column 'vwc_5cm', line 7: 'x' is not a number"):
        read(
            tmp_path,
            {
                "stamp": "end",
                "sensors": NAMES,
                "soil_moisture": {"file": "{logger}_Hourly.dat", "time": "TIMESTAMP", "unit": "m3/m3"},
            },
        )


def test_a_preamble(tmp_path):
    text = 'SOURCE: somebody\n\nDAY = the "day"\nday;vwc_5cm\n\n20200101;10\n20200102;20\n'
    (tmp_path / "a.csv").write_text(text)
    series = {"file": "{x}.csv", "time": "day", "unit": "percent", "header_line": 4, "delimiter": ";"}
    mapping = {"sensors": NAMES, "soil_moisture": series | {"time_format": "%Y%m%d"}}
    assert_allclose(read(tmp_path, mapping)["soil_moisture"].to_numpy().ravel(), [0.1, 0.2])
    mapping["soil_moisture"]["header_line"] = 99
    with pytest.raises(InputError, match="has no line 99; correct header_line"):
        read(tmp_path, mapping)


def test_excel(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["nothing here"])
    sheet = book.create_sheet("Soil")
    sheet.append(["day", "vwc_5cm", "remark"])
    for at, value in enumerate([0.1, None, 0.3]):
        sheet.append([pd.Timestamp(DAYS[at]).to_pydatetime(), value, "wet, very\nwet" if at == 1 else None])
    book.save(tmp_path / "s1.xlsx")
    series = {"file": "{x}.xlsx", "sheet": "Soil", "time": "day", "unit": "m3 m-3"}
    network = read(tmp_path, {"sensors": NAMES, "soil_moisture": series})
    assert_allclose(network["soil_moisture"].to_numpy().ravel(), [0.1, np.nan, 0.3])
    with pytest.raises(InputError, match=r"has no sheet 'Soils'; did you mean \"Soil\""):
        read(tmp_path, {"sensors": NAMES, "soil_moisture": series | {"sheet": "Soils"}})
    (tmp_path / "s1.xlsx").write_bytes(b"PK nonsense")
    with pytest.raises(InputError, match="is no readable Excel file"):
        read(tmp_path, {"sensors": NAMES, "soil_moisture": series})


def test_a_sheet_of_no_excel_file(tmp_path):
    station(tmp_path, "s1", vwc_5cm=[0.1, 0.2, 0.3])
    with pytest.raises(InputError, match="is no Excel file"):
        read(tmp_path, {"sensors": NAMES, "soil_moisture": SERIES | {"sheet": "Soil"}})


def test_weather_of_each_cluster_and_another_step(tmp_path):
    station(tmp_path, "s1", vwc_5cm=[0.1, 0.2, 0.3])
    station(tmp_path, "s2", vwc_5cm=[0.1, 0.2, 0.3])
    hours = pd.date_range("2020-01-01", periods=72, freq="h").strftime("%Y-%m-%d %H:%M")
    for name, rain in (("s1", 1.0), ("s9", 2.0)):
        pd.DataFrame({"time": hours, "p": rain}).to_csv(tmp_path / f"{name}_rain.csv", index=False)
    forcing = {
        "file": "{station}_rain.csv",
        "time": "time",
        "step": "1h",
        "variables": {"precipitation": {"unit": "mm", "column": "p"}},
    }
    notes: list[str] = []
    network = read(tmp_path, {"sensors": NAMES, "soil_moisture": SERIES, "forcing": forcing}, notes=notes)
    assert_allclose(network["precipitation"], [[1, 1, 1], [np.nan] * 3])
    assert notes == ["1 cluster(s) without precipitation of their own: s2"]


# --- the first mapping


def fill(text: str) -> str:
    return text.replace("TODO", "x")


def test_a_guess_can_be_read(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    station(folder, "s1", vwc_5cm=[0.1, 0.2, 0.3], vwc_20cm=[0.2, 0.2, 0.2])
    station(folder, "s2", vwc_5cm=[0.1, 0.2, 0.3], vwc_20cm=[0.2, 0.2, 0.2])
    weather = pd.DataFrame({"date": DAYS, "rain_mm": [0, 1, 2], "air_temp": [1, 2, 3]})
    weather.to_csv(folder / "weather.csv", index=False)
    text = guess_mapping(folder)
    path = tmp_path / "mapping.yml"
    path.write_text(fill(text))
    keys = load_mapping(path, Mapping)
    assert keys.step == "1d"
    assert keys.soil_moisture[0].file == "soil/{station}_soil.csv"
    assert set(keys.forcing[0].variables) == {"precipitation", "air_temperature"}
    network = read_csv(folder, path)
    assert_allclose(network["depth"], [0.05, 0.2])
    assert network.sizes["cluster"] == 2


def test_a_guess_finds_the_table_of_sensors(folder):
    text = guess_mapping(folder.path)
    path = folder.path / "guess.yml"
    path.write_text(fill(text))
    keys = load_mapping(path, Mapping)
    assert keys.sensors.file == "sensors.csv"
    assert "file: series.csv" in text
    assert "TODO" in text


def test_a_guess_reads_values_archives_and_several_headers(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    table = pd.DataFrame({"time": DAYS, "a1": [24.0, 25.0, 26.0], "a2": [-9999, 30.0, 31.0]})
    table.to_csv(folder / "readings.csv", index=False)
    for number, more in enumerate(({}, {}, {"rh": [80, 81, 82]})):
        weather = pd.DataFrame({"time": DAYS, "prcp": [0, 1, 2], "temp": [280.0, 281.0, 282.0], **more})
        weather.to_csv(folder / f"weather_{number}.csv", index=False)
    archive = shutil.make_archive(str(tmp_path / "packed"), "zip", folder)
    text = guess_mapping(Path(archive))
    assert "unit: percent" in text
    assert "{column: temp, unit: K}" in text
    # One name with braces would also mean the file with another header.
    assert [f"file: weather_{number}.csv" in text for number in range(3)] == [True, True, True]


def test_a_guess_finds_readings_in_rows(tmp_path):
    rows = [(day, plot, "VWC", value) for day in DAYS for plot, value in (("n", 0.2), ("s", 0.3))]
    pd.DataFrame(rows, columns=["date", "plot", "measure", "v"]).to_csv(tmp_path / "long.csv", index=False)
    text = guess_mapping(tmp_path)
    assert "layout: long" in text
    assert "where: {measure: VWC}" in text
    assert "value: v" in text


def test_nothing_to_guess(tmp_path):
    with pytest.raises(InputError, match="no table in it"):
        guess_mapping(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        guess_mapping(tmp_path / "absent")


def test_quotes_that_do_not_pair_in_a_header(tmp_path):
    (tmp_path / "CR1_Hourly.dat").write_text(TOA5.replace('"TIMESTAMP"', '"TIMESTAMP').replace('"TS"', 'TS"'))
    series = {"file": "{logger}_Hourly.dat", "time": "TIMESTAMP", "unit": "m3/m3"}
    with pytest.raises(InputError, match=r"line 2 is no header|no name fits"):
        read(tmp_path, {"stamp": "end", "sensors": NAMES, "soil_moisture": series})
