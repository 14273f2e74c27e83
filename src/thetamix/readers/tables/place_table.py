"""Small tables of places: cells with their lines, coordinates, and what clusters are like."""

import re
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.network.assemble import cluster_variable
from thetamix.network.plausibility import CODES, code_advice, is_code, is_impossible
from thetamix.network.schema import VARIABLES
from thetamix.network.units import conversion, convert
from thetamix.places.cluster_means import cluster_means, cluster_middles
from thetamix.places.matching import geographic
from thetamix.places.slips import decimal_degrees
from thetamix.readers.tables.csv_table import is_number
from thetamix.readers.tables.mapping import Matching
from thetamix.readers.tables.opening import open_table
from thetamix.readers.tables.place_keys import AttributeColumn, ClusterTable, PlaceTable
from thetamix.system.errors import InputError, nearest

#: What an attribute may be called beside names of its own.
ATTRIBUTES = tuple(name for name, variable in VARIABLES.items() if variable.dimensions == ("cluster",))
#: Of more clusters, each with another text, the texts are no categories; gauges are names of their own.
FEW, GAUGES = 4, ("discharge_gauge",)
#: What it may not be called.
TAKEN = ("cluster", "cluster_id", "depth", "replicate", "replicate_label", "time", "time_bounds", "bound")
_ANY_STEP = np.timedelta64(1, "h")  # nothing in these tables is an amount per step


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
        self.keys = keys
        self.columns = keys.columns()
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
                where = f"{self.where(key, row)}: {key} {text!r}"
                raise InputError(f"{where} {problem.format(line=self.lines[rows[text]])}")
            rows[text] = row
        return list(rows)

    def numbers(self, key: str) -> np.ndarray:
        """Return a column's numbers (row) as they stand, float64; NaN is missing."""
        values = np.full(len(self.lines), np.nan)
        for row, word in enumerate(self.texts(key, required=False)):
            if word in self.table.missing_texts:
                continue
            if not is_number(word, self.table.decimal):
                raise InputError(f"{self.where(key, row)}: {word!r} is not a number; {self._hint(key, word)}")
            values[row] = float(word.replace(self.table.decimal, "."))
        values[np.isin(values, self.table.codes)] = np.nan
        return values

    def _hint(self, key: str, word: str) -> str:
        if self.table.decimal == "." and is_number(word, ","):
            return "say decimal: ',' in the mapping"
        degrees = decimal_degrees(word) if key in ("latitude", "longitude") else None
        return "correct it" if degrees is None else f"write degrees as {degrees:g}, south and west with a minus sign"

    def converted(self, key: str, variable: str) -> np.ndarray:
        """Return a column's numbers (row) in the unit that the network has for a variable."""
        column = self.columns[key]
        where = f"{self.path}: column {column.column!r}"
        if column.unit is None:
            raise InputError(
                f"{where}: the mapping gives no unit for {key}; write {{column: {column.column}, unit: …}}"
            )
        values = in_network_unit(raw := self.numbers(key), variable, column.unit, where)
        self.require_plausible(key, variable, raw, values)
        return values

    def require_plausible(self, key: str, variable: str, raw: np.ndarray, values: np.ndarray) -> None:
        """Raise where a column's numbers (row), as they stand and converted, cannot be values of a variable."""
        for row in np.flatnonzero(is_code(variable, raw, values, _ANY_STEP))[:1]:
            raise InputError(f"{self.where(key, row)}: {code_advice(raw[row])}")
        for row in np.flatnonzero(is_impossible(variable, values, _ANY_STEP))[:1]:
            unit = f" {VARIABLES[variable].units}" if variable in VARIABLES else ""
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
            for row in np.flatnonzero(is_code(key, values, values, _ANY_STEP))[:1]:
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


def in_network_unit(values: np.ndarray, variable: str, unit: str, where: str) -> np.ndarray:
    """Convert what does not change with time to the unit that the network has for a variable."""
    return convert(values, conversion(variable, unit, where), _ANY_STEP)


