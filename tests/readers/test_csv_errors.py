"""What a user who gets something wrong is told: the file, the column, the line, and what to do."""

import gzip

import numpy as np
import pandas as pd
import pytest

from thetamix.system.errors import InputError

# (what is changed, what the message must say)
CASES = {
    "file missing": (
        lambda f: f.set("soil_moisture.file", "serie.csv"),
        ["serie.csv: no such table", 'did you mean "series.csv"'],
    ),
    "folder instead of a file": (
        lambda f: f.set("soil_moisture.file", "."),
        ["this is a folder, not a table"],
    ),
    "column missing": (
        lambda f: f.set("sensors.cluster", "sites"),
        ["sensors.csv: no column 'sites'", "mapping: cluster", 'did you mean "site"'],
    ),
    "time column missing": (
        lambda f: f.set("soil_moisture.time", "date"),
        ["series.csv: no column 'date' (mapping: time)"],
    ),
    "column twice": (
        lambda f: f.replace("series.csv", "s1,s2", "s1,s1"),
        ["series.csv: column 's1' stands 2 times in the header"],
    ),
    "wrong delimiter": (
        lambda f: f.write("series.csv", f.text("series.csv").replace(",", ";")),
        ["series.csv", "the header is one field: say delimiter: ';'"],
    ),
    "text in a number column": (
        lambda f: f.replace("series.csv", "0.31", "dry"),
        ["series.csv: column 's3', line 3: 'dry' is not a number", "missing: ['dry']"],
    ),
    "decimal comma": (
        lambda f: f.replace("series.csv", "0.31", '"0,31"'),
        ["column 's3', line 3: '0,31' is not a number", "decimal: ','"],
    ),
    "infinite": (lambda f: f.replace("series.csv", "0.31", "inf"), ["line 3: 'inf' is not a number"]),
    "text among the sensors' numbers": (
        lambda f: f.replace("sensors.csv", "300\ns4", "high\ns4"),
        ["sensors.csv: column 'height_m', line 4: 'high' is not a number"],
    ),
    "time that is none": (
        lambda f: f.replace("series.csv", "2020-01-02", "2020-02-30"),
        ["series.csv: column 'time', line 3: the time '2020-02-30' is not an ISO 8601 date", "time_format"],
    ),
    "time in another order": (
        lambda f: f.replace("weather.csv", "2020-01-01", "01.01.2020"),
        ["weather.csv: column 'time', line 3: the time '01.01.2020'", "'%d.%m.%Y %H:%M'"],
    ),
    "time missing": (
        lambda f: f.replace("series.csv", "2020-01-02", ""),
        ["column 'time', line 3: the time is missing"],
    ),
    "time does not fit its format": (
        lambda f: f.set("soil_moisture.time_format", "%d.%m.%Y"),
        ["line 2: the time '2020-01-01' does not fit time_format: '%d.%m.%Y'"],
    ),
    "time duplicated": (
        lambda f: f.replace("series.csv", "2020-01-03", "2020-01-02"),
        ["series.csv: lines 3 and 4 have the same time", "2020-01-03 00:00 UTC"],
    ),
    "row duplicated": (
        lambda f: f.write("weather.csv", f.text("weather.csv") + "2020-01-01,0,4.8,3\n"),
        ["weather.csv: lines 3 and 6 have the same time", "column 'temperature' is 2 and 3; keep one of them"],
    ),
    "time off the grid": (
        lambda f: f.replace("series.csv", "2020-01-03", "2020-01-03 00:07"),
        [
            "series.csv: column 'time': 1 of 3 times are off the regular grid, first in line 4",
            "2020-01-04T00:07:00",
        ],
    ),
    "forcing on another grid": (
        lambda f: f.mapping["forcing"][0].update(utc_offset="+02:00"),
        ["weather.csv: column 'time': 4 of 4 times are off the grid of series.csv, first in line 2"],
    ),
    "step too small": (
        lambda f: f.set("step", "12h"),
        ["series.csv: its times are multiples of 1d apart, the step in the mapping is 12h"],
    ),
    "some stamps with an offset": (
        lambda f: f.replace("series.csv", "2020-01-02", "2020-01-02T00:00Z"),
        ["line 3: '2020-01-02T00:00Z': some stamps carry an offset from UTC, others do not"],
    ),
    "no offset": (lambda f: f.set("utc_offset", None), ["series.csv: column 'time'", "utc_offset: '+01:00'"]),
    "start or end not said": (
        lambda f: f.set("stamp", None),
        ["series.csv", "whether a stamp is the start or the end", "stamp: end"],
    ),
    "no overlap": (
        lambda f: f.write("weather.csv", f.text("weather.csv").replace("2020-", "2010-").replace("2019-", "2009-")),
        [
            "weather.csv",
            "2010-01-01 00:00 to 2010-01-04 00:00 UTC",
            "2020-01-02 00:00 to",
            "no time in common",
        ],
    ),
    "wrong year": (
        lambda f: (
            f.mapping["soil_moisture"].update(time_format="%Y-%m-%d")
            or f.replace("series.csv", "2020-01-03", "2920-01-03")
        ),
        ["line 4: the time '2920-01-03'"],
    ),
    "not UTF-8": (
        lambda f: f.write("sensors.csv", f.text("sensors.csv").replace("c10", "Höhe").encode("latin-1")),
        ["sensors.csv: line 4 is not utf-8 text", "encoding: latin-1"],
    ),
    "UTF-16": (
        lambda f: f.write("series.csv", f.text("series.csv").encode("utf-16")),
        ["series.csv: is UTF-16; say encoding: utf-16"],
    ),
    "UTF-16 without a mark": (
        lambda f: f.write("series.csv", f.text("series.csv").encode("utf-16-le")),
        ["series.csv: line 1 holds NUL bytes", "encoding: utf-16"],
    ),
    "empty file": (lambda f: f.write("series.csv", ""), ["series.csv: is empty"]),
    "blank file": (lambda f: f.write("series.csv", "\n\n"), ["series.csv: line 1 is blank"]),
    "header only": (
        lambda f: f.write("series.csv", "time,s1,s2,s3,s4\n"),
        ["series.csv: has a header but no rows"],
    ),
    "last row short": (
        lambda f: f.write("series.csv", f.text("series.csv")[:-8]),
        ["series.csv: line 4 has 4 field(s), the header 5; the file is cut in its last line"],
    ),
    "row short": (
        lambda f: f.replace("series.csv", ",0.41", ""),
        ["series.csv: line 3 has 4 field(s), the header 5", "delimiter"],
    ),
    "row long": (
        lambda f: f.replace("series.csv", "0.31", "0,31"),
        ["series.csv: line 3 has 6 field(s), the header 5"],
    ),
    "quote never closed": (
        lambda f: f.write("series.csv", f.text("series.csv").replace("0.31", '"0.31')),
        ["series.csv: line 3 has a quotation mark that is never closed"],
    ),
    "Excel file": (lambda f: f.write("series.csv", b"PK\x03\x04rest"), ["a zip archive, not a CSV table"]),
    "unknown unit": (
        lambda f: f.set("soil_moisture.unit", "mV"),
        ["series.csv: unknown unit 'mV' for soil_moisture"],
    ),
    "unknown unit of rain": (
        lambda f: f.set("forcing.0.variables.precipitation.unit", "mm/dayy"),
        ["weather.csv: precipitation: unknown unit 'mm/dayy'", "known are: cm, in, inch, "],
    ),
    "no unit": (
        lambda f: f.set("sensors.depth", "depth_cm"),
        ["sensors.csv: column 'depth_cm': the mapping gives no unit for depth", "unit: "],
    ),
    "percent": (
        lambda f: (pd.read_csv(f.path / "series.csv", index_col=0) * 100).to_csv(f.path / "series.csv"),
        ["series.csv: sensor 's1' has a median of 11 m3 m-3", "percent"],
    ),
    "fractions as percent": (
        lambda f: f.set("soil_moisture.unit", "percent"),
        ["series.csv: no sensor has a median above 0.0041", "fractions"],
    ),
    "code for missing": (
        lambda f: f.replace("series.csv", "0.31", "-9999"),
        ["series.csv: column 's3', line 3: -9999 looks like a code for a missing value", "missing: [-9999]"],
    ),
    "code for missing in the weather": (
        lambda f: f.replace("weather.csv", "48", "9999"),
        ["weather.csv: column 'rain_south', line 2: 9999 looks like a code"],
    ),
    "negative rain": (
        lambda f: f.replace("weather.csv", "48", "-0.5"),
        ["weather.csv: column 'rain_south', line 2: -0.5 is negative"],
    ),
    "kelvin": (
        lambda f: f.replace("weather.csv", "0,4.8,2", "0,4.8,275"),
        ["weather.csv: column 'temperature', line 3: 275 is 70 degC or more", "K"],
    ),
    "sensor twice in the table": (
        lambda f: f.replace("sensors.csv", "s2,c2,B", "s1,c2,B"),
        ["sensors.csv: column 'name', line 3: sensor 's1' stands twice (first in line 2)"],
    ),
    "two sensors at one place": (
        lambda f: f.replace("sensors.csv", "s2,c2,B", "s2,c2,A"),
        [
            "sensors 's1' (line 2) and 's2' (line 3) are both cluster c2, 0.1 m, replicate A",
            "sensors.replicate",
        ],
    ),
    "two sensors at one nominal depth": (
        lambda f: f.set("depths", {"nominal": [0.2], "tolerance": 0.1}),
        ["sensors 's3' (line 4) and 's4' (line 5) are both cluster c10, 0.2 m, replicate A"],
    ),
    "cluster missing": (
        lambda f: f.replace("sensors.csv", "s2,c2,B", "s2,,B"),
        ["sensors.csv: column 'site', line 3: cluster is missing"],
    ),
    "depth missing": (
        lambda f: f.replace("sensors.csv", "A,30", "A,NA"),
        ["sensors.csv: column 'depth_cm', line 5: 'NA' is no depth"],
    ),
    "depth negative": (
        lambda f: f.replace("sensors.csv", "A,30", "A,-30"),
        ["line 5: '-30' is no depth", "positive down"],
    ),
    "depth far from all": (
        lambda f: f.set("depths", {"nominal": [0.1, 0.2]}),
        ["sensors.csv: column 'depth_cm', line 5: 0.3 m is more than 0.01 m from the nominal depths [0.1, 0.2]"],
    ),
    "latitude out of range": (
        lambda f: f.replace("sensors.csv", "50.0002", "98752"),
        ["sensors.csv: column 'lat', line 3: 98752 is no latitude", "crs"],
    ),
    "no sensor known": (
        lambda f: f.replace("series.csv", "s1,s2,s3,s4", "S1,S2,S3,S4"),
        ["series.csv: none of the sensors of sensors.csv is in it; it has S1", "s1"],
    ),
    "two values of an attribute": (
        lambda f: f.set("sensors.attributes", {"geology": "height_m"}),
        ["sensors.csv: column 'height_m', line 3: cluster c2 has both '100' and '102'"],
    ),
    "attribute in the table and in the constants": (
        lambda f: f.set("constants", {"elevation": 3}),
        ["constants.elevation: the table of sensors has elevation too"],
    ),
    "attribute with the name of a series": (
        lambda f: f.set("constants", {"precipitation": 3}),
        ["'precipitation' cannot be the name of an attribute"],
    ),
    "text for a number": (
        lambda f: f.set("constants", {"porosity": "high"}),
        ["constants.porosity: 'high' is not a number"],
    ),
    "unknown forcing": (
        lambda f: f.mapping["forcing"][0]["variables"].update(precipitations={"column": "rain_north", "unit": "mm"}),
        ["forcing has no variable 'precipitations'", 'did you mean "precipitation"'],
    ),
    "station without coordinates": (
        lambda f: f.set("stations", {"Nord": {"latitude": 50, "longitude": 6}}),
        [
            "weather.csv: precipitation: the coordinates of station 'North' are not known",
            'did you mean "Nord"',
        ],
    ),
    "clusters without coordinates": (
        lambda f: (f.set("sensors.latitude", None), f.set("sensors.longitude", None)),
        ["sensors.csv: precipitation comes from 2 stations, but not every cluster has coordinates"],
    ),
    "forcing twice": (
        lambda f: (
            f.write("more.csv", f.text("weather.csv").replace("4.8", "4.7")),
            f.mapping["forcing"].append(f.mapping["forcing"][0] | {"file": "more.csv"}),
        ),
        [
            "more.csv, line 3: column 'rain_south' is 4.7 in the interval",
            "but 4.8 in",
            "weather.csv, line 3; keep one",
        ],
    ),
    "PET twice": (
        lambda f: (
            f.set("potential_evapotranspiration", {"method": "oudin"}),
            f.mapping["forcing"][0]["variables"].update(
                potential_evapotranspiration={"column": "rain_north", "unit": "mm"}
            ),
        ),
        ["potential_evapotranspiration is both computed and a forcing variable"],
    ),
    "PET method unknown": (
        lambda f: f.set("potential_evapotranspiration", {"method": "oudine"}),
        ["unknown method 'oudine'", 'did you mean "oudin"'],
    ),
    "PET without temperature": (
        lambda f: (
            f.set("potential_evapotranspiration", {"method": "oudin"}),
            f.set("forcing.0.variables.air_temperature", None),
        ),
        ["oudin needs air_temperature"],
    ),
    "period without a time": (
        lambda f: f.set("period", {"start": "2021-01-01"}),
        ["series.csv: column 'time': no time lies in the mapping's period (2021-01-01"],
    ),
    "where without a row": (
        lambda f: f.set("sensors.where", {"profile": "C"}),
        ["sensors.csv: no row has profile = 'C'"],
    ),
    "one time": (
        lambda f: (
            f.write("series.csv", "\n".join(f.text("series.csv").splitlines()[:2])),
            f.set("forcing", None),
        ),
        ["series.csv: a network needs two time steps or more, found 1"],
    ),
    "delimiter is the decimal mark": (
        lambda f: f.set("decimal", ","),
        ["',' cannot be both delimiter and decimal"],
    ),
    "unknown coordinate system": (
        lambda f: (
            f.set("sensors.latitude", None),
            f.set("sensors.longitude", None),
            f.mapping["sensors"].update(easting="lon", northing="lat", crs="EPSG:99999"),
        ),
        ["sensors.csv: crs: 'EPSG:99999' is not a known coordinate system"],
    ),
}


