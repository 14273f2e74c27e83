"""How tables are written: headers of any form, rows of units, notes, feet, blanks, letters that look the same."""

import csv
import io
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

Case = Callable[[str], Path]

TOP = 'about: {title: t, source: s}\nstep: 1h\nutc_offset: "+00:00"\nstamp: end\nmissing: [-9999]\n'
NAMES = r"sensors: {names: '(?P<cluster>[^_]+)_(?P<replicate>[A-Z])_(?P<depth>\d+)', depth_unit: cm}" + "\n"
HOURS = [f"2021-01-01 {hour:02d}:00" for hour in range(1, 13)]
DRY, WET = [0.2 + 0.001 * n for n in range(12)], [0.3 + 0.001 * n for n in range(12)]


def readings(path: str = "n.nc") -> np.ndarray:
    """All readings of the only cluster and depth (replicate, time)."""
    with xr.open_dataset(path, engine="netcdf4") as network:
        return network["soil_moisture"].isel(cluster=0, depth=0).to_numpy()


def columns_of(text: str, first: int, at: list[int], delimiter: str = ",") -> np.ndarray:
    """Columns of the rows from a line on, by the csv module and float() alone."""
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))[first - 1 :]
    return np.array([[float(row[n].replace(",", ".")) for row in rows if row] for n in at])


def mapping(soil: str, sensors: str = NAMES, top: str = TOP) -> None:
    Path("m.yml").write_text(f"{top}{sensors}soil_moisture: {{{soil}}}\n", encoding="utf-8")


def table(text: str, name: str = "soil.csv", encoding: str = "utf-8") -> None:
    Path("raw").mkdir(exist_ok=True)
    Path("raw", name).write_text(text, encoding=encoding)


def rows(delimiter: str = ",", decimal: str = ".") -> str:
    parts = ([hour, f"{dry:.3f}", f"{wet:.3f}"] for hour, dry, wet in zip(HOURS, DRY, WET, strict=True))
    return "".join(delimiter.join([hour, *(v.replace(".", decimal) for v in v2)]) + "\n" for hour, *v2 in parts)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def imported(thetamix, mapping_file: str = "m.yml"):
    return thetamix("import", "csv", "raw", "--mapping", mapping_file, "-o", "n.nc")


def expect_dry_and_wet(thetamix) -> None:
    said = imported(thetamix)
    assert said.code == 0, said.err
    np.testing.assert_allclose(readings(), [DRY, WET], rtol=1e-6)


# -- the cases ----------------------------------------------------------------------------------------------------


def test_comments_and_a_foot_are_left_out_by_their_beginnings(case: Case, thetamix):
    folder = case("comments-and-foot")
    said = imported(thetamix)
    assert said.code == 2
    assert "comment: '#'" in said.err
    assert "line 52" in said.err
    text = (folder / "m.yml").read_text()
    (folder / "m.yml").write_text(text.replace("layout: wide", "layout: wide, comment: ['#', Total]"))
    assert imported(thetamix).code == 0
    lines = (folder / "raw" / "soil.csv").read_text().splitlines(keepends=True)
    kept = "".join(line for line in lines if line[0] == "2")
    np.testing.assert_allclose(readings(), columns_of(kept, 1, [1, 2]), rtol=1e-6)


def test_a_foot_alone_is_told_with_what_to_do(case: Case, thetamix):
    folder = case("comments-and-foot")
    (folder / "m.yml").write_text((folder / "m.yml").read_text().replace("layout: wide", "comment: '#'"))
    said = imported(thetamix)
    assert said.code == 2
    assert "comment: 'Total'" in said.err
    assert "'Total' is not an ISO 8601 date" in said.err


def test_a_row_of_units_is_passed_by_first_line(case: Case, thetamix):
    folder = case("units-row")
    said = imported(thetamix)
    assert said.code == 2
    assert "say first_line: 3 in the mapping" in said.err
    (folder / "m.yml").write_text((folder / "m.yml").read_text().replace("layout: wide", "first_line: 3"))
    assert imported(thetamix).code == 0
    expected = columns_of((folder / "raw" / "soil.csv").read_text(), 3, [1, 2])
    np.testing.assert_allclose(readings(), expected, rtol=1e-6)


SECOND = ['"TOA5","L1","CR1000","123","CR1000.Std.32","CPU:b.CR1","99","Tab"', *(["", "", ""])]


