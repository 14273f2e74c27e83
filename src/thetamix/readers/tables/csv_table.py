"""A CSV table in blocks of rows: checked, with the line numbers that messages need.

The table is never held as a whole: :meth:`CsvTable.blocks` yields a few megabytes at a time.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from thetamix.readers.tables.table_keys import Table
from thetamix.readers.tables.text_blocks import Text, count_fields, is_excel, split_rows, text_blocks
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
        """Return the rows where `keep` (row) is true."""
        if keep.all():
            return self
        return Block(
            self.lines[keep],
            {name: column[keep].remove_unused_categories() for name, column in self.texts.items()},
            {name: column[keep] for name, column in self.numbers.items()},
            self.share,
        )

    def joined(self, columns: Sequence[str], glue: str) -> pd.Categorical:
        """Join text columns, with `glue` between their texts, into one (row)."""
        if len(columns) == 1:
            return self.texts[columns[0]]
        first, *rest = (np.asarray(self.texts[name], dtype=object) for name in columns)
        for column in rest:
            first = first + glue + column
        return pd.Categorical(first)


def groups(column: pd.Categorical) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each text of a column with its rows, in order; texts without a row are left out."""
    order = np.argsort(column.codes, kind="stable")
    borders = np.searchsorted(column.codes[order], np.arange(len(column.categories) + 1))
    for text, start, end in zip(column.categories, borders[:-1], borders[1:], strict=True):
        if end > start:
            yield str(text), order[start:end]


class CsvTable:
    """A CSV file with a header, to be read in blocks.

    Parameters
    ----------
    path
        The file, plain or gzip, or Excel.
    keys
        How it is written, and which rows are meant: what a mapping may say of a table.

    Attributes
    ----------
    header : list of str
        Names of the columns.

    Raises
    ------
    InputError
        If the file is missing, empty, not text, or has no usable header.
    """

    def __init__(self, path: Path, keys: Table) -> None:
        self.path = require_file(path, "table")
        self.delimiter, self.decimal = keys.delimiter or ",", keys.decimal or "."
        self.encoding, self.sheet = keys.encoding or "utf-8", keys.sheet
        if self.delimiter == self.decimal:
            raise InputError(f"{path}: {self.decimal!r} cannot be both delimiter and decimal; correct the mapping")
        if is_excel(path):
            self.delimiter, self.decimal, self.encoding = ",", ".", "utf-8"
        elif self.sheet is not None:
            raise InputError(f"{path}: is no Excel file (.xlsx): leave sheet out of the mapping")
        missing = keys.missing or []
        self.codes = np.array([code for code in missing if not isinstance(code, str)], dtype=np.float64)
        self.missing_texts = [*MISSING_TEXTS, *(code for code in missing if isinstance(code, str))]
        self.header, self.last_header_line = self._read_header(keys.header_line)
        self.where = keys.where
        self.require(list(self.where), "where")

    def require(self, columns: Sequence[str], key: str) -> None:
        """Raise where a column, named by a key of the mapping, is missing or stands twice."""
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
        """Read columns as texts, as they stand, and as numbers, block by block.

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
        for part in text_blocks(self.path, self.encoding, sheet=self.sheet):
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
            asked = (f"{name} = {' or '.join(map(repr, allowed))}" for name, allowed in self.where.items())
            raise InputError(f"{self.path}: no row has {' and '.join(asked)} (mapping: where)")

    def _read_header(self, header_line: int | None) -> tuple[list[str], int]:
        """Return the names of the columns, and the line before the first row."""
        last, line = header_line, 0
        for part in text_blocks(self.path, self.encoding, 1, self.sheet):
            for line, text in enumerate(split_rows(part.text), part.first_line):
                if header_line is None:
                    # In a file of Campbell loggers names, units and processing stand below the logger's own line.
                    header_line, last = (2, 4) if re.match(r'"?TOA5"?,', text) else (1, 1)
                if line == header_line:
                    return self._names(text, line), last or line
        if line:
            raise InputError(f"{self.path}: has no line {header_line}; correct header_line in the mapping")
        raise InputError(f"{self.path}: is empty; fetch or export it again")

    def _names(self, text: str, line: int) -> list[str]:
        try:
            fields = next(csv.reader([text], delimiter=self.delimiter, skipinitialspace=True), [])
        except csv.Error as error:
            raise InputError(
                f"{self.path}: line {line} is no header ({error}); correct it, or name its line: header_line"
            ) from error
        header = [field.strip() for field in fields]
        if not any(header):
            raise InputError(f"{self.path}: line {line} is blank; the names of the columns must stand there")
        return header

    def _checked_rows(self, part: Text) -> tuple[str, np.ndarray]:
        """Leave out the header and blank lines; raise where a row has another number of fields."""
        fields, blank, offset = count_fields(part.text, self.delimiter)
        lines = part.first_line + offset
        keep = ~blank & (lines > self.last_header_line)
        wrong = np.flatnonzero(keep & (fields != len(self.header)))
        if wrong.size:
            row = wrong[0]
            hint = (
                "the file is cut in its last line: fetch it again"
                if not part.finished and row == len(lines) - 1
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
        return Block(lines, {name: _categories(frame[name]) for name in texts}, values, share)

    def _frame(self, text: str, types: Mapping[str, object]) -> pd.DataFrame:
        names = {self.header.index(name): name for name in types}
        frame: pd.DataFrame = pd.read_csv(  # type: ignore[call-overload]
            io.StringIO(text),
            header=None,
            names=list(range(len(self.header))),
            usecols=list(names),
            dtype={at: types[name] for at, name in names.items()},
            sep=self.delimiter,
            decimal=self.decimal,
            na_values={at: self.missing_texts for at, name in names.items() if types[name] is np.float64},
            keep_default_na=False,
            skipinitialspace=True,
            engine="c",
        )
        return frame.rename(columns=names)

    def _refuse_text(self, text: str, lines: np.ndarray, name: str) -> None:
        """Raise for the first row of a number column that is not a number, if there is one."""
        column = self._frame(text, {name: object})[name]
        for line, field in zip(lines, column, strict=True):
            word = str(field).strip()
            if word not in self.missing_texts and not is_number(word, self.decimal):
                hint = f"correct it, or list it under missing: [{word!r}] in the mapping"
                if self.decimal == "." and is_number(word, ","):
                    hint = "say decimal: ',' in the mapping"
                raise InputError(f"{self.path}: column {name!r}, line {line}: {word!r} is not a number; {hint}")


def is_number(word: str, decimal: str) -> bool:
    """Return whether a text is a finite number: ``1.5`` and ``-2e-3``, not ``inf``, ``1_000`` and ``1.000,5``."""
    if "_" in word or (decimal != "." and "." in word):
        return False
    try:
        return bool(np.isfinite(float(word.replace(decimal, "."))))
    except ValueError:
        return False


def _categories(column: pd.Series) -> pd.Categorical:
    """Hold each text once, without the blanks around it: a name is the same name with a blank behind it."""
    codes, texts = pd.factorize(column.to_numpy(dtype=object))
    merged, names = pd.factorize(np.array([str(text).strip() for text in texts], dtype=object))
    return pd.Categorical.from_codes(merged[codes], categories=pd.Index(names, dtype=object))


def _other_delimiter(header: str, delimiter: str) -> str | None:
    counts = {other: header.count(other) for other in ";\t,|" if other != delimiter and other in header}
    return max(counts, key=counts.__getitem__) if counts else None
