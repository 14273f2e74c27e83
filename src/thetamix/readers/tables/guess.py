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
from thetamix.readers.tables.excel import is_excel
from thetamix.readers.tables.opening import natural_order
from thetamix.readers.tables.unpacking import as_folder
from thetamix.system.errors import InputError

#: Endings of tables.
TABLES = (".csv", ".txt", ".dat", ".tsv", ".xlsx")
_TIME = re.compile(r"time|date|day|datum|zeit|tag|stamp", re.IGNORECASE)
_DEPTH = re.compile(r"depth|tiefe", re.IGNORECASE)
_ROWS = 2000
#: Numbers below stand for missing.
MISSING = -900.0


@dataclass
class Seen:
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
    def numbers(self) -> set[str]:
        """The columns of numbers."""
        return set(self.medians)


def guess_mapping(source: Path) -> str:
    """Write a first mapping for a folder of tables.

    Parameters
    ----------
    source
        The folder, or a ``.zip`` or ``.tar.gz`` of it.

    Returns
    -------
    str
        YAML with comments: what was guessed, and what the user has to say.

    Raises
    ------
    InputError
        If there is no table in it.
    """
    source = Path(source)
    with as_folder(source) as folder:
        seen = _tables(folder)
    if not seen:
        raise InputError(f"{source}: no table in it (files that end in {', '.join(TABLES)}, plain or .gz)")
    return _write(source.resolve().name, seen)


def _tables(folder: Path) -> list[Seen]:
    names = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and _is_table(p)]
    return [one for name in natural_order(names) if (one := _look(folder, name)) is not None]


def _write(name: str, seen: list[Seen]) -> str:
    timed = [one for one in seen if one.time is not None]
    places = [one for one in seen if one.time is None]
    series = [one for one in timed if one.moist]
    series = series or [one for one in timed if not _forcing(one)] or timed[:1]
    weather = [one for one in timed if one not in series or _forcing(one)]
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
    delimiters = Counter(one.delimiter for one in seen)
    if delimiters and (common := delimiters.most_common(1)[0][0]) != ",":
        lines.append(f"delimiter: {_word(common)}")
    lines += ["missing: [-9999]        # TODO: numbers that stand for missing", ""]
    lines += _sensors(places, series)
    lines += ["", "soil_moisture:"]
    lines += [line for group in _groups(series, seen) for line in _series(group)]
    rows = [line for group in _groups(weather, seen) for line in _weather(group)]
    if rows:
        lines += ["", "forcing:", *rows]
    if any("air_temperature" in line for line in rows) and not any("potential_evapo" in line for line in rows):
        lines += [
            "",
            "# potential_evapotranspiration: {method: auto}   # needs the coordinates of the clusters",
        ]
    return "\n".join(lines) + "\n"


def _word(text: str) -> str:
    """Write a text as YAML has it: in quotes where it could mean something else."""
    simple = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_./-]*", text) and yaml.safe_load(text) == text
    return text if simple else json.dumps(text, ensure_ascii=False)


def _is_table(path: Path) -> bool:
    return path.name.lower().removesuffix(".gz").endswith(TABLES) and not path.name.startswith((".", "~"))


def _look(folder: Path, name: str) -> Seen | None:
    """Look at the first rows of a table; None where it is none."""
    best: Seen | None = None
    for delimiter in (",",) if is_excel(folder / name) else (",", ";", "\t"):
        for encoding in ("utf-8", "latin-1"):
            try:
                table = CsvTable(folder / name, delimiter=delimiter, encoding=encoding)
                block = next(iter(table.blocks([column for column in table.header if column])), None)
            except (InputError, ValueError):
                continue
            if block is None or len(table.header) < 2 or len(set(table.header)) < len(table.header):
                continue
            columns = {c: [str(t) for t in block.texts[c][:_ROWS]] for c in block.texts}
            values = {
                c: pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce") for c, texts in columns.items()
            }
            numbers = {c: float(v[v > MISSING].median()) for c, v in values.items() if v.notna().mean() > 0.5}
            times = [c for c in columns if _TIME.search(c) and c not in numbers and _are_times(columns[c])]
            time = max(times, key=lambda name: len(set(columns[name])), default=None)
            rows = ((c, text) for c in columns if c not in numbers for text in dict.fromkeys(columns[c]))
            said = next(((c, text) for c, text in rows if MOISTURE.search(text)), None)
            moist = said is not None or any(MOISTURE.search(column) for column in numbers)
            found = Seen(name, delimiter, table.header, time, columns.get(time or "", []), numbers, moist, said)
            if best is None or len(found.header) > len(best.header):
                best = found
            break
    return best


def _are_times(texts: list[str]) -> bool:
    parsed = pd.to_datetime(pd.Series(texts[:50], dtype=object), format="ISO8601", errors="coerce", utc=True)
    return bool(parsed.notna().mean() > 0.9) or bool(re.search(r"\d+[./-]\w+[./-]\d+", texts[0] if texts else ""))


def _step(series: list[Seen]) -> str:
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


def _forcing(one: Seen) -> dict[str, tuple[str, str]]:
    """Give the forcing of a table: variable -> column and unit."""
    found = weather_columns(column for column in one.header if column in one.numbers)
    return {name: (column, weather_unit(name, column, one.medians[column])) for name, column in found.items()}


