"""A CSV table in blocks of rows: checked, with the line numbers that messages need.

The table is never held as a whole: :meth:`CsvTable.blocks` gives a few megabytes at a time.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from thetamix.readers.tables.cells import categories, is_number
from thetamix.readers.tables.excel import is_excel
from thetamix.readers.tables.text_blocks import BLOCK, Text, count_fields, split_rows, text_blocks
from thetamix.system.errors import InputError, nearest
from thetamix.system.files import require_file

#: What stands for a missing number in any table; codes such as -9999 are the mapping's to name.
MISSING_TEXTS = (
    *("", "NA", "N/A", "n/a", "#N/A", "#NA", "<NA>", "NaN", "nan", "NAN", "-NaN", "-nan"),
    *("NULL", "null", "None"),
)


@dataclass(frozen=True)
class Block:
    """Some rows of a table.

    Attributes
    ----------
    lines
        Line of each row in the file (row), from 1.
    texts
        Text columns by name (row), as categories: what repeats is held once.
    numbers
        Number columns by name (row), float64; NaN is missing.
    share
        Which share of the file has been read.
    """

    lines: np.ndarray
    texts: Mapping[str, pd.Categorical]
    numbers: Mapping[str, np.ndarray]
    share: float

    def kept(self, keep: np.ndarray) -> "Block":
        """Give the rows where `keep` (row) is true."""
        if keep.all():
            return self
        return Block(
            self.lines[keep],
            {name: column[keep].remove_unused_categories() for name, column in self.texts.items()},
            {name: column[keep] for name, column in self.numbers.items()},
            self.share,
        )


class CsvTable:
    """A CSV file with a header, to be read in blocks.

    Parameters
    ----------
    path
        The file, plain or gzip.
    delimiter, decimal, encoding
        How it is written.
    missing
        Numbers and texts that stand for "missing".
    where
        Columns and the texts that they must hold: other rows are not read.
    header_line
        Line with the names of the columns, from 1; None takes the first, or that of a Campbell logger's file (TOA5).
    sheet
        Of an Excel file; None takes the first.

    Attributes
    ----------
    header : list of str
        Names of the columns.

    Raises
    ------
    InputError
        If the file is missing, empty, not text, or has no usable header.
    """

    def __init__(
        self,
        path: Path,
        *,
        delimiter: str = ",",
        decimal: str = ".",
        encoding: str = "utf-8",
        missing: Sequence[float | str] = (),
        where: Mapping[str, Sequence[str]] | None = None,
        header_line: int | None = None,
        sheet: str | None = None,
    ) -> None:
        self.path = require_file(path, "table")
        if is_excel(self.path):
            delimiter, decimal, encoding = ",", ".", "utf-8"
        elif sheet is not None:
            raise InputError(f"{self.path}: is no Excel file (.xlsx): leave sheet out of the mapping")
        self.delimiter = delimiter
        self.decimal = decimal
        self.encoding = encoding
        self.sheet = sheet
        self.header_line, self.first_line = self._where_the_header_is(header_line)
        self.codes = np.array([code for code in missing if not isinstance(code, str)], dtype=np.float64)
        self.missing_texts = [*MISSING_TEXTS, *(code for code in missing if isinstance(code, str))]
        self.header = self._read_header()
        self.where = where or {}
        self.require(list(self.where), "where")

    @property
    def name(self) -> str:
        """The file's name, for messages."""
        return self.path.name

    def require(self, columns: Sequence[str], key: str) -> None:
        """Insist that columns are there, once each.

        Parameters
        ----------
        columns
            Their names.
        key
            The key of the mapping that names them, for the message.

        Raises
        ------
        InputError
            If one is missing or stands twice.
        """
        for column in columns:
            times = self.header.count(column)
            if times > 1:
                raise InputError(
                    f"{self.path}: column {column!r} stands {times} times in the header; "
                    "give each column its own name"
                )
            if times == 0:
                hint = nearest(column, self.header)
                if len(self.header) == 1 and (other := _other_delimiter(self.header[0], self.delimiter)):
                    hint = f"the header is one field: say delimiter: {other!r} in the mapping"
                raise InputError(f"{self.path}: no column {column!r} (mapping: {key}); {hint}")

    def blocks(self, texts: Sequence[str], numbers: Sequence[str] = ()) -> Iterator[Block]:
        """Read some of the columns, block by block.

        Parameters
        ----------
        texts
            Columns that are read as they stand.
        numbers
            Columns of numbers.

        Yields
        ------
        Block
            In the order of the file; blank lines and rows outside ``where`` are left out.

        Raises
        ------
        InputError
            If a row has too few or too many fields, a number cannot be read, or the file is cut.
        """
        names = list(dict.fromkeys([*texts, *self.where]))
        any_rows = any_kept = False
        for part in self._blocks():
            text, lines = self._checked_rows(part)
            if not lines.size:
                continue
            any_rows = True
            block = self._parse(text, lines, names, numbers, part.share)
            keep = np.ones(lines.size, dtype=bool)
            for name, allowed in self.where.items():
                keep &= np.asarray(block.texts[name].isin(list(allowed)))
            if keep.any():
                any_kept = True
                yield block.kept(keep)
        if not any_rows:
            raise InputError(f"{self.path}: has a header but no rows")
        if not any_kept:
            raise InputError(f"{self.path}: no row has {_conditions(self.where)} (mapping: where)")

    def _blocks(self, size: int = BLOCK) -> Iterator[Text]:
        return text_blocks(self.path, self.encoding, size, self.sheet)

    def _where_the_header_is(self, header_line: int | None) -> tuple[int, int]:
        """Give the line of the header and the line before the first row."""
        if header_line is not None:
            return header_line, header_line
        for part in self._blocks(size=1):
            if re.match(r'"?TOA5"?,', part.text):
                return 2, 4  # names, units and processing stand below the logger's own line
            break
        return 1, 1

    def _read_header(self) -> list[str]:
        any_line = False
        for part in self._blocks(size=1):
            any_line = True
            for number, text in enumerate(split_rows(part.text)):
                if part.first_line + number != self.header_line:
                    continue
                try:
                    fields = next(csv.reader([text], delimiter=self.delimiter, skipinitialspace=True), [])
                except csv.Error as error:
                    raise InputError(
                        f"{self.path}: line {self.header_line} is no header ({error}); correct it, or name its line: "
                        "header_line"
                    ) from error
                header = [field.strip() for field in fields]
                if not any(header):
                    raise InputError(
                        f"{self.path}: line {self.header_line} is blank; the names of the columns must stand there"
                    )
                return header
        if any_line:
            raise InputError(f"{self.path}: has no line {self.header_line}; correct header_line in the mapping")
        raise InputError(f"{self.path}: is empty; fetch or export it again")

    def _checked_rows(self, part: Text) -> tuple[str, np.ndarray]:
        """Leave out the header and blank lines; insist on the number of fields."""
        fields, blank, offset = count_fields(part.text, self.delimiter)
        lines = part.first_line + offset
        keep = ~blank & (lines > self.first_line)
        wrong = np.flatnonzero(keep & (fields != len(self.header)))
        if wrong.size:
            row = wrong[0]
            cut = not part.finished and row == len(lines) - 1
            hint = (
                "the file is cut in its last line: fetch it again"
                if cut
                else f"correct the row, or name the file's delimiter in the mapping (now {self.delimiter!r})"
            )
            raise InputError(
                f"{self.path}: line {lines[row]} has {fields[row]} field(s), the header {len(self.header)}; {hint}"
            )
        if keep.all():
            return part.text, lines
        rows = split_rows(part.text)
        return "".join(row for row, kept in zip(rows, keep, strict=True) if kept), lines[keep]

    def _parse(
        self, text: str, lines: np.ndarray, texts: Sequence[str], numbers: Sequence[str], share: float
    ) -> Block:
        types: dict[str, object] = dict.fromkeys(texts, object)  # "category" would make numbers of 0010
        types |= dict.fromkeys(numbers, np.float64)
        try:
            frame = self._frame(text, types)
        except ValueError as error:
            for name in numbers:
                self._refuse_text(text, lines, name)
            raise InputError(f"{self.path}: cannot be read as a table ({error})") from error
        values = {name: frame[name].to_numpy(dtype=np.float64) for name in numbers}
        for name, column in values.items():
            if np.isinf(column).any():
                self._refuse_text(text, lines, name)
            if self.codes.size:
                values[name] = np.where(np.isin(column, self.codes), np.nan, column)
        return Block(lines, {name: categories(frame[name]) for name in texts}, values, share)

    def _frame(self, text: str, types: Mapping[str, object]) -> pd.DataFrame:
        at = {self.header.index(name): name for name in types}
        missing = {place: self.missing_texts for place, name in at.items() if types[name] is np.float64}
        frame: pd.DataFrame = pd.read_csv(  # type: ignore[call-overload]
            io.StringIO(text),
            header=None,
            names=list(range(len(self.header))),
            usecols=list(at),
            dtype={place: types[name] for place, name in at.items()},
            sep=self.delimiter,
            decimal=self.decimal,
            na_values=missing,
            keep_default_na=False,
            skipinitialspace=True,
            engine="c",
        )
        return frame.rename(columns=at)

    def _refuse_text(self, text: str, lines: np.ndarray, name: str) -> None:
        """Name the first row of a number column that is not a number, if there is one."""
        column = self._frame(text, {name: object})[name]
        for line, field in zip(lines, column, strict=True):
            word = str(field).strip()
            if word not in self.missing_texts and not is_number(word, self.decimal):
                raise InputError(
                    f"{self.path}: column {name!r}, line {line}: {word!r} is not a number; {self._number_hint(word)}"
                )

    def _number_hint(self, word: str) -> str:
        if self.decimal == "." and is_number(word, ","):
            return "say decimal: ',' in the mapping"
        return f"correct it, or list it under missing: [{word!r}] in the mapping"


def _other_delimiter(header: str, delimiter: str) -> str | None:
    found = {other: header.count(other) for other in ";\t,|" if other != delimiter and other in header}
    return max(found, key=found.__getitem__) if found else None


def _conditions(where: Mapping[str, Sequence[str]]) -> str:
    return " and ".join(f"{name} = {' or '.join(map(repr, allowed))}" for name, allowed in where.items())
