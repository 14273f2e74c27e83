"""Several runs side by side."""

import json
from collections.abc import Sequence
from pathlib import Path

from thetamix.errors import InputError
from thetamix.files import require_file, write_text
from thetamix.resolve import load_study
from thetamix.splits import parts
from thetamix.work.files import read_table, write_csv


def compare_runs(folders: Sequence[Path], out: Path) -> Path:
    """Compare runs with the first of them, and write a page and the differences as a table.

    Parameters
    ----------
    folders
        Of the runs, at least two.
    out
        Folder for ``comparison.html`` and ``comparison.csv``.

    Returns
    -------
    pathlib.Path
        The page.

    Raises
    ------
    InputError
        If there are fewer than two, one is named twice, or one has no scores.
    """
    from thetamix.report.across import RunTables, across_runs
    from thetamix.report.compare import render_comparison

    if len({folder.resolve() for folder in folders}) < max(len(folders), 2):
        raise InputError("compare: name at least two different run folders")
    runs = []
    for label, folder in zip(_labels(folders), folders, strict=True):
        scores = require_file(folder / "scores.csv", "scores")
        runs.append(
            RunTables(
                label,
                load_study(folder / "study.yml").model_dump(mode="json"),
                read_table(scores),
                read_table(folder / "tables" / "leakage.csv"),
                json.loads((folder / "environment.json").read_text(encoding="utf-8")),
                parts.read_table(folder / "splits.csv"),
            )
        )
    differences = across_runs(runs)
    write_csv(differences, out / "comparison.csv")
    write_text(out / "comparison.html", render_comparison(runs, differences))
    return out / "comparison.html"


def _labels(folders: Sequence[Path]) -> list[str]:
    """Name runs after their folders, with as much of the path as tells them apart."""
    paths = [folder.resolve() for folder in folders]
    length = next(
        n
        for n in range(1, max(len(path.parts) for path in paths) + 1)
        if len({path.parts[-n:] for path in paths}) == len(paths)
    )
    return ["/".join(path.parts[-length:]) for path in paths]
