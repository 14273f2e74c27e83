"""A first mapping for a folder of tables, for its user to correct: ``thetamix import csv --guess``."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from thetamix.readers import OnProgress, silent
from thetamix.readers.tables.files.csv_table import MISSING_TEXTS, is_number
from thetamix.readers.tables.files.opening import as_folder, files_in
from thetamix.readers.tables.guess.column_names import moisture_unit
from thetamix.readers.tables.guess.guessed_tables import (
    CODES,
    GuessedTable,
    common_name,
    file_of,
    grouped,
    is_single,
    is_wide,
    long_columns,
    look_at,
    words_of,
)
from thetamix.readers.tables.guess.sensor_guess import depth_unit, sensor_pattern
from thetamix.system.errors import InputError
from thetamix.system.yaml_files import yaml_word

#: Endings of tables.
TABLES = (".csv", ".txt", ".dat", ".tsv", ".xlsx")
_DEPTH = re.compile(r"depth|tiefe|profondeur", re.IGNORECASE)
#: Above a median of so much, readings are not in percent but counts of the sensor.
_COUNTS = 100.0
_SHOWN = 40


def guess_mapping(source: Path, progress: OnProgress = silent) -> str:
    """Return a first mapping for a folder of tables, or an archive of it.

    It is YAML with comments: what was guessed, and what the user has to say. Only the beginning of each file is read.

    Raises
    ------
    InputError
        If no readings are found in it: which file was not understood, and why.
    """
    source = Path(source)
    looks: list[GuessedTable] = []
    failures: list[str] = []
    with as_folder(source) as folder:
        names = [name for name in files_in(folder) if _is_table(name)]
        for number, name in enumerate(names):
            progress(f"looking at {name}", number / len(names))
            try:
                looks.append(look_at(folder, name))
            except InputError as error:
                failures.append(f"{name}: {error}")
    if not names:
        raise InputError(f"{source}: no table in it (files that end in {', '.join(TABLES)}, plain or .gz)")
    series = _series_tables(looks)
    if not series:
        why = failures + [f"{look.name}: {_lacks(look)}" for look in looks]
        more = f"; and {len(why) - 5} more" if len(why) > 5 else ""
        raise InputError(
            f"{source}: no readings of soil moisture were found. {'; '.join(why[:5])}{more}. Write the mapping by "
            "hand: the page My logger of the documentation has one for many loggers"
        )
    return _write(source.resolve().name, looks, series, failures)


def _is_table(name: str) -> bool:
    return name.lower().removesuffix(".gz").endswith(TABLES) and not Path(name).name.startswith((".", "~"))


def _series_tables(looks: Sequence[GuessedTable]) -> list[GuessedTable]:
    timed = [look for look in looks if look.time is not None and look.numbers]
    moist = [look for look in timed if look.moisture or look.moist_rows]
    # Names that say nothing: a table that is no weather may be readings.
    return moist or [look for look in timed if not look.forcing and look.first_rows.keys.get("header_line") != 0]


def _lacks(look: GuessedTable) -> str:
    columns = ", ".join(look.header[:6])
    if look.time is None:
        return f"no column is a time (columns: {columns})"
    if look.first_rows.keys.get("header_line") == 0:
        return "it has no header, and is no file of TOMST or USCRN: which column is what?"
    if look.forcing:
        return f"weather only ({', '.join(look.forcing)})"
    return f"no column of numbers (columns: {columns})"


def _write(name: str, looks: list[GuessedTable], series: list[GuessedTable], failures: list[str]) -> str:
    weather = [look for look in looks if look.time is not None and look.forcing]
    time = series[0].time
    assert time is not None
    zone = f'"{time.offset or "+00:00"}"'
    about_zone = "as the header has it" if time.offset else "TODO: what clocks are ahead of UTC (often standard time)"
    missing = sorted({code for look in looks for code in _codes(look)}) or [-9999]
    lines = [
        f"# A first mapping for {name!r}, guessed from names: check every line, and all TODO.",
        "about:",
        "  title: TODO",
        "  source: TODO",
        "",
        f"step: {time.step or '1h'}                # TODO: the time from one reading to the next",
        *([] if time.offset == "" else [f"utc_offset: {zone}    # {about_zone}"]),
        f"stamp: {time.stamp or 'end'}              # TODO: or start of the interval (readings at one moment: end)",
        f"missing: [{', '.join(f'{code:.10g}' for code in missing)}]        # TODO: numbers that stand for missing",
        "",
    ]
    groups = grouped(series, looks)
    lines += _sensors([look for look in looks if look.time is None], groups, looks)
    lines += ["", "soil_moisture:", *(line for group in groups for line in _series(group, looks))]
    rows = [line for group in grouped(weather, looks) for line in _weather(group)]
    if rows:
        lines += ["", "forcing:", *rows]
    if any("air_temperature" in line for line in rows) and not any("potential_evapo" in line for line in rows):
        lines += ["", "# potential_evapotranspiration: {method: auto}   # needs the coordinates of the clusters"]
    if failures:
        lines += ["", "# Files that were not understood:", *(f"#   {failure}" for failure in failures)]
    return "\n".join(lines) + "\n"


def _codes(look: GuessedTable) -> set[float]:
    cells = {cell for row in look.first_rows.cells for cell in row}
    return set(CODES) & {float(cell) for cell in cells.difference(MISSING_TEXTS) if is_number(cell)}


def _word(text: str) -> str:
    is_position = text.isdecimal() and text == str(int(text))
    return text if is_position else yaml_word(text)


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return _word(value) if isinstance(value, str) else str(value)


def _form(look: GuessedTable) -> list[str]:
    """Write how a table is written, and its time."""
    keys = [f"{key}: {_value(value)}" for key, value in look.first_rows.keys.items()]
    if look.time is not None:
        columns = look.time.columns
        keys.append(f"time: {_value(columns[0] if len(columns) == 1 else columns)}")
        if look.time.format is not None:
            doubt = "    # TODO: or are day and month exchanged?" if look.time.either else ""
            keys.append(f"time_format: {json.dumps(look.time.format)}{doubt}")
    return keys


def _sensors(places: list[GuessedTable], groups: list[list[GuessedTable]], looks: list[GuessedTable]) -> list[str]:
    for table in places:
        if any(_DEPTH.search(column) for column in table.header):
            return _table_of_sensors(table)
    columns = list(dict.fromkeys(column for group in groups for column in group[0].moisture or group[0].numbers))
    pattern = sensor_pattern(columns)
    if pattern is not None and all(is_wide(group) for group in groups):
        names, unit, says_cluster = pattern
        prefixed = any("{" in file_of(group, looks) for group in groups)
        if prefixed and not says_cluster:
            names = f"(?P<cluster>[^/]+)/{names}"
        if prefixed or says_cluster:
            return [
                "sensors:                # TODO: their names say where they are: is it so?",
                f"  # names of the series are such as: {', '.join(map(repr, columns[:3]))}",
                f"  names: '{names}'",
                f"  depth_unit: {unit}",
            ]
    by_rows = _names_of_rows(groups, looks)
    if by_rows:
        return by_rows
    return [
        "# TODO: the names of the series do not say all of cluster, replicate and depth: write a table of the",
        "# sensors, sensors.csv, into the folder, with a line for each:",
        "#   sensor,cluster,replicate,depth",
        *(
            f'#   "{name}",TODO,{chr(65 + at % 26)},{depth}'
            for at, (name, depth) in enumerate(_unplaced(groups, looks))
        ),
        "sensors: {file: sensors.csv, sensor: sensor, cluster: cluster, replicate: replicate, "
        "depth: {column: depth, unit: cm}}",
    ]


def _names_of_rows(groups: list[list[GuessedTable]], looks: list[GuessedTable]) -> list[str]:
    """Write what names a sensor in the rows of one long table: cluster, perhaps replicate, and depth."""
    first = groups[0][0]
    if len(groups) > 1 or len(groups[0]) > 1 or is_wide(groups[0]):
        return []
    columns, _ = long_columns(first, looks)
    at = [first.header.index(column) for column in columns if column in first.header]
    depths = [column for column in columns if _DEPTH.search(column)]
    texts = first.first_rows.column(first.header.index(depths[0])) if depths else []
    if len(depths) != 1 or not 2 <= len(at) <= 3 or not all(map(is_number, texts)):
        return []
    others = iter(("cluster", "replicate"))
    parts = [r"(?P<depth>\d+(?:\.\d+)?)" if column in depths else f"(?P<{next(others)}>[^/]+)" for column in columns]
    return [
        f"sensors:                # TODO: what names a sensor, {' / '.join(columns)}: is it so?",
        f"  names: '{'/'.join(parts)}'",
        f"  depth_unit: {depth_unit(depths[0], list(map(float, texts)))}",
    ]


def _unplaced(groups: list[list[GuessedTable]], looks: list[GuessedTable]) -> list[tuple[str, str]]:
    """Return what sensors are called in the series, so far as the first rows tell, and their depth [cm] or TODO."""
    names: dict[str, str] = {}
    for group in groups:
        first, words = group[0], words_of(group, file_of(group, looks))
        if is_single(group):
            names |= dict.fromkeys(words, "TODO")
        elif is_wide(group):
            for column in first.moisture or first.numbers:
                label = first.first_rows.labels[first.header.index(column)]
                pattern = sensor_pattern([label])
                match = None if pattern is None or pattern[1] != "cm" else re.fullmatch(pattern[0], label)
                depth = "TODO" if match is None else match["depth"]
                names |= {f"{word}/{column}" if word else column: depth for word in words}
        else:
            at = [first.header.index(column) for column in long_columns(first, looks)[0] if column in first.header]
            column, word = first.moist_rows or (first.header[0], None)
            asked = [row for row in first.first_rows.cells if word in (None, row[first.header.index(column)])]
            names |= {"/".join(row[n] for n in at): "TODO" for row in asked}
    return list(names.items())[:_SHOWN]


def _table_of_sensors(table: GuessedTable) -> list[str]:
    def like(pattern: str, among: Sequence[str]) -> str | None:
        return next((column for column in among if re.search(pattern, column, re.IGNORECASE)), None)

    header = table.header
    depth = str(like(_DEPTH.pattern, header))
    texts = table.first_rows.column(header.index(depth))
    unit = depth_unit(depth, [float(text) for text in texts if is_number(text)])
    height = like(r"^elev|^alt|^height|^z$", header)
    keys = {
        **{key: _value(value) for key, value in table.first_rows.keys.items()},
        "file": _word(table.name),
        "sensor": f"{_word(header[0])}        # TODO: as it is called in the series",
        "cluster": _word(like(r"cluster|site|plot|station", header[1:]) or "TODO"),
        "depth": f"{{column: {_word(depth)}, unit: {unit}}}",
        "replicate": _word(like(r"rep|profile|side", header) or ""),
        "latitude": _word(like(r"^lat(itude)?\b|^lat_", header) or ""),
        "longitude": _word(like(r"^(lon|lng|long|longitude)\b|^lon_", header) or ""),
        "elevation": f"{{column: {_word(height)}, unit: m}}" if height and height != depth else '""',
    }
    return ["sensors:", *(f"  {key}: {value}" for key, value in keys.items() if value != '""')]


def _series(group: list[GuessedTable], everything: list[GuessedTable]) -> list[str]:
    first = group[0]
    moisture, numbers = first.moisture, first.numbers
    medians = [table.medians[c] for table in group for c in moisture or numbers if c in table.medians]
    if is_single(group):
        layout = ["layout: single", f"value: {_word((moisture or numbers)[0])}"]
    elif is_wide(group):
        layout = ["layout: wide"]
    else:
        columns, value = long_columns(first, everything)
        layout = [
            "layout: long",
            f"sensor: {_value(columns)}    # TODO: what names the sensor",
            f"value: {_word(value)}",
        ]
        marks = [name for name in first.header if re.search(r"FinalQF$|(flag|quality|qc)$", name, re.IGNORECASE)]
        layout += [f'# where: {{{_word(name)}: "0"}}    # TODO: only readings that passed?' for name in marks[:1]]
        if first.moist_rows is not None and not moisture:
            layout.append(f"where: {{{_word(first.moist_rows[0])}: {_word(first.moist_rows[1])}}}")
    return [
        f"  - file: {_word(file_of(group, everything))}",
        *(f"    {line}" for line in [*_form(first), *layout, *_unit(first, medians)]),
    ]


def _unit(look: GuessedTable, medians: list[float]) -> list[str]:
    there = [median for median in medians if np.isfinite(median)]
    labels = " ".join(look.first_rows.labels[look.header.index(column)] for column in look.moisture)
    if there and float(np.median(there)) > _COUNTS:
        median = f"{np.median(there):g}"
        why = f"its calibration: m3 m-3 = a + b x counts (their median is {median})"
        return [f"linear: [TODO, TODO]    # {why}", "unit: m3 m-3"]
    if re.search(r"\bm3|m³|cm3|\^3", labels):
        return ["unit: m3 m-3    # as the header has it"]
    if re.search(r"%|percent|pct", labels, re.IGNORECASE):
        return ["unit: percent   # as the header has it"]
    unit = moisture_unit(there)
    return [f"unit: {unit:<20} # TODO: or {'m3 m-3' if unit == 'percent' else 'percent'}"]


def _weather(group: list[GuessedTable]) -> list[str]:
    variables = [
        f"      {name}: {{column: {_word(column)}, unit: {unit}}}    # TODO: unit"
        for name, (column, unit) in group[0].forcing.items()
    ]
    form = (f"    {line}" for line in _form(group[0]))
    return [f"  - file: {_word(common_name(group))}", *form, "    variables:", *variables] if variables else []
