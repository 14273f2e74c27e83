"""What a table and the mapping say of the clusters: numbers and texts, judged like readings."""

import re
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.network.assemble import cluster_variable
from thetamix.network.plausibility import CODES, cannot_be, code_advice
from thetamix.network.schema import VARIABLES
from thetamix.places.cluster_means import cluster_means, cluster_middles
from thetamix.places.place_codes import is_place_code
from thetamix.readers.tables.files.csv_table import is_number
from thetamix.readers.tables.places.place_keys import AttributeColumn, ClusterTable
from thetamix.readers.tables.places.place_table import ANY_STEP, SmallTable
from thetamix.system.errors import InputError, nearest

#: What an attribute may be called beside names of its own.
ATTRIBUTES = tuple(name for name, variable in VARIABLES.items() if variable.dimensions == ("cluster",))

#: Names of their own.
GAUGES = ("discharge_gauge",)
#: What it may not be called.
TAKEN = ("cluster", "cluster_id", "depth", "replicate", "replicate_label", "time", "time_bounds", "bound")


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
        notes += _strange_texts(rows, name, keys.attributes[name])
        attributes[name] = _common_texts(rows, f"attributes.{name}", cluster_id, cluster_at)
        if name not in GAUGES and "" not in attributes[name] and is_place_code(attributes[name]):
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
    if name in VARIABLES:
        return VARIABLES[name].units is not None
    if column.unit is not None or column.kind == "text":
        return column.unit is not None
    words = set(rows.texts(f"attributes.{name}", required=False)) - set(rows.table.missing_texts)
    return bool(words) and all(is_number(word, rows.table.decimal) for word in words)


def _strange_texts(rows: SmallTable, name: str, column: AttributeColumn) -> list[str]:
    """Tell of a text among numbers, which makes a category of each of them."""
    if column.kind == "text" or name in VARIABLES:
        return []
    words = [
        word for word in rows.texts(f"attributes.{name}", required=False) if word not in rows.table.missing_texts
    ]
    texts = [word for word in words if not is_number(word, rows.table.decimal)]
    if not 0 < len(texts) <= len(words) / 2:
        return []
    return [
        f"attribute {name} is read as texts, though most are numbers, for {texts[0]!r} is none: correct it, list it "
        "under missing, or say kind: text"
    ]


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
    if cannot_be(name, np.array([value]), ANY_STEP).any():
        raise InputError(f"{where}: {value:.7g} cannot be {name.replace('_', ' ')}; correct it, or leave it out")
