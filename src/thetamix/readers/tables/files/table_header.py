"""The header of a table: what its columns are called, where its rows begin, and where it stands once more."""

import csv
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from thetamix.readers.tables.files.text_blocks import split_fields
from thetamix.system.errors import InputError

#: Files of Campbell loggers: names, in TOA5 also units and processing, stand below the logger's own line.
CAMPBELL = re.compile(r'"?TOA(5|CI1)"?,')
_NUMBER = re.compile(r"[+-]?\d*[.,]?\d+")
_CAMPBELL_NAMES, _CAMPBELL_LAST = 2, {"5": 4, "CI1": 2}


@dataclass(frozen=True)
class Header:
    """The lines above the rows of a table.

    Attributes
    ----------
    names
        What the columns are called (column), as it stands; their numbers where there is no header.
    last_line
        Line before the first row; 0 where rows begin at once.
    rows
        From the row of names to the last line; none where there is no header. What stands there again is no row.
    """

    names: list[str]
    last_line: int
    rows: tuple[str, ...]

    @property
    def has_numbers(self) -> bool:
        """Whether names are numbers themselves: then a number that is none of them is a mistake, or this is a row."""
        return any(map(_NUMBER.fullmatch, self.names))

    @property
    def numbers(self) -> dict[str, int]:
        """Columns that their names do not tell apart, empty or standing several times: number, from 1 -> position."""
        if self.has_numbers:
            return {}
        return {str(at + 1): at for at, name in enumerate(self.names) if not name or self.names.count(name) > 1}

    def position(self, column: str) -> int | None:
        """Return where a column is, by its name or its number; None where that is not clear."""
        if self.names.count(column) == 1:
            return self.names.index(column)
        if column.isdecimal() and not self.has_numbers:
            at = int(column) - 1
            return at if 0 <= at < len(self.names) else None
        return None


def read_header(
    rows: Iterable[tuple[int, str]],
    header_line: Sequence[int] | None,
    first_line: int | None,
    delimiter: str,
    path: Path,
) -> Header:
    """Read the header of a table.

    Parameters
    ----------
    rows
        Rows of the file with their lines, from 1.
    header_line
        Lines of the names, which are joined; [0]: there are none; None: the first line that is not blank, and the
        second of a file of Campbell loggers.
    first_line
        Line of the first row; None: the one below the header.
    delimiter
        One character.
    path
        For messages.

    Raises
    ------
    InputError
        If a line is missing or blank.
    """
    above = _above_rows(rows, max([*(header_line or ()), first_line or 1]))
    lines = _lines_of_names(above, header_line, path)
    last = max([*lines, 0])
    if lines == [_CAMPBELL_NAMES]:
        last = max(last, _campbell_last(above))
    if first_line is not None:
        if first_line <= max([*lines, 0]):
            raise InputError(
                f"{path}: first_line: {first_line} is not below header_line: {lines[-1]}; correct the mapping"
            )
        last = first_line - 1
    if not lines:
        line = next((line for line, text in above.items() if text.strip() and line > last), 0)
        if not line:
            raise InputError(f"{path}: has no row; correct first_line in the mapping, or export it again")
        return Header([str(at + 1) for at in range(len(_fields(above[line], line, delimiter, path)))], line - 1, ())
    names: list[str] = []
    for line in lines:
        fields = _fields(above[line], line, delimiter, path)
        names = [f"{name} {more}".strip() for name, more in itertools.zip_longest(names, fields, fillvalue="")]
    again = tuple(text for line, text in above.items() if lines[0] <= line <= last and text.strip())
    return Header(names, last, again)


def _above_rows(rows: Iterable[tuple[int, str]], enough: int) -> dict[int, str]:
    """Return lines of a file up to the first that is not blank and not before a certain one: line -> text."""
    above: dict[int, str] = {}
    for line, text in rows:
        above[line] = text
        enough = max(enough, _campbell_last(above))
        if line >= enough and text.strip():
            break
    return above


def _campbell_last(above: Mapping[int, str]) -> int:
    """Return the last line of the header of a file of Campbell loggers; 0 for any other."""
    match = CAMPBELL.match(above.get(1, ""))
    return 0 if match is None else _CAMPBELL_LAST[match[1]]


def _lines_of_names(above: Mapping[int, str], header_line: Sequence[int] | None, path: Path) -> Sequence[int]:
    if not above:
        raise InputError(f"{path}: is empty; fetch or export it again")
    if header_line is None:
        lines = (
            [_CAMPBELL_NAMES] if _campbell_last(above) else [line for line, text in above.items() if text.strip()][:1]
        )
        if not lines:
            raise InputError(f"{path}: line 1 is blank; the names of the columns must stand there")
        if lines[0] not in above:
            raise InputError(
                f"{path}: has no line {lines[0]} with the names of the columns; fetch or export it again"
            )
        return lines
    lines = [line for line in header_line if line > 0]
    for line in lines:
        if line not in above:
            raise InputError(f"{path}: has no line {line}; correct header_line in the mapping")
    return lines


def _fields(text: str, line: int, delimiter: str, path: Path) -> list[str]:
    try:
        fields = split_fields(text, delimiter)
    except csv.Error as error:
        raise InputError(
            f"{path}: line {line} is no header ({error}); correct it, or name its line: header_line"
        ) from error
    if not any(fields):
        raise InputError(f"{path}: line {line} is blank; the names of the columns must stand there")
    return fields


@dataclass
class SecondHeaders:
    """Headers further down a file: loggers write them when they connect anew, and joined files have them.

    Parameters
    ----------
    header
        That of the file.
    path
        For messages.

    Attributes
    ----------
    lines
        Lines where they begin.
    """

    header: Header
    path: Path
    lines: set[int] = field(default_factory=set)
    _due: list[str] = field(default_factory=list)

    def restart(self) -> None:
        """Prepare for the first row of the file."""
        self._due = []

    def may_be_in(self, text: str) -> bool:
        """Return whether a text may hold such a header, or the rest of the one before: a fast look."""
        return bool(self.header.rows) and (
            bool(self._due)
            or self.header.rows[0].strip() in text
            or ("TOA" in text and CAMPBELL.search(text) is not None)
        )

    def holds(self, line: int, row: str) -> bool:
        """Return whether a row below the header, all of which are given in order, belongs to a second one.

        Raises
        ------
        InputError
            If that header has other columns, units or processing.
        """
        row = row.strip()
        if self._due:
            if row != self._due[0].strip():
                raise InputError(
                    f"{self.path}: line {line}: a second header stands here, and it differs from the first one: "
                    f"{row[:80]!r} for {self._due[0].strip()[:80]!r}; make two files of it"
                )
            self._due = self._due[1:]
            return True
        if row == self.header.rows[0].strip():
            self._due = list(self.header.rows[1:])
        elif CAMPBELL.match(row):
            self._due = list(self.header.rows)
        else:
            return False
        self.lines.add(line)
        return True