def place_attributes(
    rows: SmallTable, cluster_id: Sequence[str], cluster_at: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, str], list[str]]:
    """Return what a table says of its clusters, their coordinates too.

    Parameters
    ----------
    rows
        The table, of sensors or of clusters.
    cluster_id
        Names of the clusters (cluster).
    cluster_at
        Position of each row's cluster (row); -1 is none of them.

    Returns
    -------
    attributes : dict
        Name -> values (cluster): numbers are means over the cluster's rows, texts are what all of them say.
    units : dict
        Of the numeric ones that the network file gives no unit to.
    notes : list of str
        What a careful user wants to know: numbers without a unit, texts that are names of clusters.

    Raises
    ------
    InputError
        If a number is none or cannot be, or rows of one cluster have different texts.
    """
    keys = rows.keys
    assert isinstance(keys, ClusterTable)
    attributes: dict[str, np.ndarray] = {}
    units: dict[str, str] = {}
    notes: list[str] = []
    numeric = {
        name: f"attributes.{name}" for name, column in keys.attributes.items() if _is_numeric(rows, name, column)
    }
    if keys.elevation is not None:
        numeric["elevation"] = "elevation"
    for name, key in numeric.items():
        if name in VARIABLES:
            values = rows.converted(key, name)
        else:
            values = rows.numbers(key)
            rows.require_plausible(key, name, values, values)
            units[name] = rows.columns[key].unit or "1"
            if rows.columns[key].unit is None:
                notes.append(
                    f"attribute {name} is read as numbers; say its unit, or kind: text where they name classes"
                )
        attributes[name] = cluster_means(values, cluster_at, len(cluster_id))
    for name in keys.attributes.keys() - numeric.keys():
        attributes[name] = _common_texts(rows, f"attributes.{name}", cluster_id, cluster_at)
        if len(cluster_id) >= FEW and len(set(attributes[name]) - {""}) == len(cluster_id) and name not in GAUGES:
            notes.append(
                f"attribute {name} is another text in each of the {len(cluster_id)} clusters: a name of the place, "
                "from which a model learns nothing about others"
            )
    attributes = dict(sorted(attributes.items()))
    if (where := rows.coordinates()) is not None:
        attributes["latitude"], attributes["longitude"] = cluster_middles(*where, cluster_at, len(cluster_id))
    return attributes, units, sorted(notes)


def _is_numeric(rows: SmallTable, name: str, column: AttributeColumn) -> bool:
    """Return whether an attribute is numeric: it has a unit, or all its texts are numbers."""
    if column.unit is not None or column.kind == "text" or name in VARIABLES:
        return column.unit is not None
    words = set(rows.texts(f"attributes.{name}", required=False)) - set(rows.table.missing_texts)
    return bool(words) and all(is_number(word, rows.table.decimal) for word in words)


def _common_texts(rows: SmallTable, key: str, cluster_id: Sequence[str], cluster_at: np.ndarray) -> np.ndarray:
    texts = np.full(len(cluster_id), "", dtype=object)
    for row, (word, cluster) in enumerate(zip(rows.texts(key, required=False), cluster_at, strict=True)):
        if cluster < 0 or word in rows.table.missing_texts:
            continue
        if is_number(word, ".") and float(word) < 0 and float(word) in CODES:
            raise InputError(f"{rows.where(key, row)}: {code_advice(float(word))}")
        if texts[cluster] and texts[cluster] != word:
            raise InputError(
                f"{rows.where(key, row)}: cluster {cluster_id[cluster]} has both {texts[cluster]!r} and {word!r}; "
                "an attribute has one value in a cluster"
            )
        texts[cluster] = texts[cluster] or word
    return texts


def with_constants(
    attributes: AbstractMapping[str, np.ndarray],
    units: AbstractMapping[str, str],
    clusters: int,
    constants: AbstractMapping[str, int | float | str],
    path: Path,
) -> dict[str, np.ndarray | xr.Variable]:
    """Return all attributes of the clusters: those of a table and the mapping's ``constants``.

    Parameters
    ----------
    attributes, units
        From :func:`place_attributes`.
    clusters
        How many there are.
    constants
        Of the mapping: what is the same for all clusters.
    path
        The mapping file, for messages.

    Returns
    -------
    dict
        Name -> values (cluster): arrays for what the network file knows, variables with attributes for the rest.

    Raises
    ------
    InputError
        If a name cannot be used, stands twice, or text is given where a number belongs.
    """
    values = dict(attributes)
    for name, value in constants.items():
        if name in values:
            raise InputError(f"{path}: constants.{name}: the table of sensors has {name} too; keep one of them")
        is_text = VARIABLES[name].units is None if name in VARIABLES else isinstance(value, str)
        if isinstance(value, str) and not is_text:
            raise InputError(f"{path}: constants.{name}: {value!r} is not a number [{VARIABLES[name].units}]")
        if not is_text:
            _require_constant(name, float(value), f"{path}: constants.{name}")
        values[name] = np.full(clusters, str(value) if is_text else value, dtype=object if is_text else np.float64)
    labelled: dict[str, np.ndarray | xr.Variable] = {}
    for name, column in values.items():
        if name in ATTRIBUTES:
            labelled[name] = column
            continue
        if name in VARIABLES or name in TAKEN or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
            raise InputError(f"{path}: {name!r} cannot be the name of an attribute; {nearest(name, ATTRIBUTES)}")
        unit = units.get(name) or "1" if column.dtype.kind == "f" else None
        labelled[name] = cluster_variable(column, name.replace("_", " "), unit)
    return labelled


def _require_constant(name: str, value: float, where: str) -> None:
    number = np.array([value])
    if (is_code(name, number, number, _ANY_STEP) | is_impossible(name, number, _ANY_STEP)).any():
        raise InputError(f"{where}: {value:.7g} cannot be {name.replace('_', ' ')}; correct it, or leave it out")
