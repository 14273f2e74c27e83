"""A CSV table in blocks of rows: checked, with the line numbers that messages need.

The table is never held as a whole: :meth:`CsvTable.blocks` yields a few megabytes at a time.
"""

import io
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from thetamix.network.plausibility import is_listed
from thetamix.readers.tables.files.table_header import SecondHeaders, read_header
from thetamix.readers.tables.files.table_hints import hint_of_comment, hint_of_header, line_with, other_delimiter
from thetamix.readers.tables.files.table_keys import BLANKS, Table
from thetamix.readers.tables.files.text_blocks import Text, cleaner, count_fields, is_excel, split_rows, text_blocks
from thetamix.system.errors import InputError, nearest
from thetamix.system.files import require_file

#: What stands for a missing number in any table (-888.88 is Onset's, and nobody's reading); codes such as -9999 are
#: the mapping's to name.
MISSING_TEXTS = (
    *("", "NA", "N/A", "n/a", "#N/A", "#NA", "<NA>", "NaN", "nan", "NAN", "-NaN", "-nan"),
    *("NULL", "null", "None", "-888.88"),
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
    """A CSV file, to be read in blocks.

    Parameters
    ----------
    path
        The file, plain or gzip, or Excel.
    keys
        How it is written, and which rows are meant: what a mapping may say of a table.

    Attributes
    ----------
    header : Header
        What the columns are called, and where the rows begin.
    second_headers : SecondHeaders
        Headers that stand among the rows; complete when all blocks are read.
    first_line : int
        Line of the first row; 0 until it is read.

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
            raise InputError(
                f"{path}: {self.decimal!r} cannot be both delimiter and decimal; give this table the other one, too"
            )
        self.blanks = self.delimiter == BLANKS
        self.clean = cleaner(keys.comment or (), blanks=self.blanks)
        if self.blanks:
            self.delimiter = "\t"
        if is_excel(path):
            self.delimiter, self.decimal, self.encoding = ",", ".", "utf-8"
        elif self.sheet is not None:
            raise InputError(f"{path}: is no Excel file (.xlsx): leave sheet out of the mapping")
        missing = keys.missing or []
        self.codes = np.array([code for code in missing if not isinstance(code, str)], dtype=np.float64)
        self.missing_texts = [*MISSING_TEXTS, *(code for code in missing if isinstance(code, str))]
        parts = text_blocks(path, self.encoding, 1, self.sheet, self.clean)
        rows = itertools.chain.from_iterable(enumerate(split_rows(part.text), part.first_line) for part in parts)
        self.header = read_header(rows, keys.header_line, keys.first_line, self.delimiter, path)
        self.second_headers = SecondHeaders(self.header, path)
        self.first_line = 0
        self.where = keys.where
        self.require(list(self.where), "where")

    def _single_rows(self) -> Iterator[tuple[int, str]]:
        """Yield rows one by one, with their lines: for the header."""
        for part in text_blocks(self.path, self.encoding, 1, self.sheet, self.clean):
            yield part.first_line, part.text

    def require(self, columns: Sequence[str], key: str) -> None:
        """Raise where a column, named by a key of the mapping, is missing or stands twice."""
        names = self.header.names
        for column in columns:
            if self.header.position(column) is not None:
                continue
            at = [str(number + 1) for number, name in enumerate(names) if name == column]
            if at:
                raise InputError(
                    f"{self.path}: column {column!r} stands {len(at)} times in the header; "
                    f"give its number ({' or '.join(at)}), or each column its own name"
                )
            hint = nearest(column, filter(None, names))
            if (line := line_with(column, self._single_rows(), self.delimiter)) is not None:
                hint = f"line {line} has it: say header_line: {line} for this table"
            elif len(names) == 1 and (other := other_delimiter(names[0], self.delimiter)):
                hint = f"the header is one field: say delimiter: {other!r} for this table"
            elif 2 * sum(is_number(name, self.decimal) for name in names) > len(names) or (
                column.isdecimal() and self.header.has_numbers
            ):
                hint = "if its rows begin without a header, say header_line: 0, and give columns by their numbers"
            raise InputError(f"{self.path}: no column {column!r} (mapping: {key}); {hint}")

    def first_row_hint(self, line: int) -> str:
        """Return what may be done where a line that cannot be read is the first one below the header."""
        return f"; if it belongs to the header, say first_line: {line + 1}" if line == self.first_line else ""

    def hint(self, line: int, first_readable: int | None) -> str:
        """Return what may be done about a line that is no row, as the end of a sentence: a foot, a row of units.

        Parameters
        ----------
        line
            Line of the file.
        first_readable
            The next line that is a row.
        """
        if line == self.first_line and first_readable is not None:
            return f"; if it belongs to the header, say first_line: {first_readable} in the mapping"
        for part in text_blocks(self.path, self.encoding, sheet=self.sheet, clean=self.clean):
            if 0 <= line - part.first_line < part.text.count("\n") + 1:
                return self._hint_of_row(part.text.split("\n")[line - part.first_line])
        return ""

    def _hint_of_row(self, text: str) -> str:
        return hint_of_header(text, self.header.names, self.delimiter) or hint_of_comment(text)

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
        self.second_headers.restart()
        for part in text_blocks(self.path, self.encoding, sheet=self.sheet, clean=self.clean):
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

    def _checked_rows(self, part: Text) -> tuple[str, np.ndarray]:
        """Leave out headers and blank lines; raise for another number of fields."""
        fields, blank, offset = count_fields(part.text, self.delimiter)
        lines = part.first_line + offset
        keep = ~blank & (lines > self.header.last_line)
        if keep.any() and self.second_headers.may_be_in(part.text):
            rows = split_rows(part.text, offset)
            keep[keep] = [not self.second_headers.holds(int(lines[at]), rows[at]) for at in np.flatnonzero(keep)]
        if not self.first_line and keep.any():
            self.first_line = int(lines[keep][0])
        wrong = np.flatnonzero(keep & (fields != len(self.header.names)))
        if wrong.size:
            row = wrong[0]
            text = split_rows(part.text, offset)[row]
            hint = (
                "the file is cut in its last line: fetch it again"
                if not part.finished and row == len(lines) - 1
                else "correct the row; blanks show no empty field: if tabs part the fields, say delimiter: tab"
                if self.blanks
                else f"correct the row, or name the file's delimiter in the mapping (now {self.delimiter!r})"
                f"{self._hint_of_row(text)}"
            )
            expected = len(self.header.names)
            if lines[row] == self.first_line and fields[row] > expected > 1:
                hint += f"; if all rows are so, say header_line: 0, first_line: {lines[row]}, and number the columns"
            raise InputError(
                f"{self.path}: line {lines[row]} has {fields[row]} field(s), the header {expected}; {hint}"
            )
        if keep.all():
            return part.text, lines
        rows = split_rows(part.text, offset)
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
                values[name] = np.where(is_listed(column, self.codes), np.nan, column)
        return Block(lines, {name: _categories(frame[name]) for name in texts}, values, share)

    def _frame(self, text: str, types: Mapping[str, object]) -> dict[str, pd.Series]:
        at = {name: position for name in types if (position := self.header.position(name)) is not None}
        frame: pd.DataFrame = pd.read_csv(  # type: ignore[call-overload]
            io.StringIO(text),
            header=None,
            names=list(range(len(self.header.names))),
            usecols=sorted(set(at.values())),
            dtype={at[name]: kind for name, kind in types.items()},
            sep=self.delimiter,
            decimal=self.decimal,
            na_values={at[name]: self.missing_texts for name, kind in types.items() if kind is np.float64},
            keep_default_na=False,
            skipinitialspace=True,
            engine="c",
        )
        return {name: frame[position] for name, position in at.items()}

    def _refuse_text(self, text: str, lines: np.ndarray, name: str) -> None:
        """Raise for the first row of a number column that is not a number, if there is one."""
        column = self._frame(text, {name: object})[name]
        for line, field in zip(lines, column, strict=True):
            word = str(field).strip()
            if word not in self.missing_texts and not is_number(word, self.decimal):
                hint = f"correct it, or list it under missing: [{word!r}] in the mapping"
                if self.decimal == "." and is_number(word, ","):
                    hint = "say decimal: ',' in the mapping"
                else:
                    hint += self.first_row_hint(line)
                raise InputError(f"{self.path}: column {name!r}, line {line}: {word!r} is not a number; {hint}")


def is_number(word: str, decimal: str = ".") -> bool:
    """Return whether a text is a finite number: ``1.5`` and ``-2e-3``, not ``inf``, ``1_000`` and ``1.000,5``."""
    if "_" in word or (decimal != "." and "." in word):
        return False
    try:
        return math.isfinite(float(word.replace(decimal, ".")))
    except ValueError:
        return False


def _categories(column: pd.Series) -> pd.Categorical:
    """Hold each text once, without the blanks around it: a name is the same name with a blank behind it."""
    codes, texts = pd.factorize(column.to_numpy(dtype=object))
    merged, names = pd.factorize(np.array([str(text).strip() for text in texts], dtype=object))
    return pd.Categorical.from_codes(merged[codes], categories=pd.Index(names, dtype=object))
