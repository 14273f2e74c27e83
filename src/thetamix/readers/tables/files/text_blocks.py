"""Text files in blocks of whole lines: gzip, Excel sheets, encodings, damage, and how many fields each line has."""

import contextlib
import csv
import datetime
import gzip
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TextIO

import numpy as np

from thetamix.system.errors import InputError, nearest

#: Characters that are read at a time.
BLOCK = 1 << 22
#: A quoted field may run over so many lines; more is a quote that was never closed.
MOST_QUOTED_LINES = 100

_QUOTED_OR_BLANKS = re.compile(r'("[^"\n]*")|[ \t]+')
#: No-break blanks are blanks; marks of the byte order, within joined files, and blanks of no width are nothing.
_LOOKS_THE_SAME = str.maketrans({"\u00a0": " ", "\u2007": " ", "\u202f": " ", "\ufeff": "", "\u200b": ""})
_MARK_READ_AS_LETTERS = "\u00ef\u00bb\u00bf"
_SPACE = 32  # bytes up to this one are blanks
_GZIP, _ZIP = b"\x1f\x8b", b"PK"


@dataclass(frozen=True)
class Text:
    r"""Some whole lines of a file.

    Attributes
    ----------
    first_line
        Line of the file that the text begins with, from 1.
    text
        The lines; line ends are ``\n``.
    share
        Which share of the file has been read by now (0 to 1).
    finished
        Whether the last line has a line end.
    """

    first_line: int
    text: str
    share: float
    finished: bool


def plain(text: str) -> str:
    """Return a text so that what looks the same is the same: composed letters, ordinary blanks.

    Examples
    --------
    >>> plain("Ho\u0308he\u00a01") == "H\u00f6he 1"
    True
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(_LOOKS_THE_SAME)


def cleaner(comment: Sequence[str], *, blanks: bool) -> Callable[[str], str]:
    """Return what makes whole lines of a file plain, without another number of lines.

    Parameters
    ----------
    comment
        Lines that begin so become blank.
    blanks
        Whether any blanks part fields: then a tabulator does.
    """
    left_out = re.compile(f'^[ \\t]*"?(?:{"|".join(map(re.escape, comment))}).*$', re.MULTILINE)

    def clean(text: str) -> str:
        text = plain(text)
        if comment:
            text = left_out.sub("", text)
        if blanks:
            text = re.sub(r"^[ \t]+|[ \t]+$", "", text, flags=re.MULTILINE)
            # What stands in quotes is one field.
            text = _QUOTED_OR_BLANKS.sub(lambda match: match[1] or "\t", text)
        return text

    return clean


def text_blocks(
    path: Path,
    encoding: str,
    size: int = BLOCK,
    sheet: str | None = None,
    clean: Callable[[str], str] = plain,
) -> Iterator[Text]:
    """Read a text file, plain or gzip, or a sheet of an Excel file, in blocks of whole lines.

    Parameters
    ----------
    path
        The file; gzip is recognised by its first bytes.
    encoding
        Of the text: ``utf-8`` (a byte-order mark is dropped), ``latin-1``.
    size
        Characters at a time.
    sheet
        Of an Excel file; None takes the first.
    clean
        Applied to whole lines; it keeps their number.

    Yields
    ------
    Text
        First the first line alone, then blocks.

    Raises
    ------
    InputError
        If the file is not text in this encoding, is damaged or cannot be read.
    """
    # A byte-order mark, as Excel writes it, is no part of the first name.
    encoding = "utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding
    total = max(path.stat().st_size, 1)
    line = 1
    try:
        with path.open("rb") as raw, _decoded(raw, path, encoding, sheet) as stream:
            text = stream.readline()
            if text.startswith(_MARK_READ_AS_LETTERS):
                raise InputError(f"{path}: is UTF-8, not {encoding}: leave encoding out of the mapping")
            text = clean(text)
            while text:
                text = _close_quotes(text, stream, path, line, clean)
                if "\0" in text:
                    at = line + text[: text.index("\0")].count("\n")
                    raise InputError(
                        f"{path}: line {at} holds NUL bytes: the file is damaged, or it is UTF-16 "
                        "(say encoding: utf-16 in the mapping)"
                    )
                yield Text(line, text, min(raw.tell() / total, 1.0), text.endswith("\n"))
                line += text.count("\n")
                text = clean(stream.read(size) + stream.readline())
    except UnicodeError as error:
        raise InputError(_wrong_encoding(path, encoding)) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(
            f"{path}: the compressed file is cut or damaged ({error}); {line - 1} lines could be read; fetch it again"
        ) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error


def count_fields(text: str, delimiter: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Count the fields of each row of whole lines; pandas would fill short rows silently.

    Returns
    -------
    fields : numpy.ndarray
        Number of fields (row).
    blank : numpy.ndarray
        Whether nothing is in them (row): spreadsheets write rows of delimiters below a table.
    offset : numpy.ndarray
        Line where the row begins (row), from 0.

    Examples
    --------
    >>> fields, blank, offset = count_fields("a,b,c\n1,2\n,,\n", ",")
    >>> fields.tolist(), blank.tolist(), offset.tolist()
    ([3, 2, 3], [False, False, True], [0, 1, 2])
    """
    if '"' in text:
        return _count_quoted(text, delimiter)
    raw = np.frombuffer(text.encode(), dtype=np.uint8)
    ends = np.flatnonzero(raw == ord("\n"))
    if not text.endswith("\n"):
        ends = np.append(ends, raw.size)
    starts = np.concatenate([[0], ends[:-1] + 1])
    is_delimiter = raw == ord(delimiter)
    # Counting by position is five times faster than adding up each row.
    borders = np.searchsorted(np.flatnonzero(is_delimiter), np.append(starts, raw.size))
    filled = np.logical_or.reduceat((raw > _SPACE) & ~is_delimiter, starts)
    return np.diff(borders) + 1, ~filled, np.arange(len(ends))


