"""Small tables of places: cells with their lines, and coordinates."""

import re
from pathlib import Path

import numpy as np

from thetamix.network.plausibility import code_advice, is_code, is_impossible, is_listed
from thetamix.network.schema import VARIABLES
from thetamix.network.units import conversion, convert
from thetamix.places.matching import geographic
from thetamix.places.slips import decimal_degrees
from thetamix.readers.tables.files.csv_table import is_number
from thetamix.readers.tables.files.opening import open_table
from thetamix.readers.tables.mapping import Matching
from thetamix.readers.tables.places.place_keys import PlaceTable
from thetamix.system.errors import InputError

ANY_STEP = np.timedelta64(1, "h")  # nothing in these tables is an amount per step


class SmallTable:
    """A small table of the mapping, read as texts.

    Parameters
    ----------
    folder
        The folder that is imported.
    keys
        The table's part of the mapping.
    mapping
        The whole mapping.

    Attributes
    ----------
    lines : numpy.ndarray
        Line of each row in the file (row).
    """

    def __init__(self, folder: Path, keys: PlaceTable, mapping: Matching) -> None:
        self.keys, self.columns = keys, keys.columns()
        self.table = open_table(folder, keys, mapping)
        self.path = self.table.path
        for key, column in self.columns.items():
            self.table.require([column.column], key)
        names = list(dict.fromkeys(column.column for column in self.columns.values()))
        blocks = list(self.table.blocks(names))
        self.lines: np.ndarray = np.concatenate([block.lines for block in blocks])
        self._texts = {
            name: np.concatenate([np.asarray(block.texts[name], dtype=object) for block in blocks]) for name in names
        }

    def where(self, key: str, row: int) -> str:
        """Name the file, column and line of a cell, for messages."""
        return f"{self.path}: column {self.columns[key].column!r}, line {self.lines[row]}"

    def texts(self, key: str, *, required: bool = True) -> list[str]:
        """Return a column's texts (row), cut to the part that the mapping's pattern means."""
        column = self.columns[key]
        words = [str(text) for text in self._texts[column.column]]
        for row, word in enumerate(words):
            if required and not word:
                raise InputError(f"{self.where(key, row)}: {key} is missing; fill it in or remove the row")
            if column.pattern is not None and word:
                match = re.search(column.pattern, word)
                if match is None or not match[1]:
                    raise InputError(
                        f"{self.where(key, row)}: {word!r} does not fit the pattern {column.pattern!r} of the mapping"
                    )
                words[row] = match[1]
        return words

    def require_once(self, key: str, problem: str) -> list[str]:
        """Return a column's texts (row); raise where a text stands twice: `problem` may name the first {line}."""
        rows: dict[str, int] = {}
        for row, text in enumerate(self.texts(key)):
            if text in rows:
                raise InputError(
                    f"{self.where(key, row)}: {key} {text!r} {problem.format(line=self.lines[rows[text]])}"
                )
            rows[text] = row
        return list(rows)

    def numbers(self, key: str) -> np.ndarray:
        """Return a column's numbers (row) as they stand, float64; NaN is missing."""
        values = np.full(len(self.lines), np.nan)
        for row, word in enumerate(self.texts(key, required=False)):
            if word in self.table.missing_texts:
                continue
            if not is_number(word, self.table.decimal):
                hint = self._hint(key, word) + self.table.first_row_hint(int(self.lines[row]))
                raise InputError(f"{self.where(key, row)}: {word!r} is not a number; {hint}")
            values[row] = float(word.replace(self.table.decimal, "."))
        values[is_listed(values, self.table.codes)] = np.nan
        return values

    def _hint(self, key: str, word: str) -> str:
        if self.table.decimal == "." and is_number(word, ","):
            return "say decimal: ',' in the mapping"
        degrees = decimal_degrees(word) if key in ("latitude", "longitude") else None
        return "correct it" if degrees is None else f"write degrees as {degrees:g}, south and west with a minus sign"

    def without_codes(self, key: str) -> list[str]:
        """Return a column's texts (row), empty where they stand for a missing value."""
        decimal, codes = self.table.decimal, self.table.codes
        return [
            "" if is_number(word, decimal) and float(word.replace(decimal, ".")) in codes else word
            for word in self.texts(key, required=False)
        ]

    def unit(self, key: str) -> str:
        """Return the unit of a column; raise where the mapping gives none."""
        column = self.columns[key]
        if column.unit is None:
            raise InputError(
                f"{self.path}: column {column.column!r}: the mapping gives no unit for {key}; write "
                f"{{column: {column.column}, unit: …}}"
            )
        return column.unit

    def converted(self, key: str, variable: str) -> np.ndarray:
        """Return a column's numbers (row) in the unit that the network has for a variable."""
        where = f"{self.path}: column {self.columns[key].column!r}"
        raw = self.numbers(key)
        values = convert(raw, conversion(variable, self.unit(key), where), ANY_STEP)
        self.require_plausible(key, variable, raw, values)
        return values

    def require_plausible(self, key: str, variable: str, raw: np.ndarray, values: np.ndarray) -> None:
        """Raise where a column's numbers (row), as they stand and converted, cannot be values of a variable."""
        for row in np.flatnonzero(is_code(variable, raw, values, ANY_STEP))[:1]:
            raise InputError(f"{self.where(key, row)}: {code_advice(raw[row])}")
        for row in np.flatnonzero(is_impossible(variable, values, ANY_STEP))[:1]:
            unit = f" {VARIABLES[variable].units}" if variable in VARIABLES else ""
            unit = unit.removesuffix(" 1")
            raise InputError(
                f"{self.where(key, row)}: {raw[row]:.7g} is {values[row]:.5g}{unit}, which "
                f"{variable.replace('_', ' ')} cannot be; correct it, or its unit in the mapping"
            )

    def coordinates(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Return latitudes and longitudes [degrees, -180 to 180] of the rows; None where the mapping has none.

        Raises
        ------
        InputError
            If a number is no coordinate, or pyproj is needed and not installed.
        """
        if self.keys.crs is not None:
            easting, northing = self.numbers("easting"), self.numbers("northing")
            for row in np.flatnonzero((easting == 0) & (northing == 0))[:1]:
                raise InputError(
                    f"{self.where('easting', row)}: easting 0, northing 0 is the origin of {self.keys.crs} and no "
                    "place; leave the cells empty where it is not there"
                )
            try:
                return geographic(easting, northing, self.keys.crs)
            except InputError as error:
                raise InputError(f"{self.path}: {error}") from error
        if self.keys.latitude is None:
            return None
        latitude, longitude = self.numbers("latitude"), self.numbers("longitude")
        for key, values, limit in (("latitude", latitude, 90), ("longitude", longitude, 360)):
            for row in np.flatnonzero(is_code(key, values, values, ANY_STEP))[:1]:
                raise InputError(f"{self.where(key, row)}: {code_advice(values[row])}")
            for row in np.flatnonzero(np.abs(values) > limit)[:1]:
                hint = "projected coordinates are given as easting and northing, with their crs"
                if abs(latitude[row]) <= 360 and abs(longitude[row]) <= 90:
                    hint = "are latitude and longitude exchanged? Correct the mapping"
                raise InputError(f"{self.where(key, row)}: {values[row]:g} is no {key} in degrees; {hint}")
        half = np.flatnonzero(np.isfinite(latitude) != np.isfinite(longitude))
        if half.size:
            raise InputError(
                f"{self.where('latitude', half[0])}: latitude or longitude is missing; give both or none"
            )
        return latitude, (longitude + 180) % 360 - 180
