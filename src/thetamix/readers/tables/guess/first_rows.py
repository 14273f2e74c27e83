"""The first rows of a table that nobody has described: its encoding, delimiter and header, by looking at them."""

import csv
import gzip
import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from thetamix.readers.tables.files.csv_table import MISSING_TEXTS, is_number
from thetamix.readers.tables.files.table_header import CAMPBELL
from thetamix.readers.tables.files.table_hints import beginning_of
from thetamix.readers.tables.files.table_keys import BLANKS
from thetamix.readers.tables.files.text_blocks import cleaner, is_excel, plain, split_fields, split_rows, text_blocks
from thetamix.system.errors import InputError

#: Bytes of a file that are looked at.
LIMIT = 1 << 18
#: Rows that are looked at.
ROWS = 2000
#: The share of rows that must be alike.
ALIKE = 0.8
#: The share of cells that must be numbers in a column of numbers.
NUMBERS = 0.9
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+")


@dataclass(frozen=True)
class FirstRows:
    """The first rows of a table.

    Attributes
    ----------
    name
        The file, as a path inside the folder.
    keys
        What the mapping must say so that the table is read: ``delimiter``, ``header_line`` …
    names
        What each column is called in a mapping (column): its name, or its number.
    labels
        All that stands above each column (column).
    cells
        The rows, as texts without blanks around them; numbers have a decimal point.
    """

    name: str
    keys: dict[str, object]
    names: list[str]
    labels: list[str]
    cells: list[list[str]] = field(repr=False)

    def column(self, at: int) -> list[str]:
        """Return a column's texts (row)."""
        return [row[at] for row in self.cells]


