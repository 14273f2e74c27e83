"""Files of further loggers and their first mappings, Excel sheets, histories by local clocks, attributes."""

import datetime
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

TOP = "about: {title: t, source: s}\nstep: 1h\nstamp: end\n"
UTC = 'utc_offset: "+00:00"\n'
NAMES = r"sensors: {names: '(?P<cluster>[^_]+)_(?P<replicate>[A-Z])_(?P<depth>\d+)', depth_unit: cm}" + "\n"
HOURS = [datetime.datetime(2021, 6, 1) + datetime.timedelta(hours=hour) for hour in range(72)]
SOIL = "soil_moisture: {file: soil.csv, time: time, unit: m3 m-3}\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("raw").mkdir()


def write(name: str, *lines: str, encoding: str = "utf-8") -> None:
    Path("raw", name).write_text("\n".join(lines) + "\n", encoding=encoding)


def imported(thetamix, mapping: str, code: int = 0) -> str:
    Path("m.yml").write_text(mapping, encoding="utf-8")
    said = thetamix("import", "csv", "raw", "--mapping", "m.yml", "-o", "n.nc")
    assert said.code == code, said.err
    return said.out if code == 0 else said.err


def readings(cluster: int = 0, depth: int = 0) -> np.ndarray:
    with xr.open_dataset("n.nc", engine="netcdf4") as network:
        return network["soil_moisture"].isel(cluster=cluster, depth=depth).to_numpy()


def guessed(thetamix) -> tuple[dict, str]:
    said = thetamix("import", "csv", "raw", "--guess")
    assert said.code == 0, said.err
    return yaml.safe_load(said.out), said.out


# -- first mappings -----------------------------------------------------------------------------------------------


def test_em50_names_its_probes_moisture_and_temp(thetamix):
    rows = (f"{hour:%m/%d/%Y %I:%M %p}\t{0.2 + n / 1000:.3f}\t17.1\t0.3" for n, hour in enumerate(HOURS))
    write(
        "EM5B1234 5May13-1200.txt",
        "EM5B1234\tPort 1\tPort 1\tPort 2",
        "72 records\t5TM Moisture/Temp\t5TM Moisture/Temp\tEC-5 Soil Moisture",
        "Measurement Time\tm³/m³ VWC\t°C Temp\tm³/m³ VWC",
        *rows,
        encoding="latin-1",
    )
    name = "Port 1 5TM Moisture/Temp m³/m³ VWC"
    assert f'"{name}",TODO,A,TODO' in guessed(thetamix)[1]
    write(
        "sensors.csv",
        "sensor,cluster,replicate,depth",
        f"{name},P,A,10",
        "Port 2 EC-5 Soil Moisture m³/m³ VWC,P,B,10",
    )
    imported(thetamix, guessed(thetamix)[1])
    np.testing.assert_allclose(readings()[0], [0.2 + n / 1000 for n in range(72)], rtol=1e-6)


def test_delta_t_says_moisture_by_its_unit_alone(thetamix):
    rows = (f"{hour:%d/%m/%y %H:%M:%S},{20 + n / 10:.1f},30,0.2" for n, hour in enumerate(HOURS))
    write(
        "plotA.csv",
        '"DL6 Soil","S/N 12/345"',
        "",
        '"Label","Ch1 100mm","Ch1 200mm","Rain"',
        '"Sensor","PR2 Mineral","PR2 Mineral","RG1"',
        '"Unit","%vol","%vol","mm"',
        *rows,
    )
    imported(thetamix, guessed(thetamix)[1])
    np.testing.assert_allclose(readings()[0], [0.2 + n / 1000 for n in range(72)], rtol=1e-6)
    with xr.open_dataset("n.nc", engine="netcdf4") as network:
        np.testing.assert_allclose(network["depth"], [0.1, 0.2])
        assert "precipitation" in network


def test_inches_in_brackets_are_inches(thetamix):
    write(
        "st7.csv",
        "Date,Time,Soil Moisture 2in (wfv),Soil Moisture 8in (wfv),Air Temp (F),Precip (in)",
        *(f"{hour:%m/%d/%Y},{hour:%H:%M},0.2,0.3,55,0.01" for hour in HOURS),
    )
    keys, text = guessed(thetamix)
    units = {name: variable["unit"] for name, variable in keys["forcing"][0]["variables"].items()}
    assert units == {"air_temperature": "degF", "precipitation": "inch"}
    imported(thetamix, text)
    with xr.open_dataset("n.nc", engine="netcdf4") as network:
        np.testing.assert_allclose(network["depth"], [0.0508, 0.2032])
        np.testing.assert_allclose(network["precipitation"], 0.254, rtol=1e-6)
        np.testing.assert_allclose(network["air_temperature"], 23 / 1.8, rtol=1e-6)


