"""Rows of a data file: their times, values and flags."""

from pathlib import Path

from thetamix.readers.ismn.data_file import read_rows

HEAD = "NET NET Station 50.10000 6.20000 420.00 0.0500 0.0500 Probe\n"


def test_two_categories_of_a_flag_may_have_a_blank_between_them(tmp_path: Path) -> None:
    path = tmp_path / "data.stm"
    path.write_text(
        HEAD
        + "2020/03/01 00:00 0.2000 G M\n"
        + "2020/03/01 01:00 0.2100 D01, D03 M\n"
        + "2020/03/01 02:00 0.2200 D01, D03\n"
        + "2020/03/01 03:00 0.2300 C03 M\n"
    )
    rows = read_rows(path)
    assert rows.flags == [b"G", b"D01,D03", b"D01,D03", b"C03"]
    assert rows.values.tolist() == [0.20, 0.21, 0.22, 0.23]
