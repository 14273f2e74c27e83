"""Figures and the page."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pandas as pd

from thetamix.forecasters.base import of_class
from thetamix.forecasters.ensemble import Ensemble
from thetamix.study.context import StudyContext
from thetamix.study.scoring import LONG_TABLES, predictions_of
from thetamix.study.table_files import read_table, write_csv
from thetamix.system.files import write_text

if TYPE_CHECKING:
    from thetamix.report.figures.figure_context import FigureContext

#: What the figures of a run are, and why some are left out.
INDEX = "figures/index.csv"


@contextmanager
def open_figure_context(context: StudyContext) -> "Iterator[FigureContext]":
    """Yield a run as its figures see it; what they open is closed at the end.

    Parameters
    ----------
    context
        Of a scored study.

    Yields
    ------
    FigureContext
        Everything a figure may ask for.
    """
    from thetamix.study.run_figures import RunFigureContext

    with ExitStack() as files:
        yield RunFigureContext(context, files)


def draw_data(context: StudyContext) -> None:
    """Draw the data before anything is made of them, and say where: the first minutes of a study have a picture.

    Parameters
    ----------
    context
        Of a study that was checked.
    """
    from thetamix.report.figures.choice import NotApplicableError
    from thetamix.report.figures.drawing import draw_and_save

    with open_figure_context(context) as shown:
        try:
            drawn = draw_and_save("data", shown, context.folder / "figures", pdf=False)
        except NotApplicableError as reason:
            context.progress.say(f"  no picture of the data: {reason}")
        else:
            context.progress.say(f"  a first picture of the data: {drawn.png}")


def draw_figures(context: StudyContext, *, pdf: bool = False) -> None:
    """Draw every figure that a run can have, and note which and why not the others.

    Parameters
    ----------
    context
        Of a scored study.
    pdf
        Whether they are written as PDF too.
    """
    from thetamix.report.figures.drawing import draw_all
    from thetamix.report.figures.registry import FIGURES

    folder = context.folder / "figures"
    rows = []
    with open_figure_context(context) as shown, context.progress.task("figures") as report:
        for drawn in draw_all(shown, folder, pdf=pdf):
            if drawn.png is None:
                for kind in ("png", "pdf"):
                    (folder / f"{drawn.name}.{kind}").unlink(missing_ok=True)
            rows.append((drawn.name, drawn.title, drawn.caption, drawn.why_not))
            report(len(rows) / len(FIGURES), drawn.name)
    write_csv(pd.DataFrame(rows, columns=["name", "title", "caption", "note"]), context.folder / INDEX)


def write_page(context: StudyContext) -> None:
    """Write the page of a run whose figures are drawn.

    Parameters
    ----------
    context
        Of a scored study.
    """
    from thetamix.report.explorer.explorer_data import choose_forecasters, explorer_budget, explorer_data
    from thetamix.report.layouts.quality_table import quality_table
    from thetamix.report.page.page import Picture, render

    study, folder = context.study, context.folder
    index = read_table(folder / INDEX)
    figures = [
        Picture(
            row["name"],
            row["title"],
            row["caption"],
            (folder / "figures" / f"{row['name']}.png").read_bytes(),
        )
        for row in index[index["note"] == ""].to_dict("records")
    ]
    seed, shown = study.seeds[0], choose_forecasters(study.forecasters)
    with predictions_of(context, seed, shown) as predictions, context.progress.task("report") as report:
        explorer = explorer_data(
            context.network,
            context.part(seed),
            study.quality.reject,
            predictions,
            pools={name: entry.of for name, entry in of_class(study.forecasters, Ensemble).items()},
            budget=explorer_budget(sum(len(figure.png) for figure in figures)),
            report=lambda share: report(share, ""),
        )
    page = render(
        study=study,
        study_file=(folder / "study.yml").read_text(encoding="utf-8"),
        scores=read_table(folder / "scores.csv", study.evaluation.group_name),
        leakage=read_table(folder / "tables" / "leakage.csv"),
        environment=json.loads((folder / "environment.json").read_text(encoding="utf-8")),
        tables={
            name: read_table(folder / "tables" / f"{name}.csv", study.evaluation.group_name) for name in LONG_TABLES
        },
        figures=figures,
        explorer=explorer,
        quality=quality_table(context.network, study.quality.reject),
    )
    write_text(folder / "report.html", page)
