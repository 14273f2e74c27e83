"""Cells of tables: what is a number, and texts that are held once."""

import numpy as np
import pandas as pd


def is_number(word: str, decimal: str) -> bool:
    """Say whether a text is a finite number.

    Parameters
    ----------
    word
        The text.
    decimal
        The decimal mark.

    Returns
    -------
    bool
        True for ``1.5`` and ``-2e-3``; False for ``inf``, ``1_000`` and ``1.000,5``.
    """
    if "_" in word or (decimal != "." and "." in word):
        return False
    try:
        return bool(np.isfinite(float(word.replace(decimal, "."))))
    except ValueError:
        return False


def categories(column: pd.Series) -> pd.Categorical:
    """Hold each text once, without the blanks around it: a name is the same name with a blank behind it.

    Parameters
    ----------
    column
        Texts (row).

    Returns
    -------
    pandas.Categorical
        The same texts (row).
    """
    codes, texts = pd.factorize(column.to_numpy(dtype=object))
    merged, names = pd.factorize(np.array([str(text).strip() for text in texts], dtype=object))
    return pd.Categorical.from_codes(merged[codes], categories=pd.Index(names, dtype=object))
