"""Opening the tables of a mapping: what its top says for all tables, and what a table says for itself."""

import difflib
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from thetamix.readers.tables.csv_table import Block, CsvTable
from thetamix.readers.tables.mapping import Matching
from thetamix.readers.tables.table_keys import Format, Table
from thetamix.readers.tables.times import TableClock, parse_offset
from thetamix.system.durations import parse_duration
from thetamix.system.errors import InputError


def open_table(folder: Path, keys: Table, mapping: Matching) -> CsvTable:
    """Open a table of the mapping.

    Parameters
    ----------
    folder
        The folder that is imported.
    keys
        The table's part of the mapping.
    mapping
        The whole mapping.

    Returns
    -------
    CsvTable
        The table, its header read.

    Raises
    ------
    InputError
        If there is no such file, or it is not a table.
    """
    path = folder / keys.file
    if not path.exists():
        names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
        close = difflib.get_close_matches(keys.file, names, n=1, cutoff=0.6)
        hint = f'did you mean "{close[0]}"?' if close else f"the folder holds: {', '.join(names[:10]) or 'nothing'}"
        raise InputError(f"{path}: no such table; {hint}")
    delimiter, decimal = (
        _setting("delimiter", keys, mapping) or ",",
        _setting("decimal", keys, mapping) or ".",
    )
    if delimiter == decimal:
        raise InputError(f"{path}: {decimal!r} cannot be both delimiter and decimal; correct the mapping")
    return CsvTable(
        path,
        delimiter=delimiter,
        decimal=decimal,
        encoding=_setting("encoding", keys, mapping) or "utf-8",
        missing=keys.missing if keys.missing is not None else mapping.missing or (),
        where=keys.where,
        header_line=keys.header_line or mapping.header_line,
        sheet=keys.sheet,
    )


def expand(folder: Path, file: str) -> list[tuple[str, str]]:
    """Find the files that a name with placeholders means.

    Parameters
    ----------
    folder
        The folder that is imported.
    file
        A path inside it, perhaps with words in braces: ``soil/{station}_{depth}.csv``.

    Returns
    -------
    list of tuple
        (path inside the folder, what stands for the words joined by "/"), in natural order; a name without words
        is itself, with "".

    Raises
    ------
    InputError
        If there is no such file.
    """
    if "{" not in file:
        return [(file, "")]
    parts = re.split(r"\{\w*\}", file)
    pattern = re.compile("([^/]+?)".join(re.escape(part) for part in parts))
    names = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
    found = {name: "/".join(match.groups()) for name in names if (match := pattern.fullmatch(name))}
    if not found:
        raise InputError(
            f"{folder / file}: no file has such a name; the folder holds: "
            f"{', '.join(sorted(names)[:10]) or 'nothing'}"
        )
    return [(name, found[name]) for name in natural_order(list(found))]


def natural_order(names: Sequence[str]) -> list[str]:
    """Sort names as people do, each once.

    Parameters
    ----------
    names
        Names.

    Returns
    -------
    list of str
        In natural order.

    Examples
    --------
    >>> natural_order(["c10", "c2", "c2", "C1"])
    ['C1', 'c2', 'c10']
    """

    def key(name: str) -> tuple[list[tuple[int, int, str]], str]:
        parts = re.findall(r"\d+|\D+", name)
        return [(0, int(part), "") if part.isdecimal() else (1, 0, part.lower()) for part in parts], name

    return sorted(set(names), key=key)


def table_clock(keys: Table, mapping: Matching, path: Path, step: str | None = None) -> TableClock:
    """Say how the stamps of a table are to be understood.

    Parameters
    ----------
    keys
        The table's part of the mapping.
    mapping
        The whole mapping.
    path
        The table, for the message.
    step
        The table's own; None is the network's.

    Returns
    -------
    TableClock
        Its clock.

    Raises
    ------
    InputError
        If the mapping does not say whether stamps are starts or ends.
    """
    stamp = keys.stamp or mapping.stamp
    if stamp is None:
        raise InputError(
            f"{path}: the mapping does not say whether a stamp is the start or the end of its interval; "
            "add stamp: start or stamp: end (readings at one moment: end)"
        )
    offset = _setting("utc_offset", keys, mapping)
    return TableClock(
        _setting("time_format", keys, mapping),
        None if offset is None else parse_offset(offset),
        stamp,
        np.timedelta64(parse_duration(step or mapping.step), "ns"),
    )


def block_ends(block: Block, columns: list[str], clock: TableClock, table: CsvTable) -> np.ndarray:
    """Give the ends of the intervals of a block's rows.

    Parameters
    ----------
    block
        With the text columns of the time.
    columns
        Their names: several are joined by a blank before they are read.
    clock
        The table's clock.
    table
        The table, for messages.

    Returns
    -------
    numpy.ndarray
        Ends (row) as ``datetime64[ns]``, UTC.
    """
    return clock.ends(
        joined(block, columns, " "), block.lines, f"{table.path}: column {' and '.join(map(repr, columns))}"
    )


def joined(block: Block, columns: list[str], glue: str) -> pd.Categorical:
    """Join text columns of a block into one (row)."""
    if len(columns) == 1:
        return block.texts[columns[0]]
    parts = [np.asarray(block.texts[name], dtype=object) for name in columns]
    texts = parts[0]
    for part in parts[1:]:
        texts = texts + glue + part
    return pd.Categorical(texts)


def _setting(name: str, keys: Format, mapping: Matching) -> str | None:
    own: str | None = getattr(keys, name)
    return own if own is not None else getattr(mapping, name)
