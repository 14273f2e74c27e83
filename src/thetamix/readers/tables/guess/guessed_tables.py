"""What a look at the tables of a folder tells: time, readings, weather, and which files belong together."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from thetamix.network import plausibility
from thetamix.readers.tables.files.csv_table import MISSING_TEXTS, is_number
from thetamix.readers.tables.guess.column_names import MOISTURE, weather_columns, weather_unit
from thetamix.readers.tables.guess.first_rows import FirstRows, are_numbers, read_first_rows
from thetamix.readers.tables.guess.headerless import with_labels
from thetamix.readers.tables.guess.sensor_guess import is_moisture, sensor_pattern
from thetamix.readers.tables.guess.time_columns import TimeColumns, find_time

#: Numbers that stand for missing where they occur in any column: counts reach many of the positive codes.
CODES = (*plausibility.CODES[plausibility.CODES <= -99].tolist(), 7999.0, 9999.0, 9999999.0)


@dataclass(frozen=True)
class GuessedTable:
    """What a look at a table finds: its first rows, its time (None: it has none), and medians of its numbers."""

    first_rows: FirstRows
    time: TimeColumns | None
    medians: dict[str, float]

    @property
    def name(self) -> str:
        """The file."""
        return self.first_rows.name

    @property
    def header(self) -> list[str]:
        """What its columns are called."""
        return self.first_rows.names

    @property
    def numbers(self) -> list[str]:
        """The columns of numbers."""
        times = [] if self.time is None else self.time.columns
        return [column for column in self.header if column in self.medians and column not in times]

    @property
    def moisture(self) -> list[str]:
        """The columns that say soil moisture, by all that stands above them."""
        labels = zip(self.header, self.first_rows.labels, strict=True)
        return [column for column, label in labels if is_moisture(label) and column in self.medians]

    @property
    def moist_rows(self) -> tuple[str, str] | None:
        """The column of words that says soil moisture, and the word."""
        for at, column in enumerate(self.header):
            if column not in self.medians and (self.time is None or column not in self.time.columns):
                for text in dict.fromkeys(self.first_rows.column(at)):
                    if MOISTURE.search(text):
                        return column, text
        return None

    @property
    def forcing(self) -> dict[str, tuple[str, str]]:
        """Its weather: variable -> column and unit."""
        labels = dict(zip(self.first_rows.labels, self.header, strict=True))
        by_label = weather_columns([label for label, column in labels.items() if column in self.numbers])
        columns = {name: labels[label] for name, label in by_label.items()} | weather_columns(self.numbers)
        label_of = dict(zip(self.header, self.first_rows.labels, strict=True))
        return {
            name: (column, weather_unit(name, label_of[column] or column, self.medians[column]))
            for name, column in columns.items()
        }


def look_at(folder: Path, name: str) -> GuessedTable:
    """Return what the first rows of a table tell; raise InputError with the reason where it is none."""
    first_rows = with_labels(read_first_rows(folder, name))
    medians = {}
    for at, column in enumerate(first_rows.names):
        texts = first_rows.column(at)
        values = np.array([float(text) for text in texts if is_number(text)])
        values = values[~np.isin(values, CODES)]
        if are_numbers(texts) or (is_moisture(first_rows.labels[at]) and set(texts) <= set(MISSING_TEXTS)):
            medians[column] = float(np.median(values)) if values.size else np.nan
    return GuessedTable(first_rows, find_time(first_rows), medians)


def grouped(tables: list[GuessedTable], everything: list[GuessedTable]) -> list[list[GuessedTable]]:
    """Group tables that differ by their names alone, where a name with braces means no other table."""
    groups: dict[tuple[str, ...], list[GuessedTable]] = {}
    for table in tables:
        groups.setdefault((str(Path(table.name).parent), repr(table.first_rows.keys), *table.header), []).append(
            table
        )
    parts: list[list[GuessedTable]] = []
    for group in groups.values():
        parts += [group] if _means(common_name(group), everything) == len(group) else [[table] for table in group]
    return parts


def _means(name: str, everything: Sequence[GuessedTable]) -> int:
    """Count the tables that a name with braces means."""
    pattern = re.compile("[^/]+".join(map(re.escape, name.split("{station}"))))
    return sum(pattern.fullmatch(table.name) is not None for table in everything)


def is_wide(group: list[GuessedTable]) -> bool:
    """Return whether alike tables have a column for each sensor."""
    first = group[0]
    if is_single(group):
        return False
    if first.moisture:
        return len(first.moisture) > 1 or not _is_long(first)
    return first.moist_rows is None


def is_single(group: list[GuessedTable]) -> bool:
    """Return whether alike tables are each of one sensor."""
    return len(group[0].moisture or group[0].numbers) == 1 and len(group) > 1


def _is_long(look: GuessedTable) -> bool:
    """Return whether a time stands several times: rows of several sensors."""
    stamps = np.array([]) if look.time is None else look.time.stamps
    return np.unique(stamps).size < 0.9 * len(stamps)


def long_columns(look: GuessedTable, everything: Sequence[GuessedTable]) -> tuple[list[str], str]:
    """Return the columns that name the sensor of a row, as a table of sensors has it, and that of its reading."""
    value = (look.moisture or look.numbers or ["TODO"])[-1]
    times = [] if look.time is None else look.time.columns
    named = [
        column
        for at, column in enumerate(look.header)
        if column != value
        and column not in times
        and re.search(r"site|station|plot|sensor|port|position|depth|probe|id$", column, re.IGNORECASE)
        and len(set(look.first_rows.column(at))) < len(look.first_rows.cells)
    ]
    listed = [set(table.first_rows.column(0)) for table in everything if table.time is None]
    for start, end in itertools.combinations(range(len(named) + 1), 2):
        texts = (look.first_rows.column(look.header.index(column)) for column in named[start:end])
        if any({"/".join(row) for row in zip(*texts, strict=True)} <= names for names in listed):
            return named[start:end], value
    words = [c for c in look.header if c not in look.numbers and c not in times][:1]
    return named or words or ["TODO"], value


def file_of(group: list[GuessedTable], everything: list[GuessedTable]) -> str:
    """Return the name of a group's files; a word in braces is their cluster where columns do not name it."""
    name = common_name(group)
    pattern = sensor_pattern(group[0].moisture)
    if len(group) == 1 and is_wide(group) and pattern is not None and not pattern[2]:
        path = Path(name)
        stem = path.name.split(".")[0]
        braced = (path.parent / path.name.replace(stem, "{station}", 1)).as_posix()
        return braced if _means(braced, everything) == 1 else name
    return name


def common_name(group: list[GuessedTable]) -> str:
    """Return the name of a table, with a word in braces for where the names of several differ."""
    names = [table.name for table in group]
    first = names[0]
    if len(names) == 1:
        return first
    start = next(i for i, letters in enumerate(zip(*names, strict=False)) if len(set(letters)) > 1)
    start = max(first.rfind(mark, 0, start) for mark in "/_-. ") + 1  # a whole word
    back = [name[::-1] for name in names]
    end = next(i for i, letters in enumerate(zip(*back, strict=False)) if len(set(letters)) > 1)
    return f"{first[:start]}{{station}}{first[len(first) - end :]}"


def words_of(group: list[GuessedTable], name: str) -> list[str]:
    """Return what stands for the word in braces in the names of a group's files; "" where there is none."""
    pattern = re.compile("([^/]+?)".join(map(re.escape, name.split("{station}"))))
    matches = (pattern.fullmatch(look.name) for look in group)
    return ["/".join(match.groups()) for match in matches if match is not None]
