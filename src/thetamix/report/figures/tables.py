"""Rows of the run's long tables, as figures ask for them."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd

from thetamix.evaluation.estimates import ALL
from thetamix.report.figures.labels import depth_label, plain

T = TypeVar("T")


def depths_of(table: pd.DataFrame) -> list[str]:
    """List the single depths of a table, from the surface down."""
    return sorted({depth for depth in table["depth"] if depth != ALL}, key=float)


def groups_of(table: pd.DataFrame) -> list[str]:
    """List the groups of a table in alphabetical order; "all" alone where clusters are not grouped."""
    return sorted({str(group) for group in table["group"]} - {ALL}) or [ALL]


def forecasters_of(table: pd.DataFrame, order: Iterable[str]) -> list[str]:
    """List the forecasters of a table in a given order; others are left out."""
    there = set(table["forecaster"])
    return [name for name in order if name in there]


def few(values: Sequence[T], most: int) -> list[T]:
    """Select evenly from a list, its ends among them.

    Examples
    --------
    >>> few([1, 2, 3, 4, 5], 3)
    [1, 3, 5]
    """
    if len(values) <= most:
        return list(values)
    return [values[i] for i in np.unique(np.linspace(0, len(values) - 1, most).round().astype(int))]


def left_out(number: int, shown: int, what: str) -> str:
    """Write that only some are shown, where that is so.

    Examples
    --------
    >>> left_out(7, 4, "depths"), left_out(3, 3, "depths")
    ('4 of 7 depths', '')
    """
    return f"{shown} of {number} {what}" if shown < number else ""


def cells_shown(table: pd.DataFrame, lines: int = 4, columns: int = 4) -> tuple[list[str], list[str], str]:
    """Select the groups and depths of a table for which a figure has room, and say where they are not all."""
    groups, depths = groups_of(table), depths_of(table)
    shown = few(groups, lines), few(depths, columns)
    cut = (left_out(len(groups), len(shown[0]), "groups"), left_out(len(depths), len(shown[1]), "depths"))
    return *shown, joined(*cut)


def cell_label(group: str, depth: str) -> str:
    """Name a group × depth cell for a figure."""
    if group == ALL:
        return depth_label(depth) if depth != ALL else "all series"
    return f"{plain(group, 20)}, {depth_label(depth)}"


def seed_label(seed: str) -> str:
    """Write which seed a figure shows."""
    return "mean over seeds" if seed == ALL else f"seed {seed}"


def joined(*parts: str) -> str:
    """Join what is not empty into a subject."""
    return ", ".join(part for part in parts if part)