def second_head(folder: Path, change: tuple[str, str] = ("", "")) -> np.ndarray:
    """Write the file's own head once more into its middle; return the true readings."""
    path = folder / "raw" / "l.dat"
    lines = path.read_text().splitlines()
    head = [SECOND[0], *(line.replace(*change) if change[0] else line for line in lines[1:4])]
    path.write_text("\n".join([*lines[:60], *head, *lines[60:]]) + "\n")
    body = "\n".join(lines).replace('"NAN"', "nan")
    return columns_of(body, 5, [2, 3])


def test_a_second_header_of_a_campbell_logger_is_passed_and_told(case: Case, thetamix):
    expected = second_head(case("toa5-two-headers"))
    said = imported(thetamix)
    assert said.code == 0, said.err
    assert "line 61 begins with the header once more" in said.out
    np.testing.assert_allclose(readings(), expected, rtol=1e-6)


@pytest.mark.parametrize("change", [("VW_10_1", "VW_20_1"), ("m^3/m^3", "%"), ('"RECORD"', '"RECORD","T"')])
def test_a_second_header_that_differs_is_refused(case: Case, thetamix, change):
    second_head(case("toa5-two-headers"), change)
    said = imported(thetamix)
    assert said.code == 2
    assert "a second header stands here, and it differs" in said.err
    assert "make two files of it" in said.err


def test_names_that_repeat_for_each_port_are_told_apart_by_their_numbers(case: Case, thetamix):
    folder = case("zentra-headers")
    said = imported(thetamix)
    assert said.code == 2
    assert "give its number (2 or 4)" in said.err
    expected = columns_of((folder / "raw" / "z6.csv").read_text(encoding="utf-8-sig"), 4, [1, 3])
    (folder / "raw" / "sensors.csv").write_text("sensor,cluster,replicate,depth\n2,P,A,10\n4,P,B,10\n")
    said = imported(thetamix)
    assert said.code == 0, said.err
    assert "Soil Temperature" in said.out
    np.testing.assert_allclose(readings(), expected, rtol=1e-6)


def test_three_lines_of_a_header_are_joined(case: Case, thetamix):
    folder = case("zentra-headers")
    (folder / "raw" / "sensors.csv").write_text(
        "sensor,cluster,replicate,depth\n"
        "Port 1 TEROS 12 m³/m³ Water Content,P,A,10\nPort 2 TEROS 12 m³/m³ Water Content,P,B,10\n",
        encoding="utf-8",
    )
    text = (folder / "m.yml").read_text()
    (folder / "m.yml").write_text(text.replace("header_line: 3", "header_line: [1, 2, 3]").replace("Timestamps", "1"))
    said = imported(thetamix)
    assert said.code == 0, said.err
    expected = columns_of((folder / "raw" / "z6.csv").read_text(encoding="utf-8-sig"), 4, [1, 3])
    np.testing.assert_allclose(readings(), expected, rtol=1e-6)


def test_a_logger_without_header_is_read_by_the_numbers_of_its_columns(case: Case, thetamix):
    folder = case("tomst-no-header")
    said = imported(thetamix)
    assert said.code == 2
    assert "header_line: 0" in said.err
    text = (folder / "m.yml").read_text()
    text = text.replace("time: time", "time: 2, header_line: 0").replace("value: moisture", "value: 7")
    (folder / "m.yml").write_text(text)
    said = imported(thetamix)
    assert said.code == 0, said.err
    files = [folder / "raw" / f"data_550{n}_0.csv" for n in (1, 2)]
    expected = [columns_of(file.read_text(), 1, [6], ";")[0] / 10000 for file in files]
    np.testing.assert_allclose(readings(), expected, rtol=1e-6)


