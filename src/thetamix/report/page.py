"""The page: one self-contained file with the scores, the split's audit and plain words computed from them."""

from typing import Any

import jinja2
import pandas as pd

from thetamix.evaluation.tables import LAYOUTS, layout, with_intervals
from thetamix.report.summary import question, summarise


def render(
    *,
    study: dict[str, Any],
    study_file: str,
    scores: pd.DataFrame,
    leakage: pd.DataFrame,
    environment: dict[str, Any],
) -> str:
    """Render the page of a run.

    Parameters
    ----------
    study
        Resolved, as plain values.
    study_file
        Its text.
    scores
        The long table.
    leakage
        A row a seed, from the split's audit.
    environment
        What the run was made with.

    Returns
    -------
    str
        HTML; everything that came from files is escaped, nothing is fetched.
    """
    environment_of_templates = jinja2.Environment(
        loader=jinja2.PackageLoader("thetamix.report"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    good, distrust = summarise(study, scores, leakage)
    tables = [(LAYOUTS[name][0], _grid(layout(scores, name))) for name in LAYOUTS]
    headline = [
        (title, _grid(with_intervals(scores, name, decimals)))
        for name, title, decimals in (
            ("crps", "CRPS [m3 m-3], low is good", 4),
            ("log_likelihood", "Log-likelihood [nats per reading], high is good", 2),
            ("kge", "KGE, 1 is good", 3),
        )
    ]
    return environment_of_templates.get_template("page.html").render(
        name=study["name"],
        question=question(study["split"]["scheme"]),
        good=good,
        distrust=distrust,
        headline=headline,
        tables=tables,
        leakage=leakage.to_dict("records"),
        study=study,
        study_file=study_file,
        environment=environment,
    )


def _grid(table: pd.DataFrame) -> dict[str, Any]:
    """Cut a table into what the template needs: header cells with their spans, and rows of text."""
    heads: list[list[tuple[str, int]]] = []
    columns = [column if isinstance(column, tuple) else (column,) for column in table.columns]
    for level in range(len(columns[0]) if columns else 0):
        cells: list[tuple[str, int]] = []
        for column in columns:
            text = str(column[level])
            last = level == len(column) - 1
            if cells and cells[-1][0] == text and not last:
                cells[-1] = (text, cells[-1][1] + 1)
            else:
                cells.append((text, 1))
        heads.append(cells)
    rows = [
        (str(row), [str(v) for v in values])
        for row, values in zip(table.index, table.to_numpy(), strict=True)
    ]
    return {"corner": str(table.index.name), "heads": heads, "rows": rows}
