"""Text and tables in blocks: the same as the csv module and float() make of the whole file."""

import csv
import gzip
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thetamix.readers.tables.files.csv_table import CsvTable, is_number
from thetamix.readers.tables.files.table_keys import Table
from thetamix.readers.tables.files.text_blocks import count_fields, plain, split_rows, text_blocks
from thetamix.system.errors import InputError

# Blanks other than the ordinary one are left out: which of them make an empty cell is a matter of taste.
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], include_characters=" "), max_size=6)


def test_blocks_hold_whole_lines(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("".join(f"{n},{n * n}\n" for n in range(500)))
    blocks = list(text_blocks(path, "utf-8", size=100))
    assert len(blocks) > 30
    assert "".join(block.text for block in blocks) == path.read_text()
    assert blocks[0].text == "0,0\n"
    assert all(block.text.endswith("\n") and block.finished for block in blocks)
    numbers = [block.first_line for block in blocks]
    assert numbers == [1 + "".join(b.text for b in blocks[:n]).count("\n") for n in range(len(blocks))]
    shares = [block.share for block in blocks]
    assert shares == sorted(shares)
    assert shares[-1] == 1


@settings(max_examples=200)
@given(
    st.lists(st.lists(WORDS, min_size=3, max_size=3), min_size=1, max_size=8),
    st.sampled_from([1, 7, 1 << 20]),
)
def test_any_texts_survive(tmp_path_factory, rows, size):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["a", "b", "c"], *rows])
    table = CsvTable(path, Table(file=path.name))
    rows = [[plain(word).strip() for word in row] for row in rows]
    expected = [row for row in rows if any(row)]
    defaults = text_blocks.__defaults__
    text_blocks.__defaults__ = (size, *defaults[1:])
    try:
        found = [
            list(row)
            for block in table.blocks(["a", "b", "c"])
            for row in zip(*(np.asarray(block.texts[name], dtype=object) for name in "abc"), strict=True)
        ]
    except InputError as error:
        found = [] if "has a header but no rows" in str(error) else [[str(error)]]
    finally:
        text_blocks.__defaults__ = defaults
    assert found == expected


@settings(max_examples=200)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1, max_size=30))
def test_any_numbers_survive(tmp_path_factory, numbers):
    path = tmp_path_factory.getbasetemp() / "numbers.csv"
    path.write_text("x\n" + "\n".join(str(float(np.float32(x))) for x in numbers) + "\n")
    found = np.concatenate([block.numbers["x"] for block in CsvTable(path, Table(file=path.name)).blocks([], ["x"])])
    np.testing.assert_array_equal(found.astype(np.float32), np.array(numbers, dtype=np.float32))


def test_names_that_look_like_numbers_stay_texts(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,x\n0010,1\n10,2\n1e1,3\nNA,4\nTrue,5\n")
    block = next(CsvTable(path, Table(file=path.name)).blocks(["id"], ["x"]))
    assert list(block.texts["id"]) == ["0010", "10", "1e1", "NA", "True"]
    assert block.numbers["x"].tolist() == [1, 2, 3, 4, 5]


def test_lines_are_those_of_an_editor(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('a,b\n\n1,"two\nlines"\n  \n3,x\n,\n5,y')
    (block,) = list(CsvTable(path, Table(file=path.name)).blocks(["b"], ["a"]))[:1]
    lines = np.concatenate([b.lines for b in CsvTable(path, Table(file=path.name)).blocks(["b"], ["a"])])
    assert lines.tolist() == [3, 6, 8]
    assert block.texts["b"][0] == "two\nlines"


def test_blank_lines_above_the_header_count(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("A PREAMBLE\n\nof a station\n\n\n# time,v\n\n2021-01-01,0.2\n")
    table = CsvTable(path, Table(file="table.csv", header_line=6))
    assert list(table.header.names) == ["# time", "v"]
    assert [block.lines.tolist() for block in table.blocks(["# time"], ["v"])] == [[8]]


def test_rows_with_a_single_quotation_mark_are_those_that_are_counted():
    text = 'time,note,v\n1,5" deep,0.2\n2,6" deep,0.3\n3,a 7" pipe,0.4\n'
    _, _, offset = count_fields(text, ",")
    rows = split_rows(text, offset)
    assert len(rows) == offset.size
    assert "".join(rows) == text


def test_a_row_of_nothing_but_a_form_feed_is_no_new_line(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,x\x0cy\n\n2,z\u2028w\n")
    (block,) = CsvTable(path, Table(file=path.name)).blocks(["b"], ["a"])
    assert block.lines.tolist() == [2, 4]
    assert list(block.texts["b"]) == ["x\x0cy", "z\u2028w"]


def test_the_number_of_fields_is_counted_in_each_row():
    text = 'a,b\n"x,y",2\n1\n1,2,3'
    fields, blank, offset = count_fields(text, ",")
    assert fields.tolist() == [2, 2, 1, 3]
    assert blank.tolist() == [False] * 4
    assert offset.tolist() == [0, 1, 2, 3]
    assert split_rows(text) == ["a,b\n", '"x,y",2\n', "1\n", "1,2,3"]


@given(st.lists(st.text("a,; \n", max_size=5), min_size=1))
def test_fields_as_the_csv_module_counts_them(parts):
    text = "".join(parts) or "a"
    fields, blank, _ = count_fields(text, ",")
    rows = list(csv.reader(io.StringIO(text)))
    assert [max(len(row), 1) for row in rows] == fields.tolist()
    assert [not any(word.strip() for word in row) for row in rows] == blank.tolist()
    assert "".join(split_rows(text)) == text


def test_gzip_is_recognised_by_its_bytes(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(gzip.compress(b"a\n1\n"))
    assert next(CsvTable(path, Table(file=path.name)).blocks([], ["a"])).numbers["a"].tolist() == [1]


def test_every_cut_of_a_file_is_an_error_or_a_shorter_table(tmp_path):
    whole = "time,a,b\n2020-01-01,0.11,0.22\n2020-01-02,0.13,0.24\n"
    path = tmp_path / "t.csv"
    refused: list[str] = []
    for end in range(len(whole)):
        path.write_text(whole[:end])
        try:
            table = CsvTable(path, Table(file=path.name))
            table.require(["time", "a", "b"], "")
            rows = sum(len(block.lines) for block in table.blocks(["time"], ["a", "b"]))
        except InputError as error:
            refused.append(str(error))
        else:
            # Only a cut inside the last field of a row cannot be told from a whole row.
            assert whole[:end].count(",") % 2 == 0
            assert rows == whole[:end].rstrip("\n").count("\n")
    assert len(refused) > 30
    assert all("t.csv" in message for message in refused)


@pytest.mark.parametrize(
    ("word", "decimal", "answer"),
    [
        ("1", ".", True),
        ("-1.5e-3", ".", True),
        ("1,5", ",", True),
        ("1.5", ",", False),
        ("1,5", ".", False),
        ("1_000", ".", False),
        ("inf", ".", False),
        ("nan", ".", False),
        ("", ".", False),
        ("0x1", ".", False),
    ],
)
def test_what_is_a_number(word, decimal, answer):
    assert is_number(word, decimal) is answer
