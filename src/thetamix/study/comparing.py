"""Several runs side by side."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from thetamix.splits import parts
from thetamix.study.resolve import load_study
from thetamix.study.table_files import read_table, write_csv
from thetamix.system.errors import InputError
from thetamix.system.files import require_file, write_text

if TYPE_CHECKING:
    from thetamix.evaluation.run_differences import RunTables
    from thetamix.report.page.page import Picture


def compare_runs(folders: Sequence[Path], out: Path) -> Path:
    """Compare runs with the first of them, and write a page and the differences as a table.

    Parameters
    ----------
    folders
        Of the runs, at least two.
    out
        Folder for ``comparison.html``, ``comparison.csv`` and the figures of the page.

    Returns
    -------
    pathlib.Path
        The page.

    Raises
    ------
    InputError
        If there are fewer than two, one is named twice, or one has no scores.
    """
    from thetamix.evaluation.run_differences import RunTables, across_runs
    from thetamix.report.page.compare import render_comparison

    if len({folder.resolve() for folder in folders}) < max(len(folders), 2):
        raise InputError("compare: name at least two different run folders")
    runs = []
    for label, folder in zip(_labels(folders), folders, strict=True):
        scores = require_file(folder / "scores.csv", "scores")
        study = load_study(folder / "study.yml")
        runs.append(
            RunTables(
                label,
                study,
                study.model_dump(mode="json"),
                read_table(scores, study.evaluation.group_name),
                read_table(folder / "tables" / "leakage.csv"),
                json.loads((folder / "environment.json").read_text(encoding="utf-8")),
                parts.read_table(folder / "splits.csv"),
            )
        )
    differences = across_runs(runs)
    write_csv(differences, out / "comparison.csv")
    figures = _draw_figures(runs, differences, out)
    write_text(out / "comparison.html", render_comparison(runs, differences, figures))
    return out / "comparison.html"


def _draw_figures(runs: "Sequence[RunTables]", differences: pd.DataFrame, out: Path) -> "list[Picture]":
    """Draw what the runs can have; a figure of an earlier comparison that they cannot is taken away."""
    from thetamix.evaluation.run_differences import COMPARED
    from thetamix.report.figures.choice import NotApplicableError
    from thetamix.report.figures.runs_side_by_side import run_crps, run_differences
    from thetamix.report.figures.style import save
    from thetamix.report.page.page import Picture

    labels = [run.label for run in runs]
    scores = pd.concat([run.scores.assign(run=run.label) for run in runs], ignore_index=True)
    entries = [
        (
            "comparison_differences",
            "Paired differences by depth",
            f"Scores minus those of {labels[0]}, on the same series and seeds, with the central 95 % of 1000 "
            "draws of clusters. Low is good for the CRPS, high for the others. Colour and mark tell which is better; "
            "hollow and grey: the interval holds zero, or there are too few clusters for one.",
            partial(run_differences, differences, labels, COMPARED),
        ),
        (
            "comparison_crps",
            "CRPS of the runs by depth",
            "Each run over all of its own series and seeds, with its 95 % bootstrap intervals. Runs whose splits or "
            "networks differ are not scored on the same steps.",
            partial(run_crps, scores, labels),
        ),
    ]
    figures = []
    for name, title, caption, draw in entries:
        try:
            png, _ = save(draw(), out / name, pdf=True)
        except NotApplicableError:
            for kind in ("png", "pdf"):
                (out / f"{name}.{kind}").unlink(missing_ok=True)
        else:
            figures.append(Picture(name, title, caption, png.read_bytes()))
    return figures


def _labels(folders: Sequence[Path]) -> list[str]:
    """Name runs after their folders, with as much of the path as tells them apart."""
    paths = [folder.resolve() for folder in folders]
    length = next(
        n
        for n in range(1, max(len(path.parts) for path in paths) + 1)
        if len({path.parts[-n:] for path in paths}) == len(paths)
    )
    return ["/".join(path.parts[-length:]) for path in paths]
