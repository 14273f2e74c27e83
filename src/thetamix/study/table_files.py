"""The tables of a run folder, in and out."""

from pathlib import Path

import pandas as pd

from thetamix.system.files import atomic_path

#: Columns that are text, also where they look like numbers.
TEXT = (
    *(
        "forecaster",
        "seed",
        "group",
        "depth",
        "cluster",
        "replicate",
        "score",
        "kind",
        "state_kind",
        "component",
    ),
    *("by", "level", "month", "one", "other", "flag", "name", "title", "caption", "note", "one_sided"),
)


def read_table(path: Path, group_name: str = "group") -> pd.DataFrame:
    """Read a table of a run.

    Parameters
    ----------
    path
        The CSV file.
    group_name
        What its column of groups of clusters is called; it is called "group" from here on.

    Returns
    -------
    pandas.DataFrame
        Names and labels are text, "all" stands for a mean over them; numbers that are not known are NaN.
    """
    columns = pd.read_csv(path, nrows=0, encoding="utf-8").columns
    text = [name for name in columns if name in (*TEXT, group_name)]
    table = pd.read_csv(
        path,
        dtype=dict.fromkeys(text, str),
        na_values={name: "" for name in columns if name not in text},
        keep_default_na=False,
        encoding="utf-8",
    )
    return table.rename(columns={group_name: "group"})


def write_table(table: pd.DataFrame, path: Path, group_name: str) -> None:
    """Write a table of a run; its groups of clusters are called as users call them.

    Parameters
    ----------
    table
        The table.
    path
        Where.
    group_name
        Of the column "group".
    """
    renamed = table.rename(columns={"group": group_name})
    if "by" in renamed:
        renamed["by"] = renamed["by"].replace("group", group_name)
    write_csv(renamed, path)


def write_csv(table: pd.DataFrame, path: Path, *, index: bool = False) -> None:
    """Write a table in one piece.

    Parameters
    ----------
    table
        The table.
    path
        Where.
    index
        Whether the row names are written.
    """
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=index, encoding="utf-8")
