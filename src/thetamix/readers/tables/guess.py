"""A first mapping for a folder of tables, for its user to correct: ``thetamix import csv --guess``."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

from thetamix.readers.tables.column_names import MOISTURE, moisture_unit, weather_columns, weather_unit
from thetamix.readers.tables.csv_table import CsvTable
from thetamix.readers.tables.opening import as_folder, files_in
from thetamix.readers.tables.table_keys import Table
from thetamix.readers.tables.text_blocks import is_excel
from thetamix.system.errors import InputError

#: Endings of tables.
TABLES = (".csv", ".txt", ".dat", ".tsv", ".xlsx")
_TIME = re.compile(r"time|date|day|datum|zeit|tag|stamp", re.IGNORECASE)
_DEPTH = re.compile(r"depth|tiefe", re.IGNORECASE)
_ROWS = 2000
#: Numbers below stand for missing.
MISSING = -900.0


@dataclass
class GuessedTable:
    """What a look at a table finds."""

    name: str
    delimiter: str
    header: list[str]
    time: str | None
    stamps: list[str]
    medians: dict[str, float]  # of the columns of numbers
    moist: bool  # its rows or columns say soil moisture
    moist_rows: tuple[str, str] | None  # the column of words that says it, and the word

    @property
    def numbers(self) -> list[str]:
        """The columns of numbers."""
        return [column for column in self.header if column in self.medians]

    @property
    def moisture(self) -> list[str]:
        """The columns of numbers that say soil moisture."""
        return [column for column in self.numbers if MOISTURE.search(column)]

    @property
    def forcing(self) -> dict[str, tuple[str, str]]:
        """Its weather: variable -> column and unit."""
        return {
            name: (column, weather_unit(name, column, self.medians[column]))
            for name, column in weather_columns(self.numbers).items()
        }


def guess_mapping(source: Path) -> str:
    """Return a first mapping for a folder of tables, or an archive of it.

    It is YAML with comments: what was guessed, and what the user has to say.

    Raises
    ------
    InputError
        If there is no table in it.
    """
    source = Path(source)
    with as_folder(source) as folder:
        looks = [look for name in files_in(folder) if _is_table(name) and (look := _look(folder, name)) is not None]
    if not looks:
        raise InputError(f"{source}: no table in it (files that end in {', '.join(TABLES)}, plain or .gz)")
    return _write(source.resolve().name, looks)


def _write(name: str, looks: list[GuessedTable]) -> str:
    timed = [table for table in looks if table.time is not None]
    places = [table for table in looks if table.time is None]
    series = [table for table in timed if table.moist]
    series = series or [table for table in timed if not table.forcing] or timed[:1]
    weather = [table for table in timed if table not in series or table.forcing]
    lines = [
        f"# A first mapping for {name!r}, guessed from names: check every line, and all TODO.",
        "about:",
        "  title: TODO",
        "  source: TODO",
        "",
        f"step: {_step(series)}                # TODO: the time from one reading to the next",
        'utc_offset: "+00:00"    # TODO: what the tables are ahead of UTC (loggers: standard time all year)',
        "stamp: end              # TODO: end or start of the interval (readings at one moment: end)",
    ]
    if (common := Counter(table.delimiter for table in looks).most_common(1)[0][0]) != ",":
        lines.append(f"delimiter: {_word(common)}")
    lines += ["missing: [-9999]        # TODO: numbers that stand for missing", ""]
    lines += _sensors(places, series)
    lines += ["", "soil_moisture:"]
    lines += [line for group in _groups(series, looks) for line in _series(group)]
    rows = [line for group in _groups(weather, looks) for line in _weather(group)]
    if rows:
        lines += ["", "forcing:", *rows]
    if any("air_temperature" in line for line in rows) and not any("potential_evapo" in line for line in rows):
        lines += ["", "# potential_evapotranspiration: {method: auto}   # needs the coordinates of the clusters"]
    return "\n".join(lines) + "\n"


def _word(text: str) -> str:
    """Write a text as YAML has it: in quotes where it could mean something else."""
    simple = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_./-]*", text) and yaml.safe_load(text) == text
    return text if simple else json.dumps(text, ensure_ascii=False)


def _is_table(name: str) -> bool:
    return name.lower().removesuffix(".gz").endswith(TABLES) and not Path(name).name.startswith((".", "~"))


def _look(folder: Path, name: str) -> GuessedTable | None:
    """Read the first rows of a table; None where it is none."""
    best: GuessedTable | None = None
    for delimiter in (",",) if is_excel(folder / name) else (",", ";", "\t"):
        for encoding in ("utf-8", "latin-1"):
            try:
                table = CsvTable(folder / name, Table(file=name, delimiter=delimiter, encoding=encoding))
                block = next(iter(table.blocks([column for column in table.header.names if column])), None)
            except (InputError, ValueError):
                continue
            if block is None or len(table.header.names) < 2 or len(set(table.header.names)) < len(table.header.names):
                continue
            columns = {c: [str(t) for t in block.texts[c][:_ROWS]] for c in block.texts}
            values = {
                c: pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce") for c, texts in columns.items()
            }
            numbers = {c: float(v[v > MISSING].median()) for c, v in values.items() if v.notna().mean() > 0.5}
            times = [c for c in columns if _TIME.search(c) and c not in numbers and _are_times(columns[c])]
            time = max(times, key=lambda name: len(set(columns[name])), default=None)
            rows = ((c, text) for c in columns if c not in numbers for text in dict.fromkeys(columns[c]))
            words = next(((c, text) for c, text in rows if MOISTURE.search(text)), None)
            moist = words is not None or any(MOISTURE.search(column) for column in numbers)
            look = GuessedTable(
                name, delimiter, table.header.names, time, columns.get(time or "", []), numbers, moist, words
            )
            if best is None or len(look.header) > len(best.header):
                best = look
            break
    return best


def _are_times(texts: list[str]) -> bool:
    parsed = pd.to_datetime(pd.Series(texts[:50], dtype=object), format="ISO8601", errors="coerce", utc=True)
    return bool(parsed.notna().mean() > 0.9) or bool(re.search(r"\d+[./-]\w+[./-]\d+", texts[0] if texts else ""))


def _step(series: list[GuessedTable]) -> str:
    if not series:
        return "1h"
    parsed = pd.to_datetime(
        pd.Series(series[0].stamps, dtype=object), format="ISO8601", errors="coerce", utc=True
    ).drop_duplicates()
    steps = parsed.sort_values().diff().dropna()
    if steps.empty:
        return "1h"
    seconds = int(steps.mode().iloc[0].total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def _sensors(places: list[GuessedTable], series: list[GuessedTable]) -> list[str]:
    table = next((place for place in places if any(_DEPTH.search(column) for column in place.header)), None)
    if table is not None:
        depth = next(column for column in table.header if _DEPTH.search(column))

        def like(pattern: str, among: list[str]) -> str | None:
            return next((column for column in among if re.search(pattern, column, re.IGNORECASE)), None)

        header = table.header
        height = like(r"^elev|^alt|^height|^z$", header)
        keys = {
            "file": _word(table.name),
            "sensor": f"{_word(header[0])}        # TODO: as it is called in the series",
            "cluster": _word(like(r"cluster|site|plot|station", header[1:]) or "TODO"),
            "depth": f"{{column: {_word(depth)}, unit: {'cm' if 'cm' in depth.lower() else 'm'}}}",
            "replicate": _word(like(r"rep|profile|side", header) or ""),
            "latitude": _word(like(r"^lat", header) or ""),
            "longitude": _word(like(r"^lon", header) or ""),
            "elevation": f"{{column: {_word(height)}, unit: m}}" if height and height != depth else '""',
        }
        return ["sensors:", *(f"  {key}: {value}" for key, value in keys.items() if value != '""')]
    examples = series[0].moisture[:3] if series else []
    return [
        "sensors:                # TODO: no table of sensors was found: their names must say where they are",
        f"  # names of the series are such as: {', '.join(map(repr, examples))}",
        "  # (of files with a word in braces: WORD/COLUMN)",
        r"  names: '(?P<cluster>.+)/\D*(?P<depth>\d+).*'",
        "  depth_unit: cm",
    ]


def _groups(tables: list[GuessedTable], everything: list[GuessedTable]) -> list[list[GuessedTable]]:
    """Group tables that differ by their names alone, where a name with braces means no other table."""
    groups: dict[tuple[str, ...], list[GuessedTable]] = {}
    for table in tables:
        groups.setdefault((str(Path(table.name).parent), *table.header), []).append(table)
    parts: list[list[GuessedTable]] = []
    for group in groups.values():
        pattern = re.compile("[^/]+".join(map(re.escape, _common(group).split("{station}"))))
        meant = sum(pattern.fullmatch(table.name) is not None for table in everything)
        parts += [group] if meant == len(group) else [[table] for table in group]
    return parts


def _series(group: list[GuessedTable]) -> list[str]:
    first = group[0]
    moisture, numbers = first.moisture, first.numbers
    unit = moisture_unit([table.medians[c] for table in group for c in moisture or numbers if c in table.medians])
    if len(numbers) == 1 and len(group) > 1:
        layout = ["layout: single", f"value: {_word(numbers[0])}"]
    elif len(moisture) == 1 and len(first.header) > 2 and len(numbers) < 3:
        sensor = next((c for c in first.header if c not in numbers and c != first.time), "TODO")
        layout = ["layout: long", f"sensor: {_word(sensor)}", f"value: {_word(moisture[0])}"]
    elif first.moist_rows is not None and not moisture:
        column, word = first.moist_rows
        layout = [
            "layout: long",
            "sensor: TODO             # the column, or columns, that name the sensor",
            f"value: {_word(numbers[-1]) if numbers else 'TODO'}",
            f"where: {{{_word(column)}: {_word(word)}}}",
        ]
    else:
        layout = ["layout: wide"]
    return [
        f"  - file: {_word(_common(group))}",
        *(f"    {line}" for line in (f"time: {_word(str(first.time))}", *layout)),
        f"    unit: {unit:<20} # TODO: or {'m3 m-3' if unit == 'percent' else 'percent'}",
    ]


def _common(group: list[GuessedTable]) -> str:
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


def _weather(group: list[GuessedTable]) -> list[str]:
    variables = [
        f"      {name}: {{column: {_word(column)}, unit: {unit}}}    # TODO: unit"
        for name, (column, unit) in group[0].forcing.items()
    ]
    head = [f"  - file: {_word(_common(group))}", f"    time: {_word(str(group[0].time))}", "    variables:"]
    return [*head, *variables] if variables else []