def split_rows(text: str, offset: np.ndarray | None = None) -> list[str]:
    """Split whole lines into rows, each with its line end: at `offset`, or where no quotation mark is open."""
    # Not str.splitlines: it also splits at form feeds and Unicode separators.
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    if not lines[-1]:
        lines.pop()
    if '"' not in text:
        return lines
    if offset is not None:  # as :func:`count_fields` counts them, which knows a mark inside a field
        return ["".join(lines[first:last]) for first, last in pairwise([*offset.tolist(), len(lines)])]
    rows, part = [], ""
    for line in lines:
        part += line
        if part.count('"') % 2 == 0:
            rows.append(part)
            part = ""
    return [*rows, part] if part else rows


def split_fields(row: str, delimiter: str) -> list[str]:
    """Split a row into its fields, without the blanks around them; raise csv.Error where its quotes are wrong."""
    fields = next(csv.reader([row], delimiter=delimiter, skipinitialspace=True), [])
    return [field.replace("\n", " ").strip() for field in fields]


def is_excel(path: Path) -> bool:
    """Return whether a file's name is that of an Excel file."""
    return path.suffix.lower() in {".xlsx", ".xlsm"}


def _count_quoted(text: str, delimiter: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    fields, blank, offset, line = [], [], [], 0
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True)
    for row in reader:
        fields.append(len(row))
        blank.append(not any(field.strip() for field in row))
        offset.append(line)
        line = reader.line_num
    return np.array(fields), np.array(blank), np.array(offset)


def _close_quotes(text: str, stream: TextIO, path: Path, line: int, clean: Callable[[str], str]) -> str:
    """Read on to the end of a quoted field that has line ends in it."""
    for _ in range(MOST_QUOTED_LINES + 1):
        if text.count('"') % 2 == 0:
            return text
        text += clean(stream.readline())
    odd = next(number for number, row in enumerate(text.split("\n")) if row.count('"') % 2)
    raise InputError(
        f"{path}: line {line + odd} has a quotation mark that is never closed; write it twice inside quotes, "
        "or remove it"
    )


def _decoded(raw: io.BufferedReader, path: Path, encoding: str, sheet: str | None) -> TextIO:
    if is_excel(path):
        return _sheet_as_text(path, sheet)
    magic = raw.peek(2)[:2]
    if magic == _ZIP:
        raise InputError(f"{path}: is a zip archive, not a CSV table; unpack it, or give the archive as the source")
    return io.TextIOWrapper(gzip.GzipFile(fileobj=raw) if magic == _GZIP else raw, encoding=encoding)


def _wrong_encoding(path: Path, encoding: str) -> str:
    with path.open("rb") as raw:
        beginning = raw.peek(200)[:200]
        magic = beginning[:2]
        if magic in {b"\xff\xfe", b"\xfe\xff"} or (magic != _GZIP and b"\0" in beginning):
            # Without a mark of the byte order, it is where the zeros of ASCII letters are that tells the order.
            order = "" if magic[:1] in {b"\xff", b"\xfe"} else "-be" if beginning.startswith(b"\0") else "-le"
            return f"{path}: is UTF-16; say encoding: utf-16{order} in the mapping, or save it as UTF-8"
        line = 0
        for content in gzip.GzipFile(fileobj=raw) if magic == _GZIP else raw:
            line += 1
            try:
                content.decode(encoding)
            except UnicodeError:
                break
    name = encoding.removesuffix("-sig")
    return (
        f"{path}: line {line} is not {name} text; save the file as UTF-8, or name its encoding in the mapping "
        "(for example encoding: latin-1)"
    )


def _sheet_as_text(path: Path, sheet: str | None) -> io.StringIO:
    """Write a sheet (None: the first) as comma-separated text; dates become ISO 8601, formulas their last values."""
    try:
        import openpyxl
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError as error:
        raise InputError(
            f"{path}: Excel files need the package openpyxl; install it with: pip install openpyxl, or save "
            "the sheet as CSV"
        ) from error
    damage = (KeyError, ValueError, EOFError, OSError, SyntaxError, TypeError, zipfile.BadZipFile)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    try:
        with contextlib.closing(openpyxl.load_workbook(path, read_only=True, data_only=True)) as book:
            if sheet is not None and sheet not in book.sheetnames:
                raise InputError(f"{path}: has no sheet {sheet!r}; {nearest(sheet, book.sheetnames)}")
            for row in book[sheet or book.sheetnames[0]].iter_rows(values_only=True):
                writer.writerow([_cell(value) for value in row])
    except (InvalidFileException, *damage) as error:
        raise InputError(f"{path}: is no readable Excel file ({error}); save it again as .xlsx or CSV") from error
    text.seek(0)
    return text


def _cell(value: object) -> str:
    if isinstance(value, datetime.datetime):
        # Excel holds times as fractions of a day: a full minute may come out a microsecond short.
        value = (value + datetime.timedelta(milliseconds=500)).replace(microsecond=0)
        return value.isoformat(sep=" ") if value.time() != datetime.time() else f"{value:%Y-%m-%d 00:00:00}"
    return "" if value is None else " ".join(str(value).split())