@pytest.mark.parametrize(("change", "words"), CASES.values(), ids=CASES.keys())
def test_the_message_says_where_and_what_to_do(folder, change, words):
    change(folder)
    with pytest.raises(InputError) as caught:
        folder.read()
    message = str(caught.value)
    for word in words:
        assert word in message, message
    assert "\n" not in message


def test_gzip_cut_in_half(folder):
    rng = np.random.default_rng(0)
    rows = [f"2020-01-01 00:{n:02d},{rng.random():.6f},,," for n in range(60)]
    packed = gzip.compress(("time,s1,s2,s3,s4\n" + "\n".join(rows)).encode())
    folder.write("series.csv.gz", packed[: len(packed) // 2])
    folder.set("soil_moisture.file", "series.csv.gz")
    with pytest.raises(InputError, match=r"series\.csv\.gz: the compressed file is cut or damaged .* fetch it again"):
        folder.read()


def test_gzip_damaged(folder):
    packed = bytearray(gzip.compress(folder.text("series.csv").encode() * 50))
    packed[40] ^= 0xFF
    folder.write("series.csv", bytes(packed))
    with pytest.raises(InputError, match=r"series\.csv"):
        folder.read()


def test_long_table_with_a_reading_twice(folder):
    folder.write("series.csv", "time,probe,theta\n2020-01-01,s1,0.1\n2020-01-02,s1,0.2\n2020-01-01,s1,0.3\n")
    folder.mapping["soil_moisture"] |= {"layout": "long", "sensor": "probe", "value": "theta"}
    with pytest.raises(InputError, match=r"lines 2 and 4 .* 2020-01-02 00:00 UTC, but sensor 's1' is 0.1 and 0.3"):
        folder.read()


def test_two_tables_with_the_same_readings(folder):
    other = folder.text("series.csv").replace("0.31", "0.32")
    folder.write("more.csv", other)
    folder.set(
        "soil_moisture", [folder.mapping["soil_moisture"], folder.mapping["soil_moisture"] | {"file": "more.csv"}]
    )
    with pytest.raises(
        InputError, match=r"more.csv, line 3: column 's3' is 0.32 in .*, but 0.31 in .*series.csv, line 3"
    ):
        folder.read()


def test_too_many_depths(folder):
    rows = [f"s{n},c1,A,{5 * n},50,6,100" for n in range(1, 14)]
    folder.write("sensors.csv", "name,site,profile,depth_cm,lat,lon,height_m\n" + "\n".join(rows))
    with pytest.raises(InputError, match=r"'depth_cm' has 13 different depths \(0\.05 to 0\.65 m\), at most 12"):
        folder.read()


def test_oudin_spreads_days_over_shorter_steps(folder):
    for name in ("series.csv", "weather.csv"):
        table = pd.read_csv(folder.path / name)
        table["time"] = pd.date_range("2020-01-01", periods=len(table), freq="h").strftime("%Y-%m-%d %H:%M")
        table.to_csv(folder.path / name, index=False)
    folder.mapping |= {"step": "1h", "potential_evapotranspiration": {"method": "oudin"}}
    pet = folder.read()["potential_evapotranspiration"]
    assert "of days, spread over the steps with the sun" in pet.attrs["comment"]
    assert float(pet.max()) == 0  # a winter night


@pytest.mark.parametrize(
    ("unit", "problem"),
    [
        ("mm s-1", "column 'rain', line 2: 0.1 is 360 mm h-1, which precipitation cannot be; correct unit in"),
        ("m d-1", "precipitation has a mean of .* 36525 mm a year, which no"),
    ],
)
def test_rain_in_the_wrong_unit(folder, unit, problem):
    days = pd.date_range("2020-01-01", periods=100).strftime("%Y-%m-%d")
    pd.DataFrame({"time": days, "rain": 0.1}).to_csv(folder.path / "weather.csv", index=False)
    folder.set("forcing.0.variables", {"precipitation": {"column": "rain", "unit": unit}})
    with pytest.raises(InputError, match=rf"weather\.csv: {problem}"):
        folder.read()
    folder.set("forcing.0.variables.precipitation.unit", "mm h-1")
    folder.read()


def test_folder_missing(folder):
    from thetamix.readers.tables.csv_reader import read_csv

    folder.read()
    with pytest.raises(InputError, match="no such folder or archive"):
        read_csv(folder.path / "elsewhere", folder.path / "mapping.yml")
    with pytest.raises(InputError, match="is not a folder"):
        read_csv(folder.path / "series.csv", folder.path / "mapping.yml")


def test_pyproj_missing(folder, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyproj", None)
    folder.set("sensors.latitude", None)
    folder.set("sensors.longitude", None)
    folder.mapping["sensors"] |= {"easting": "lon", "northing": "lat", "crs": "EPSG:2169"}
    with pytest.raises(InputError, match=r"need the package pyproj; install it with: pip install pyproj"):
        folder.read()
