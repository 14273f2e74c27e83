"""Figures and the page."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from thetamix.files import write_text
from thetamix.study import Ensemble
from thetamix.work.bench import Bench
from thetamix.work.files import read_table, write_csv
from thetamix.work.scoring import LONG_TABLES, predictions_of

if TYPE_CHECKING:
    from thetamix.figures.material import Material

#: What the figures of a run are, and why some are left out.
INDEX = "figures/index.csv"


@contextmanager
def material_of(bench: Bench) -> "Iterator[Material]":
    """Offer a run to its figures; what they open is closed at the end.

    Parameters
    ----------
    bench
        Of a scored study.

    Yields
    ------
    Material
        Everything a figure may ask for.
    """
    from thetamix.evaluation.step_table import step_table
    from thetamix.figures.material import Material
    from thetamix.prediction.files import open_prediction

    study = bench.study
    with ExitStack() as files:
        opened: dict[tuple[str, int], xr.Dataset] = {}
        steps: dict[tuple[str, int], pd.DataFrame] = {}

        def prediction(name: str, seed: int) -> xr.Dataset:
            if (name, seed) not in opened:
                opened[name, seed] = files.enter_context(open_prediction(bench.prediction(name, seed)))
            return opened[name, seed]

        def steps_of(name: str, seed: int) -> pd.DataFrame:
            if (name, seed) not in steps:
                steps[name, seed] = step_table(
                    bench.network,
                    bench.observed.to_numpy(),
                    bench.part(seed),
                    study.quality.replicates,
                    {name: prediction(name, seed)},
                    bench.geology,
                    name,
                    seed,
                )
            return steps[name, seed]

        yield Material(
            study=study.model_dump(mode="json"),
            network=bench.network,
            part=bench.part,
            prediction=prediction,
            table=lambda name: _table(bench, name),
            steps=steps_of,
            history=lambda name, seed: _history(bench.fit(name, seed)),
            model=lambda name, seed: _card(bench.fit(name, seed)),
        )


def draw_figures(bench: Bench) -> None:
    """Draw every figure that a run can have, and note which and why not the others.

    Parameters
    ----------
    bench
        Of a scored study.
    """
    from thetamix.figures.drawing import draw_all
    from thetamix.figures.registry import FIGURES

    folder = bench.folder / "figures"
    rows = []
    with material_of(bench) as material, bench.desk.task("figures") as report:
        for drawn in draw_all(material, folder):
            if drawn.png is None:
                for kind in ("png", "pdf"):
                    (folder / f"{drawn.name}.{kind}").unlink(missing_ok=True)
            rows.append((drawn.name, drawn.title, drawn.caption, drawn.why_not))
            report(len(rows) / len(FIGURES), drawn.name)
    write_csv(pd.DataFrame(rows, columns=["name", "title", "caption", "note"]), bench.folder / INDEX)


def write_page(bench: Bench) -> None:
    """Write the page of a run whose figures are drawn.

    Parameters
    ----------
    bench
        Of a scored study.
    """
    from thetamix.report.explorer import choose_forecasters, explorer_budget, explorer_data
    from thetamix.report.page import Figure, render
    from thetamix.report.quality import quality_table

    study, folder = bench.study, bench.folder
    plain = study.model_dump(mode="json")
    index = read_table(folder / INDEX)
    figures = [
        Figure(
            row["name"],
            row["title"],
            row["caption"],
            (folder / "figures" / f"{row['name']}.png").read_bytes(),
        )
        for row in index[index["note"] == ""].to_dict("records")
    ]
    seed, shown = study.seeds[0], choose_forecasters(plain["forecasters"])
    with predictions_of(bench, seed, shown) as predictions, bench.desk.task("report") as report:
        explorer = explorer_data(
            bench.network,
            bench.part(seed),
            study.quality.reject,
            predictions,
            pools={
                name: entry.of for name, entry in study.forecasters.items() if isinstance(entry, Ensemble)
            },
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
        quality=quality_table(bench.network, study.quality.reject),
    )
    write_text(folder / "report.html", page)


def _table(bench: Bench, name: str) -> pd.DataFrame | None:
    path = bench.folder / ("scores.csv" if name == "scores" else f"tables/{name}.csv")
    return read_table(path) if path.exists() else None


def _history(fit: Path) -> pd.DataFrame | None:
    path = fit / "history.csv"
    return pd.read_csv(path) if path.exists() else None


def _card(fit: Path) -> dict[str, Any] | None:
    path = fit / "model.json"
    card: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return card
