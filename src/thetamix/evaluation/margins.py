"""Tables of geology × depth completed: unweighted means of those cells as margins, and means over seeds."""

from collections.abc import Sequence

import pandas as pd

from thetamix.evaluation.estimates import ALL


def with_margins(
    cells: pd.DataFrame, by: Sequence[str], means: Sequence[str], counts: Sequence[str] = ()
) -> pd.DataFrame:
    """Add the rows of geologies, depths and all, as unweighted means of the cells.

    Parameters
    ----------
    cells
        A row for each geology, depth and `by`.
    by
        What else tells rows apart.
    means
        Columns that are averaged; NaN is left out.
    counts
        Columns that are added up.

    Returns
    -------
    pandas.DataFrame
        The cells, then the margins. A network without geology has cells of geology "all": these are no margins of
        themselves.

    Examples
    --------
    >>> cells = pd.DataFrame({"geology": ["marl", "schist"], "depth": "0.1", "belt": [0.1, 0.3], "n": [4, 5]})
    >>> total = with_margins(cells, [], ["belt"], ["n"]).iloc[-1]
    >>> total["geology"], float(total["belt"]), int(total["n"])
    ('all', 0.2, 9)
    """
    if cells.empty:
        return cells
    tables = [cells]
    for kept in (["geology"], ["depth"], []) if (cells["geology"] != ALL).any() else ([],):
        margin = averaged(cells, [*kept, *by], means, counts)
        tables.append(margin.assign(**{name: ALL for name in ("geology", "depth") if name not in kept}))
    return pd.concat(tables, ignore_index=True)[list(cells.columns)]


def with_mean_over_seeds(
    table: pd.DataFrame, means: Sequence[str], counts: Sequence[str] = (), unknown: Sequence[str] = ()
) -> pd.DataFrame:
    """Add rows of seed "all": the means over the seeds.

    Parameters
    ----------
    table
        With a column ``seed`` of text.
    means, counts
        See :func:`with_margins`.
    unknown
        Columns that have no value for a mean over seeds, such as intervals: NaN.

    Returns
    -------
    pandas.DataFrame
        The table, then the means.
    """
    if table.empty:
        return table
    others = {"seed", *means, *counts, *unknown}
    by = [name for name in table.columns if name not in others]
    mean = averaged(table, by, means, counts).assign(seed=ALL, **dict.fromkeys(unknown, float("nan")))
    return pd.concat([table, mean[list(table.columns)]], ignore_index=True)


def averaged(table: pd.DataFrame, by: Sequence[str], means: Sequence[str], counts: Sequence[str]) -> pd.DataFrame:
    """Average the rows that agree.

    Parameters
    ----------
    table
        Rows.
    by
        Columns in which they agree; NaN agrees with NaN. None: all rows are averaged.
    means, counts
        See :func:`with_margins`.

    Returns
    -------
    pandas.DataFrame
        Columns `by`, `means` and `counts`, in the order of the rows.
    """
    how = dict.fromkeys(means, "mean") | dict.fromkeys(counts, "sum")
    if not by:
        return table.agg(how).to_frame().T.astype(dict.fromkeys(counts, "int64"))
    return table.groupby(list(by), sort=False, dropna=False, as_index=False).agg(how)
