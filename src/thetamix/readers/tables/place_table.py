"""Small tables of places (sensors, stations): cells as texts and numbers with their lines, coordinates."""

import re
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence

import numpy as np

from thetamix.network.schema import VARIABLES
from thetamix.network.units import conversion, convert
from thetamix.places.matching import geographic
from thetamix.readers.tables.cells import is_number
from thetamix.readers.tables.csv_table import CsvTable
from thetamix.readers.tables.table_keys import ClusterTable, Column, PlaceTable, SensorTable
from thetamix.system.errors import InputError

_ANY_STEP = np.timedelta64(1, "h")  # nothing in these tables is an amount per step


class SmallTable:
    """A small table, read as texts, with its line numbers.

    Parameters
    ----------
    table
        The file.
    columns
        Which columns are needed: key of the mapping -> column.

    Attributes
    ----------
    lines : numpy.ndarray
        Line of each row in the file (row).
    """

    def __init__(self, table: CsvTable, columns: AbstractMapping[str, Column]) -> None:
        self.table = table
        self.columns = columns
        for key, column in columns.items():
            table.require([column.column], key)
        names = list(dict.fromkeys(column.column for column in columns.values()))
        blocks = list(table.blocks(names))
        self.lines: np.ndarray = np.concatenate([block.lines for block in blocks])
        self._texts = {
            name: np.concatenate([np.asarray(block.texts[name], dtype=object) for block in blocks]) for name in names
        }

    def where(self, key: str, row: int) -> str:
        """Name the file, column and line of a cell, for messages."""
        return f"{self.table.path}: column {self.columns[key].column!r}, line {self.lines[row]}"

    def texts(self, key: str, *, required: bool = True) -> list[str]:
        """Give a column's texts (row), cut to the part that the mapping's pattern means."""
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

    def numbers(self, key: str) -> np.ndarray:
        """Give a column's numbers (row) as they stand, float64; NaN is missing."""
        values = np.full(len(self.lines), np.nan)
        for row, word in enumerate(self.texts(key, required=False)):
            if word in self.table.missing_texts:
                continue
            if not is_number(word, self.table.decimal):
                raise InputError(f"{self.where(key, row)}: {word!r} is not a number; correct it")
            values[row] = float(word.replace(self.table.decimal, "."))
        values[np.isin(values, self.table.codes)] = np.nan
        return values

    def converted(self, key: str, variable: str) -> np.ndarray:
        """Give a column's numbers (row) in the unit that the network has for a variable."""
        column = self.columns[key]
        where = f"{self.table.path}: column {column.column!r}"
        if column.unit is None:
            raise InputError(
                f"{where}: the mapping gives no unit for {key}; write {{column: {column.column}, unit: …}}"
            )
        return convert(self.numbers(key), conversion(variable, column.unit, where), _ANY_STEP)


def place_columns(keys: PlaceTable) -> dict[str, Column]:
    """Give the columns of a table's coordinates: key of the mapping -> column."""
    found = {name: getattr(keys, name) for name in ("latitude", "longitude", "easting", "northing")}
    return {name: column for name, column in found.items() if column is not None}


def coordinates(rows: SmallTable, keys: PlaceTable) -> tuple[np.ndarray, np.ndarray] | None:
    """Give latitudes and longitudes of a table's rows.

    Parameters
    ----------
    rows
        The table.
    keys
        Its part of the mapping.

    Returns
    -------
    tuple of numpy.ndarray or None
        (row) [degrees_north] and [degrees_east, -180 to 180]; None where the mapping has no coordinates.

    Raises
    ------
    InputError
        If a number is no coordinate, or pyproj is needed and not installed.
    """
    if keys.crs is not None:
        try:
            return geographic(rows.numbers("easting"), rows.numbers("northing"), keys.crs)
        except InputError as error:
            raise InputError(f"{rows.table.path}: {error}") from error
    if keys.latitude is None:
        return None
    latitude, longitude = rows.numbers("latitude"), rows.numbers("longitude")
    for key, values, limit in (("latitude", latitude, 90), ("longitude", longitude, 360)):
        bad = np.flatnonzero(np.abs(values) > limit)
        if bad.size:
            raise InputError(
                f"{rows.where(key, bad[0])}: {values[bad[0]]:g} is no {key} in degrees; projected coordinates are "
                "given as easting and northing, with their crs"
            )
    return latitude, (longitude + 180) % 360 - 180


def cluster_means(values: np.ndarray, cluster_at: np.ndarray, clusters: int) -> np.ndarray:
    """Average a column over the sensors of each cluster.

    Parameters
    ----------
    values
        (sensor); NaN is left out.
    cluster_at
        Cluster of each sensor (sensor); -1 is none of them.
    clusters
        How many clusters there are.

    Returns
    -------
    numpy.ndarray
        Means (cluster); NaN where no sensor has a value.
    """
    known = np.isfinite(values) & (cluster_at >= 0)
    count = np.bincount(cluster_at[known], minlength=clusters)
    total = np.bincount(cluster_at[known], weights=values[known], minlength=clusters)
    means: np.ndarray = np.divide(total, count, out=np.full(clusters, np.nan), where=count > 0)
    return means


def place_attributes(
    rows: SmallTable, keys: SensorTable | ClusterTable, cluster_id: Sequence[str], cluster_at: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Give what a table says of its clusters beside their coordinates.

    Parameters
    ----------
    rows
        The table.
    keys
        Its part of the mapping.
    cluster_id
        Names of the clusters (cluster).
    cluster_at
        Position of each row's cluster (row); -1 is none of them.

    Returns
    -------
    attributes : dict
        Name -> values (cluster).
    units : dict
        Of the numeric ones that the network file gives no unit to.

    Raises
    ------
    InputError
        If a number is none, or rows of one cluster have different texts.
    """
    found: dict[str, np.ndarray] = {}
    units: dict[str, str] = {}
    numeric = {name: f"attributes.{name}" for name, column in keys.attributes.items() if column.unit is not None}
    if keys.elevation is not None:
        numeric["elevation"] = "elevation"
    for name, key in numeric.items():
        known = name in VARIABLES
        values = rows.converted(key, name) if known else rows.numbers(key)
        found[name] = cluster_means(values, cluster_at, len(cluster_id))
        if not known:
            units[name] = str(rows.columns[key].unit)
    for name in keys.attributes.keys() - numeric.keys():
        found[name] = _common_texts(rows, f"attributes.{name}", cluster_id, cluster_at)
    return dict(sorted(found.items())), units


def _common_texts(rows: SmallTable, key: str, cluster_id: Sequence[str], cluster_at: np.ndarray) -> np.ndarray:
    words = rows.texts(key, required=False)
    found = np.full(len(cluster_id), "", dtype=object)
    for row, word in enumerate(words):
        cluster = cluster_at[row]
        if cluster < 0:
            continue
        if word and found[cluster] and found[cluster] != word:
            raise InputError(
                f"{rows.where(key, row)}: cluster {cluster_id[cluster]} has both {found[cluster]!r} and {word!r}; "
                "an attribute has one value in a cluster"
            )
        found[cluster] = found[cluster] or word
    return found