# -- others of the kind -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file_form", ["NFC", "NFD"])
@pytest.mark.parametrize("table_form", ["NFC", "NFD"])
@pytest.mark.parametrize("sensor_form", ["NFC", "NFD"])
def test_letters_that_look_the_same_are_the_same(thetamix, file_form, table_form, sensor_form):
    def form(name: str, text: str) -> str:
        return unicodedata.normalize(name, text)

    table(form(table_form, f"time,Höhe_A_10,Höhe_B_10\n{rows()}"), form(file_form, "Höhe.csv"))
    table(form(sensor_form, "sensor,cluster,rep,depth\nHöhe_A_10,Höhe,A,10\nHöhe_B_10,Höhe,B,10\n"), "sensors.csv")
    sensors = "sensors: {file: sensors.csv, sensor: sensor, cluster: cluster, replicate: rep, "
    mapping("file: Höhe.csv, time: time, unit: m3 m-3", sensors + "depth: {column: depth, unit: cm}}\n")
    expect_dry_and_wet(thetamix)
    with xr.open_dataset("n.nc", engine="netcdf4") as network:
        assert network["cluster_id"].to_numpy().tolist() == [unicodedata.normalize("NFC", "Höhe")]


def test_a_no_break_blank_is_a_blank(thetamix):
    table(f"Date Time,P_A_10,P_B_10\n{rows()}".replace("Date ", "Date\u00a0"))
    mapping("file: soil.csv, time: Date Time, unit: m3 m-3")
    expect_dry_and_wet(thetamix)


def test_fields_between_any_blanks(thetamix):
    # NOAA USCRN: fixed widths, no header; date and time are two columns.
    lines = [
        f"  {hour.replace('-', '')[:8]} {hour[11:].replace(':', '')}   {dry:7.3f}\t{wet:.3f}  \n"
        for hour, dry, wet in zip(HOURS, DRY, WET, strict=True)
    ]
    table("".join(lines), "crn.txt")
    table("sensor,cluster,rep,depth\n3,P,A,10\n4,P,B,10\n", "sensors.csv")
    sensors = "sensors: {file: sensors.csv, sensor: sensor, cluster: cluster, replicate: rep, "
    soil = "file: crn.txt, time: [1, 2], time_format: '%Y%m%d %H%M', unit: m3 m-3"
    mapping(soil, sensors + "depth: {column: depth, unit: cm}}\n")
    said = imported(thetamix)
    assert said.code == 2
    mapping(soil + ", header_line: 0, delimiter: blanks", sensors + "depth: {column: depth, unit: cm}}\n")
    expect_dry_and_wet(thetamix)


def test_quotes_hold_blanks_together(thetamix):
    quoted = "".join(f'"{line[:16]}"  {line[17:].replace(",", "   ")}' for line in rows().splitlines(keepends=True))
    table(f'"the time" P_A_10 P_B_10\n{quoted}')
    mapping("file: soil.csv, time: the time, unit: m3 m-3, delimiter: blanks")
    expect_dry_and_wet(thetamix)


def test_a_joined_file_has_its_header_again(thetamix):
    lines = rows().splitlines(keepends=True)
    head = "\ufefftime,P_A_10,P_B_10\nUTC,m3/m3,m3/m3\n"  # files joined by `cat`: the mark of the byte order, too
    table(head + "".join(lines[:5]) + head + "".join(lines[5:]))
    mapping("file: soil.csv, time: time, unit: m3 m-3, first_line: 3")
    expect_dry_and_wet(thetamix)
    table(head + "".join(lines[:5]) + head.replace("m3/m3", "%") + "".join(lines[5:]))
    said = imported(thetamix)
    assert said.code == 2
    assert "line 9: a second header" in said.err


def test_the_short_header_of_campbell_loggers(thetamix):
    lines = rows().splitlines(keepends=True)
    head = '"TOACI1","L1","Hourly"\n"TMSTAMP","P_A_10","P_B_10"\n'
    table(head + "".join(lines[:5]) + head + "".join(lines[5:]))
    mapping("file: soil.csv, time: TMSTAMP, unit: m3 m-3")
    expect_dry_and_wet(thetamix)


def test_a_name_over_two_lines(thetamix):
    table(f'time,"P_A\n_10","P_B_10"\n{rows()}')
    names = NAMES.replace("<replicate>[A-Z])_", "<replicate>[A-Z]) ?_")
    mapping("file: soil.csv, time: time, unit: m3 m-3", names)
    expect_dry_and_wet(thetamix)


def test_utf8_that_is_called_latin1_is_told(thetamix):
    table(f"\ufefftime,P_A_10,P_B_10\n{rows()}")
    mapping("file: soil.csv, time: time, unit: m3 m-3, encoding: latin-1")
    said = imported(thetamix)
    assert said.code == 2
    assert "leave encoding out of the mapping" in said.err


