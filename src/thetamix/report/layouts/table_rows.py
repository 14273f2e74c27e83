"""Rows of the run's long tables, as words, pages and figures ask for them."""

import numpy as np
import pandas as pd

from thetamix.evaluation.estimates import ALL


def rows(table: pd.DataFrame, **equal: str) -> pd.DataFrame:
    """Select rows by the text in their columns, in the table's order."""
    chosen = np.ones(len(table), dtype=bool)
    for column, value in equal.items():
        chosen &= (table[column] == value).to_numpy(dtype=bool)
    return table.loc[chosen]


def overall(table: pd.DataFrame, **equal: str) -> pd.DataFrame:
    """Select rows over all seeds, groups and depths, and by the text in further columns."""
    return rows(table, seed=ALL, group=ALL, depth=ALL, **equal)
