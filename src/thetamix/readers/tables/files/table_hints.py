"""What may be wrong where a table cannot be read as the mapping says: the ends of messages."""

import contextlib
import csv
import itertools
import re
from collections.abc import Iterable, Sequence

from thetamix.readers.tables.files.text_blocks import split_fields

#: A header stands within so many lines.
HEADER_WITHIN = 100


def line_with(column: str, rows: Iterable[tuple[int, str]], delimiter: str) -> int | None:
    """Return the first line, among those where a header may stand, that has a field.

    Parameters
    ----------
    column
        The field.
    rows
        Lines of a file and their texts.
    delimiter
        One character.
    """
    for line, text in itertools.islice(rows, HEADER_WITHIN):
        with contextlib.suppress(csv.Error):
            fields = split_fields(text, delimiter)
            if len(fields) > 1 and column in fields:
                return line
    return None


def hint_of_comment(row: str) -> str:
    """Return how a row that begins with a word or a mark, as notes and feet of tables do, is left out.

    Examples
    --------
    >>> hint_of_comment("Total,,")
    "; lines that begin so are left out by comment: 'Total'"
    >>> hint_of_comment("2021-01-01,0.2")
    ''
    """
    beginning = beginning_of(row)
    return f"; lines that begin so are left out by comment: {beginning!r}" if beginning else ""


def beginning_of(row: str) -> str:
    """Return the word or the mark that a row begins with; "" where it begins with a number, as rows of data do."""
    beginning = re.match(r'[\s"]*([^\W\d_]+|[^\w\s",;]+)', row)
    return beginning[1] if beginning else ""


def hint_of_header(row: str, names: Sequence[str], delimiter: str) -> str:
    """Return what a row is that holds names of columns: the rows below it have other columns, and must not be read.

    Examples
    --------
    >>> hint_of_header("time,B,A", ["time", "A", "B"], ",")
    '; a second header stands here, with other columns or in another order: make two files of it'
    >>> hint_of_header("Total,,", ["time", "A", ""], ",")
    ''
    """
    fields = [field.strip(' \t"\n') for field in row.split(delimiter)]
    again = len(set(fields) & set(filter(None, names)))
    if again <= 1 or 2 * again < len(set(fields)):
        return ""
    return "; a second header stands here, with other columns or in another order: make two files of it"


def other_delimiter(header: str, delimiter: str) -> str | None:
    """Return the character that parts the fields of a header, where it is another one."""
    counts = {other: header.count(other) for other in ";\t,|" if other != delimiter and other in header}
    return max(counts, key=counts.__getitem__) if counts else None