def test_rows_that_end_in_a_delimiter_are_told(thetamix):
    table("time,P_A_10,P_B_10\n" + rows().replace("\n", ",\n"))
    mapping("file: soil.csv, time: time, unit: m3 m-3")
    said = imported(thetamix)
    assert said.code == 2
    assert "header_line: 0, first_line: 2" in said.err
    table("sensor,cluster,rep,depth\n2,P,A,10\n3,P,B,10\n", "sensors.csv")
    sensors = "sensors: {file: sensors.csv, sensor: sensor, cluster: cluster, replicate: rep, "
    sensors += "depth: {column: depth, unit: cm}}\n"
    mapping("file: soil.csv, time: 1, unit: m3 m-3, header_line: 0, first_line: 2", sensors)
    expect_dry_and_wet(thetamix)


@pytest.mark.parametrize("units", [",m3/m3,m3/m3", "UTC,m3/m3,m3/m3", "2021-01-01 00:00,m3/m3,m3/m3"])
def test_any_row_of_units_is_told(thetamix, units):
    table(f"time,P_A_10,P_B_10\n{units}\n{rows()}")
    mapping("file: soil.csv, time: time, unit: m3 m-3")
    said = imported(thetamix)
    assert said.code == 2
    assert "first_line: 3" in said.err


def test_a_row_of_units_in_the_table_of_sensors_is_told(thetamix):
    table(f"time,P_A_10,P_B_10\n{rows()}")
    table("sensor,cluster,rep,depth\n-,-,-,cm\nP_A_10,P,A,10\nP_B_10,P,B,10\n", "sensors.csv")
    sensors = "sensors: {file: sensors.csv, sensor: sensor, cluster: cluster, replicate: rep, "
    sensors += "depth: {column: depth, unit: cm}%s}\n"
    mapping("file: soil.csv, time: time, unit: m3 m-3", sensors % "")
    said = imported(thetamix)
    assert said.code == 2
    assert "first_line: 3" in said.err
    mapping("file: soil.csv, time: time, unit: m3 m-3", sensors % ", first_line: 3")
    expect_dry_and_wet(thetamix)


def test_numbers_of_columns_anywhere(thetamix):
    lines = "".join(f"{line.strip()},0,1.5\n" for line in rows().splitlines())
    table("2020-12-31 23:00,0.9,0.9,1,9\n" + lines)
    table("sensor,cluster,rep,depth\n2,P,A,10\n3,P,B,10\n", "sensors.csv")
    sensors = (
        "sensors: {file: sensors.csv, sensor: 1, cluster: {column: 2}, replicate: 3, depth: {column: 4, unit: cm}}\n"
    )
    rain = "\nforcing: {file: soil.csv, header_line: 0, time: 1, variables: {precipitation: {column: 5, unit: mm}}}"
    mapping("file: soil.csv, time: 1, unit: m3 m-3, header_line: 0, where: {4: 0}", sensors)
    Path("m.yml").write_text(Path("m.yml").read_text() + rain)
    said = imported(thetamix)
    assert said.code == 0, said.err
    np.testing.assert_allclose(readings()[:, -12:], [DRY, WET], rtol=1e-6)
    with xr.open_dataset("n.nc", engine="netcdf4") as network:
        rain_read = network["precipitation"][0].to_numpy()
    assert (rain_read[0], rain_read[-12:].tolist()) == (9, [1.5] * 12)


def test_numbers_beside_names_that_tell_columns_apart_are_never_guessed(thetamix):
    """Sensors called 2 and 3 may as well be sensors that this table does not have."""
    table(f"time,P_A_10,P_B_10\n{rows()}")
    table("sensor,cluster,rep,depth\n2,P,A,10\n3,P,B,10\n", "sensors.csv")
    sensors = "sensors: {file: sensors.csv, sensor: sensor, cluster: cluster, replicate: rep, "
    sensors += "depth: {column: depth, unit: cm}}\n"
    mapping("file: soil.csv, time: time, unit: m3 m-3", sensors)
    said = imported(thetamix)
    assert said.code == 2
    assert "header_line: 0, first_line: 2" in said.err
    mapping("file: soil.csv, time: 1, unit: m3 m-3, header_line: 0, first_line: 2", sensors)
    expect_dry_and_wet(thetamix)