def read_first_rows(folder: Path, name: str) -> FirstRows:
    """Read the beginning of a table.

    Raises
    ------
    InputError
        If it is no table: the message says why.
    """
    rows, encoding = _rows_of(folder / name)
    filled = [(line, text) for line, text in rows if text.strip(' ,;|"\t\n')]
    if len(filled) < 2:
        raise InputError("has no rows")
    delimiter = _delimiter([text for _, text in filled])
    keys: dict[str, object] = {} if encoding is None else {"encoding": encoding}
    if delimiter != ",":
        keys["delimiter"] = "tab" if delimiter == "\t" else delimiter
    blanks = delimiter == BLANKS
    clean, mark = cleaner((), blanks=blanks), "\t" if blanks else delimiter
    table = [(line, text, _fields(clean(text), mark)) for line, text in filled]
    used = max(at + 1 for _, _, fields in table for at, cell in enumerate(fields) if cell)
    table = [(line, text, fields[:used]) for line, text, fields in table]  # sheets have empty columns
    rows_alone = [fields for _, text, fields in table if not text.startswith("#")] or [table[-1][2]]
    width = Counter(map(len, rows_alone[len(rows_alone) // 2 :])).most_common(1)[0][0]
    if delimiter != "," and any(_DECIMAL_COMMA.fullmatch(cell) for _, _, row in table[-20:] for cell in row):
        keys["decimal"] = ","
        table = [(line, text, [_point(cell) for cell in fields]) for line, text, fields in table]
    first = 4 if _is_toa5(table[0][1]) else _first_row([fields for _, _, fields in table], width)
    if first >= len(table):
        raise InputError("has a header but no rows")
    names, labels, header = _header(table[:first], table[first][0], width)
    again = {tuple(fields) for _, _, fields in table[:first]}  # the header once more
    body = [(text, row) for _, text, row in table[first:] if tuple(row) not in again and not CAMPBELL.match(text)]
    digits = _always_digits([fields for _, fields in body if len(fields) == width])
    is_row = [len(fields) == width and all(_has_digit(fields[at]) for at in digits) for _, fields in body]
    beginnings = {
        beginning
        for (text, _), good in zip(body, is_row, strict=True)
        if not good and (beginning := beginning_of(text))
    }
    if beginnings:
        comment = header.get("comment", [])
        header["comment"] = sorted({*(comment if isinstance(comment, list) else []), *beginnings})
    cells = [fields for (_, fields), good in zip(body, is_row, strict=True) if good]
    return FirstRows(name, keys | header, names, labels, cells[:ROWS])


def are_numbers(texts: Sequence[str]) -> bool:
    """Return whether a column (row) holds numbers, where it is not missing; false where all of it is."""
    there = [text for text in texts if text not in MISSING_TEXTS]
    return bool(there) and sum(map(is_number, there)) >= NUMBERS * len(there)


def _rows_of(path: Path) -> tuple[list[tuple[int, str]], str | None]:
    """Return the first rows with their lines, and the encoding that the mapping must name."""
    if is_excel(path):
        rows = [(part.first_line, part.text) for part in text_blocks(path, "utf-8", 1)]
        return rows[:ROWS], None
    with path.open("rb") as raw:
        packed = raw.peek(2)[:2] == b"\x1f\x8b"
        try:
            content = (gzip.GzipFile(fileobj=raw) if packed else raw).read(LIMIT)
        except (OSError, EOFError) as error:
            raise InputError(f"cannot be read ({error})") from error
    whole = len(content) < LIMIT
    text, encoding = _decoded(content)
    if "\0" in text:
        raise InputError("is no text")
    text = plain(text.replace("\r\n", "\n").replace("\r", "\n"))
    rows, line = [], 1
    for row in split_rows(text if whole else text[: text.rfind("\n") + 1]):
        rows.append((line, row))
        line += row.count("\n")
    return rows[: 2 * ROWS], encoding


def _decoded(content: bytes) -> tuple[str, str | None]:
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content.decode("utf-16", errors="ignore"), "utf-16"
    if b"\0" in content[:200]:
        order = "utf-16-be" if content.startswith(b"\0") else "utf-16-le"
        return content.decode(order, errors="ignore"), order
    try:
        end = len(content) if len(content) < LIMIT else content.rfind(b"\n") + 1
        return content[:end].decode("utf-8-sig"), None
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1"


def _delimiter(rows: Sequence[str]) -> str:
    """Return what parts the fields: what gives the most fields, alike in nearly all of the last rows."""
    # A long preamble over few rows must not outvote them.
    rows = [row for row in rows if not row.startswith("#")] or rows
    last = rows[len(rows) // 2 :][:200]
    best, most = "", 1
    for delimiter in (";", "\t", ",", "|", BLANKS):
        if delimiter == BLANKS and best:
            break
        clean, mark = cleaner((), blanks=delimiter == BLANKS), "\t" if delimiter == BLANKS else delimiter
        (fields, times) = Counter(len(_fields(clean(row), mark)) for row in last).most_common(1)[0]
        if times >= ALIKE * len(last) and fields > most:
            best, most = delimiter, fields
    if not best:
        raise InputError("its rows are not alike with any delimiter (, ; tab | blanks)")
    return best


def _fields(row: str, delimiter: str) -> list[str]:
    try:
        return split_fields(row, delimiter)
    except csv.Error:
        return []


def _point(cell: str) -> str:
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell


def _has_digit(cell: str) -> bool:
    return cell in MISSING_TEXTS or any(letter.isdigit() for letter in cell)


def _always_digits(rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the columns that have a digit in (nearly) every cell, or nothing: numbers and times."""
    columns = enumerate(zip(*rows, strict=False))
    return [at for at, column in columns if sum(map(_has_digit, column)) >= NUMBERS * len(column)]


def _first_row(rows: Sequence[list[str]], width: int) -> int:
    """Return the first row that is like the last ones."""
    whole = [row for row in rows if len(row) == width]
    last = whole[len(whole) // 2 :]
    digits = [
        at for at in _always_digits(last) if any(cell not in MISSING_TEXTS for cell in (row[at] for row in last))
    ]
    numbers = [at for at in digits if are_numbers([row[at] for row in last])]
    if not digits:
        return next(at for at, row in enumerate(rows) if len(row) == width) + 1
    for at, row in enumerate(rows):
        if len(row) != width or not any(any(map(str.isdigit, row[column])) for column in digits):
            continue
        if len(digits) > 1 and sum(row[column] not in MISSING_TEXTS for column in digits) == 1:
            continue  # a title with a year
        fits = all(row[column] in MISSING_TEXTS or is_number(row[column]) for column in numbers)
        if fits and all(_has_digit(row[column]) for column in digits):
            return at
    raise InputError("its rows are not alike")


def _is_toa5(row: str) -> bool:
    match = CAMPBELL.match(row)
    return match is not None and match[1] == "5"


def _header(
    above: Sequence[tuple[int, str, list[str]]], first_line: int, width: int
) -> tuple[list[str], list[str], dict[str, object]]:
    """Return names, labels, and what the mapping must say of the header."""
    numbers = [str(at + 1) for at in range(width)]
    wide = [(line, fields) for line, _, fields in above if len(fields) == width]
    if above and _is_toa5(above[0][1]) and len(above) > 2:
        names, units = above[1][2], above[2][2]
        if len(names) != width:
            raise InputError(f"its header has {len(names)} names, its rows have {width} fields")
        pairs = itertools.zip_longest(names, units[:width], fillvalue="")
        labels = [f"{name} {unit}".strip() for name, unit in pairs]
        return _own_names(names, numbers), labels, {}
    if not wide:
        keys: dict[str, object] = {"header_line": 0}
        return numbers, [""] * width, keys | ({"first_line": first_line} if first_line > 1 else {})
    labels = [" ".join(filter(None, dict.fromkeys(words))) for words in zip(*(row for _, row in wide), strict=True)]
    unique = [(line, row) for line, row in wide if all(row) and len(set(row)) == width]
    lines = [unique[0][0]] if unique else [line for line, _ in wide]
    names = (
        unique[0][1]
        if unique
        else [" ".join(filter(None, words)) for words in zip(*(r for _, r in wide), strict=True)]
    )
    before = [text for line, text, _ in above if line < lines[0]]
    header: dict[str, object] = {}
    if before and all(text.startswith("#") for text in before) and len(lines) == 1:
        header["comment"] = ["#"]
    elif before or len(lines) > 1:
        header["header_line"] = lines[0] if len(lines) == 1 else lines
    if any(line > lines[-1] for line, _, _ in above):
        header["first_line"] = first_line
    return _own_names(names, numbers), labels, header


def _own_names(names: Sequence[str], numbers: Sequence[str]) -> list[str]:
    """Return what tells each column apart: its name, or its number."""
    times = Counter(names)
    pairs = zip(names, numbers, strict=False)
    return [name if name and times[name] == 1 else number for name, number in pairs]
