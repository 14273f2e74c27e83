"""Figures and the page."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from thetamix.forecasters.ensemble import Ensemble
from thetamix.forecasters.roles import of_class
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
    """Offer a run to its figures; what they open is closed at the end.

    Parameters
    ----------
    context
        Of a scored study.

    Yields
    ------
    FigureContext
        Everything a figure may ask for.
    """
    from thetamix.evaluation.step_table import step_table
    from thetamix.prediction.prediction_file import open_prediction
    from thetamix.report.figures.figure_context import FigureContext

    study = context.study
    with ExitStack() as files:
        opened: dict[tuple[str, int], xr.Dataset] = {}
        steps: dict[tuple[str, int], pd.DataFrame] = {}

        def prediction(name: str, seed: int) -> xr.Dataset:
            if (name, seed) not in opened:
                opened[name, seed] = files.enter_context(open_prediction(context.prediction(name, seed)))
            return opened[name, seed]

        def steps_of(name: str, seed: int) -> pd.DataFrame:
            if (name, seed) not in steps:
                steps[name, seed] = step_table(
                    context.network,
                    context.observed,
                    context.part(seed),
                    study.quality.replicates,
                    {name: prediction(name, seed)},
                    context.geology,
                    name,
                    seed,
                )
            return steps[name, seed]

        yield FigureContext(
            study=study.model_dump(mode="json"),
            network=context.network,
            part=context.part,
            prediction=prediction,
            table=lambda name: _table(context, name),
            steps=steps_of,
            history=lambda name, seed: _history(context.fit(name, seed)),
            model=lambda name, seed: _card(context.fit(name, seed)),
        )


def draw_figures(context: StudyContext) -> None:
    """Draw every figure that a run can have, and note which and why not the others.

    Parameters
    ----------
    context
        Of a scored study.
    """
    from thetamix.report.figures.drawing import draw_all
    from thetamix.report.figures.registry import FIGURES

    folder = context.folder / "figures"
    rows = []
    with open_figure_context(context) as shown, context.progress.task("figures") as report:
        for drawn in draw_all(shown, folder):
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
    plain = study.model_dump(mode="json")
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
    seed, shown = study.seeds[0], choose_forecasters(plain["forecasters"])
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
        study=plain,
        study_file=(folder / "study.yml").read_text(encoding="utf-8"),
        scores=read_table(folder / "scores.csv"),
        leakage=read_table(folder / "tables" / "leakage.csv"),
        environment=json.loads((folder / "environment.json").read_text(encoding="utf-8")),
        tables={name: read_table(folder / "tables" / f"{name}.csv") for name in LONG_TABLES},
        figures=figures,
        explorer=explorer,
        quality=quality_table(context.network, study.quality.reject),
    )
    write_text(folder / "report.html", page)


def _table(context: StudyContext, name: str) -> pd.DataFrame | None:
    path = context.folder / ("scores.csv" if name == "scores" else f"tables/{name}.csv")
    return read_table(path) if path.exists() else None


def _history(fit: Path) -> pd.DataFrame | None:
    path = fit / "history.csv"
    return pd.read_csv(path) if path.exists() else None


def _card(fit: Path) -> dict[str, Any] | None:
    path = fit / "model.json"
    card: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return card