def _sensors(places: list[Seen], series: list[Seen]) -> list[str]:
    table = next((one for one in places if any(_DEPTH.search(column) for column in one.header)), None)
    if table is not None:
        depth = next(column for column in table.header if _DEPTH.search(column))
        unit = "cm" if "cm" in depth.lower() else "m"
        lines = [
            "sensors:",
            f"  file: {_word(table.name)}",
            f"  sensor: {_word(table.header[0])}        # TODO: as it is called in the series",
        ]
        cluster = next(
            (c for c in table.header[1:] if re.search(r"cluster|site|plot|station", c, re.IGNORECASE)), "TODO"
        )
        lines += [f"  cluster: {_word(cluster)}", f"  depth: {{column: {_word(depth)}, unit: {unit}}}"]
        replicate = next((c for c in table.header if re.search(r"rep|profile|side", c, re.IGNORECASE)), None)
        if replicate is not None:
            lines.append(f"  replicate: {_word(replicate)}")
        for key, pattern in (("latitude", r"^lat"), ("longitude", r"^lon")):
            lines += [f"  {key}: {_word(c)}" for c in table.header if re.search(pattern, c, re.IGNORECASE)][:1]
        height = next((c for c in table.header if re.search(r"^elev|^alt|^height|^z$", c, re.IGNORECASE)), None)
        if height is not None and height != depth:
            lines.append(f"  elevation: {{column: {_word(height)}, unit: m}}")
        return lines
    examples = [c for one in series[:1] for c in one.header if c in one.numbers and MOISTURE.search(c)][:3]
    return [
        "sensors:                # TODO: no table of sensors was found: their names must say where they are",
        f"  # names of the series are such as: {', '.join(map(repr, examples))}",
        "  # (of files with a word in braces: WORD/COLUMN)",
        r"  names: '(?P<cluster>.+)/\D*(?P<depth>\d+).*'",
        "  depth_unit: cm",
    ]


def _groups(some: list[Seen], everything: list[Seen]) -> list[list[Seen]]:
    """Put tables that differ by their names alone together, where one name with braces means no other table."""
    groups: dict[tuple[str, ...], list[Seen]] = {}
    for one in some:
        groups.setdefault((str(Path(one.name).parent), *one.header), []).append(one)
    parts: list[list[Seen]] = []
    for group in groups.values():
        pattern = re.compile("[^/]+".join(map(re.escape, _common(group).split("{station}"))))
        meant = sum(pattern.fullmatch(one.name) is not None for one in everything)
        parts += [group] if meant == len(group) else [[one] for one in group]
    return parts


def _series(group: list[Seen]) -> list[str]:
    first = group[0]
    file = _common(group)
    moisture = [c for c in first.header if c in first.numbers and MOISTURE.search(c)]
    unit = moisture_unit([one.medians[c] for one in group for c in moisture or first.numbers if c in one.medians])
    unit = f"{unit:<20} # TODO: or {'m3 m-3' if unit == 'percent' else 'percent'}"
    lines = [f"  - file: {_word(file)}", f"    time: {_word(str(first.time))}"]
    if len(first.numbers - {first.time}) == 1 and len(group) > 1:
        return [
            *lines,
            "    layout: single",
            f"    value: {_word(next(iter(first.numbers)))}",
            f"    unit: {unit}",
        ]
    if len(moisture) == 1 and len(first.header) > 2 and len(first.numbers) < 3:
        sensor = next((c for c in first.header if c not in first.numbers and c != first.time), "TODO")
        return [
            *lines,
            "    layout: long",
            f"    sensor: {_word(sensor)}",
            f"    value: {_word(moisture[0])}",
            f"    unit: {unit}",
        ]
    if first.moist_rows is not None and not moisture:
        column, word = first.moist_rows
        value = [c for c in first.header if c in first.numbers]
        return [
            *lines,
            "    layout: long",
            "    sensor: TODO             # the column, or columns, that name the sensor",
            f"    value: {_word(value[-1]) if value else 'TODO'}",
            f"    where: {{{_word(column)}: {_word(word)}}}",
            f"    unit: {unit}",
        ]
    return [*lines, "    layout: wide", f"    unit: {unit}"]


def _common(group: list[Seen]) -> str:
    """Give the name of a table, with a word in braces for where the names of several differ."""
    first = group[0]
    file = first.name
    if len(group) > 1:
        names = [one.name for one in group]
        start = next(i for i, letters in enumerate(zip(*names, strict=False)) if len(set(letters)) > 1)
        back = [name[::-1] for name in names]
        start = max(first.name.rfind(mark, 0, start) for mark in "/_-. ") + 1  # a whole word
        end = next(i for i, letters in enumerate(zip(*back, strict=False)) if len(set(letters)) > 1)
        file = f"{first.name[:start]}{{station}}{first.name[len(first.name) - end :]}"
    return file


def _weather(group: list[Seen]) -> list[str]:
    one = group[0]
    found = _forcing(one)
    if not found:
        return []
    return [
        f"  - file: {_word(_common(group))}",
        f"    time: {_word(str(one.time))}",
        "    variables:",
        *(
            f"      {name}: {{column: {_word(column)}, unit: {unit}}}    # TODO: unit"
            for name, (column, unit) in found.items()
        ),
    ]