def test_irrimax_and_truelog_name_moisture_in_their_own_way(thetamix):
    write(
        "25331.csv", "Date Time,V1,A1(5),A2(15),S1(5),T1(5)", *(f"{h:%Y/%m/%d %H:%M},4,21,26,1200,12" for h in HOURS)
    )
    imported(thetamix, guessed(thetamix)[1])
    assert readings(depth=1)[0, 0] == pytest.approx(0.26)
    Path("raw", "25331.csv").unlink()
    rows = (f"{n};{h:%d.%m.%Y};{h:%H:%M};20,5;12,3" for n, h in enumerate(HOURS))
    write("t.csv", "Nr.;Datum;Uhrzeit;S1 Wassergehalt [Vol.%];S1 Temperatur [°C]", *rows, encoding="latin-1")
    keys, text = guessed(thetamix)
    assert '"S1 Wassergehalt [Vol.%]",TODO,A' in text
    assert "Temperatur" not in text
    assert keys["soil_moisture"][0]["unit"] == "percent"


# -- Excel --------------------------------------------------------------------------------------------------------


def sheet(*rows: list) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.active["J3"].number_format = "0.0"  # an empty cell far to the right
    book.save("raw/a.xlsx")


def test_a_day_and_a_time_in_two_columns_of_excel(thetamix):
    sheet(["Date", "Time", "P_A_10"], *([h.date(), h.time(), 0.2 + n / 1000] for n, h in enumerate(HOURS)))
    plain = f"{TOP}{UTC}{NAMES}soil_moisture: {{file: a.xlsx, time: [Date, Time], unit: m3 m-3}}\n"
    for mapping in (plain, guessed(thetamix)[1]):
        imported(thetamix, mapping)
        np.testing.assert_allclose(readings()[0], [0.2 + n / 1000 for n in range(72)], rtol=1e-6)


def test_a_sheet_with_a_title_and_blanks_is_guessed(thetamix):
    rows = ([h, 20 + n / 10] for n, h in enumerate(HOURS))
    sheet(["Soil moisture 2021"], [], ["Date", "P_A_10"], [None, "%"], *rows, [], ["Mean", 23.5])
    imported(thetamix, guessed(thetamix)[1])
    np.testing.assert_allclose(readings()[0], [0.2 + n / 1000 for n in range(72)], rtol=1e-6)


def test_times_that_are_counts_are_told_so(thetamix):
    for count, what in (("44348.0416", "days as Excel does"), ("1622505600", "seconds since 1970")):
        write("soil.csv", "time,P_A_10", f"{count},0.2", f"{count},0.2")
        assert f"counts {what}" in imported(thetamix, TOP + UTC + NAMES + SOIL, 2)


# -- headers ------------------------------------------------------------------------------------------------------


def test_a_second_header_in_another_order_is_no_comment(thetamix):
    first, second = ([f"{h:%Y-%m-%d %H:%M},0.2,0.3" for h in part] for part in (HOURS[:5], HOURS[5:9]))
    write("soil.csv", "time,P_A_10,P_B_10", *first, "time,P_B_10,P_A_10", *second)
    error = imported(thetamix, TOP + UTC + NAMES + SOIL, 2)
    assert "line 7" in error
    assert "a second header stands here, with other columns or in another order: make two files of it" in error
    assert "comment" not in error


def test_units_below_a_blank_line_belong_to_the_header(thetamix):
    write("soil.csv", "time,P_A_10", "", "m3/m3,m3/m3", *(f"{h:%Y-%m-%d %H:%M},0.2" for h in HOURS))
    assert "say first_line: 4" in imported(thetamix, TOP + UTC + NAMES + SOIL, 2)
    imported(thetamix, TOP + UTC + NAMES + SOIL.replace("time: time", "time: time, first_line: 4"))


# -- histories ----------------------------------------------------------------------------------------------------

HISTORY = (
    "sensors: {file: sensors.csv, sensor: id, cluster: c, depth: {column: d, unit: cm}, from: start, to: end}\n"
    "soil_moisture: {file: soil.csv, time: time, unit: m3 m-3CLOCK}\n"
)


@pytest.mark.parametrize(
    ("top", "clock"),
    [
        ("timezone: America/Los_Angeles\n", ""),
        ("", ", timezone: America/Los_Angeles"),
        ("", ", utc_offset: '-07:00'"),
    ],
)
def test_days_of_sensors_go_by_the_clock_of_the_readings(thetamix, top: str, clock: str):
    write("sensors.csv", "id,c,d,start,end", "a,P,10,,2021-06-02", "b,P,10,2021-06-03,9999-12-31")
    write("soil.csv", "time,a,b", *(f"{h:%Y-%m-%d %H:%M},0.2,0.3" for h in HOURS))
    imported(thetamix, TOP + top + HISTORY.replace("CLOCK", clock))
    # Intervals that end at the midnight between 2 and 3 June of the place, or before, are of the first sensor.
    expected = [0.2 if h <= datetime.datetime(2021, 6, 3) else 0.3 for h in HOURS]
    np.testing.assert_allclose(readings()[0], expected, rtol=1e-6)