def test_a_quote_in_a_comment_does_not_matter(thetamix):
    table(f'# probe at 2" depth\ntime,P_A_10,P_B_10\n{rows()}"# end, of file"\n')
    mapping("file: soil.csv, time: time, unit: m3 m-3, comment: '#'")
    expect_dry_and_wet(thetamix)


def test_the_line_with_the_names_is_told(thetamix):
    table(f"# Site: US-Xxx\n# Version: 3-5\ntime,P_A_10,P_B_10\n{rows()}")
    mapping("file: soil.csv, time: time, unit: m3 m-3")
    said = imported(thetamix)
    assert said.code == 2
    assert "line 3 has it: say header_line: 3" in said.err
    mapping("file: soil.csv, time: time, unit: m3 m-3, header_line: 3")
    expect_dry_and_wet(thetamix)


def test_the_first_line_of_readings_does_not_cut_the_table_of_sensors(thetamix):
    table(f"time,P_A_10,P_B_10\n,m3/m3,m3/m3\n{rows()}")
    table("sensor,cluster,rep,depth\nP_A_10,P,A,10\nP_B_10,P,B,10\n", "sensors.csv")
    sensors = "sensors: {file: sensors.csv, sensor: sensor, cluster: cluster, replicate: rep, "
    sensors += "depth: {column: depth, unit: cm}}\n"
    mapping("file: soil.csv, time: time, unit: m3 m-3", sensors, TOP + "first_line: 3\n")
    expect_dry_and_wet(thetamix)


def test_a_number_is_no_column_where_names_are_numbers(thetamix):
    table(f"time,10,20\n{rows()}")
    sensors = "sensors: {file: sensors.csv, sensor: sensor, cluster: cluster, replicate: rep, "
    table("sensor,cluster,rep,depth\n2,P,A,10\n3,P,B,10\n", "sensors.csv")
    mapping("file: soil.csv, time: 1, unit: m3 m-3", sensors + "depth: {column: depth, unit: cm}}\n")
    said = imported(thetamix)
    assert said.code == 2
    assert "no column '1'" in said.err


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("header_line: 2, first_line: 2", "first_line: 2 is not below header_line: 2"),
        ("header_line: [3, 1]", "lines of the header go from top to bottom"),
        ("header_line: [0, 1]", "lines of the header go from top to bottom"),
        ("header_line: -1", "soil_moisture.0.header_line.0: Input should be greater than or equal to 0"),
        ("header_line: 99", "has no line 99"),
        ("first_line: 99, header_line: 0", "has no row"),
        ("comment: '2021'", "is how rows begin, too"),
        ("delimiter: blank", "the word blanks"),
    ],
)
def test_what_cannot_be_is_told(thetamix, change, sentence):
    table(f"time,P_A_10,P_B_10\n{rows()}")
    mapping(f"file: soil.csv, time: time, unit: m3 m-3, {change}")
    said = imported(thetamix)
    assert said.code == 2
    assert sentence in said.err.replace("\n", " ")


@pytest.mark.parametrize(
    ("encoding", "key"), [("latin-1", "latin-1"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le")]
)
def test_an_encoding_is_told(thetamix, encoding, key):
    table(f"time,µ°_A_10,µ°_B_10\n{rows()}", encoding=encoding)
    mapping("file: soil.csv, time: time, unit: m3 m-3")
    said = imported(thetamix)
    assert said.code == 2
    assert f"encoding: {key}" in said.err
    mapping(f"file: soil.csv, time: time, unit: m3 m-3, encoding: {encoding}")
    expect_dry_and_wet(thetamix)


@pytest.mark.parametrize(("delimiter", "decimal"), [(";", ","), ("\t", "."), ("|", "."), (" ", ".")])
def test_delimiters(thetamix, delimiter, decimal):
    table(f"time,P_A_10,P_B_10\n{rows()}".replace("2021-01-01 ", "2021-01-01T").replace(",", delimiter))
    if decimal == ",":
        Path("raw/soil.csv").write_text(Path("raw/soil.csv").read_text().replace("0.", "0,"))
    key = "blanks" if delimiter == " " else delimiter.replace("\t", "tab")
    mapping(f"file: soil.csv, time: time, unit: m3 m-3, delimiter: '{key}', decimal: '{decimal}'")
    expect_dry_and_wet(thetamix)