# -- attributes and depths ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["porosity", "soil_moisture_limit", "elevation"])
def test_numbers_that_the_network_knows_need_their_unit(thetamix, name: str):
    write("sensors.csv", "id,c,d,x", "a,P,10,0.5", "b,Q,10,")
    write("soil.csv", "time,a,b", *(f"{h:%Y-%m-%d %H:%M},0.2,0.3" for h in HOURS))
    sensors = "sensors: {file: sensors.csv, sensor: id, cluster: c, depth: {column: d, unit: cm}, attributes: "
    mapping = f"{TOP}{UTC}{sensors}{{{name}: x}}}}\n"
    assert f"gives no unit for attributes.{name}; write {{column: x, unit: …}}" in imported(
        thetamix, mapping + SOIL, 2
    )


@pytest.mark.parametrize(("word", "hint"), [("5 cm", "write the number alone"), ('"2,5"', "say decimal: ','")])
def test_depths_that_are_no_numbers(thetamix, word: str, hint: str):
    write("sensors.csv", "id,c,d", f"a,P,{word}")
    write("soil.csv", "time,a", *(f"{h:%Y-%m-%d %H:%M},0.2" for h in HOURS))
    sensors = "sensors: {file: sensors.csv, sensor: id, cluster: c, depth: {column: d, unit: cm}}\n"
    assert hint in imported(thetamix, TOP + UTC + sensors + SOIL, 2)


# -- columns by number, names of sensors, tables of places ----------------------------------------------------------


@pytest.mark.parametrize("rows", ["{time},0.2,0.3", "{time};0.2;0.3", "{time};0,2;0,3"])
def test_a_first_row_is_not_lost_as_a_header(thetamix, rows: str):
    write("sensors.csv", "id,c,r,d", "2,P,A,10", "3,P,B,10")
    write("soil.csv", *(rows.format(time=f"{h:%Y-%m-%d %H:%M}") for h in HOURS))
    form = f"delimiter: ';', decimal: '{',' if '0,2' in rows else '.'}'," if ";" in rows else ""
    sensors = "sensors: {file: sensors.csv, sensor: id, cluster: c, replicate: r, depth: {column: d, unit: cm}}\n"
    soil = f"soil_moisture: {{file: soil.csv, {form} time: 1, unit: m3 m-3}}\n"
    assert "say header_line: 0" in imported(thetamix, TOP + UTC + sensors + soil, 2)
    imported(thetamix, TOP + UTC + sensors + soil.replace("time: 1", "time: 1, header_line: 0"))
    assert np.isfinite(readings()).sum() == 2 * len(HOURS)


def test_a_row_of_a_long_table_without_a_header_is_not_lost(thetamix):
    write("soil.csv", *(f"P_{name}_10,{h:%Y-%m-%d %H:%M},0.2" for name in "AB" for h in HOURS))
    soil = "soil_moisture: {file: soil.csv, layout: long, sensor: 1, time: 2, value: 3, unit: m3 m-3}\n"
    assert "say header_line: 0" in imported(thetamix, TOP + UTC + NAMES + soil, 2)


def test_a_pattern_that_splits_a_number_is_refused(thetamix):
    write("soil.csv", "time,PlotA10,PlotA20", *(f"{h:%Y-%m-%d %H:%M},0.2,0.3" for h in HOURS))
    sensors = r"sensors: {names: '(?P<cluster>.+)(?P<depth>\d+)', depth_unit: cm}" + "\n"
    error = imported(thetamix, TOP + UTC + sensors + SOIL, 2)
    assert "finds the depth 0 in the middle of a number; write (?P<cluster>.+?)" in error
    imported(thetamix, TOP + UTC + sensors.replace(".+", ".+?") + SOIL)
    with xr.open_dataset("n.nc", engine="netcdf4") as network:
        np.testing.assert_allclose(network["depth"], [0.1, 0.2])


def test_a_placeholder_does_not_mean_the_table_of_sensors(thetamix):
    write("sensors.csv", "id,c,r,d", "P_A,P,A,10", "P_B,P,B,10")
    for name in ("P_A", "P_B"):
        write(f"{name}.csv", "time,vwc", *(f"{h:%Y-%m-%d %H:%M},0.2" for h in HOURS))
    sensors = "sensors: {file: sensors.csv, sensor: id, cluster: c, replicate: r, depth: {column: d, unit: cm}}\n"
    soil = "soil_moisture: {file: '{sensor}.csv', layout: single, value: vwc, time: time, unit: m3 m-3}\n"
    imported(thetamix, TOP + UTC + sensors + soil)
    assert np.isfinite(readings()).all()


def test_a_table_of_sensors_written_otherwise_than_the_readings(thetamix):
    write("sensors.csv", "id,c,d", "P_A,P,2.5")
    write("soil.csv", "time;P_A", *(f"{h:%Y-%m-%d %H:%M};0,2" for h in HOURS))
    top = TOP + UTC + "delimiter: ';'\ndecimal: ','\n"
    sensors = "sensors: {FORMfile: sensors.csv, sensor: id, cluster: c, depth: {column: d, unit: cm}}\n"
    for form, hint in (
        ("", "say delimiter: ',' for this table"),
        ("delimiter: ',', ", "cannot be both delimiter and decimal; give this table the other one, too"),
    ):
        assert hint in imported(thetamix, top + sensors.replace("FORM", form) + SOIL, 2)
    imported(thetamix, top + sensors.replace("FORM", "delimiter: ',', decimal: '.', ") + SOIL)
