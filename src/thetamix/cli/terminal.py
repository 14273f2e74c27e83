"""The terminal: where commands print, and what they print when a run is done."""

import os
from pathlib import Path

from rich.console import Console

from thetamix.system.progress import Progress

#: The tables that are shown when a run is done; all are in its folder.
PRINTED = ("table_2", "table_distribution")
#: Columns of a page where there is no terminal.
PAGE_WIDTH = 120


def open_console() -> Console:
    """Return the terminal, or a page of fixed width where the output goes to a file."""
    console = Console()
    return console if console.is_terminal or "COLUMNS" in os.environ else Console(width=PAGE_WIDTH)


def open_progress() -> Progress:
    """Return a progress that speaks at the terminal."""
    return Progress(open_console())


def finish(folder: Path, console: Console) -> None:
    """Print the paper's tables and where everything is."""
    from thetamix.cli.printing import print_table
    from thetamix.report.layouts.score_tables import caption, layout
    from thetamix.study.resolve import load_study
    from thetamix.study.table_files import read_table

    study = load_study(folder / "study.yml")
    scores = read_table(folder / "scores.csv", study.evaluation.group_name)
    for name in PRINTED:
        print_table(console, layout(scores, name), caption(name, study.split.scheme, study.evaluation.group_name))
    console.print(f"tables: {folder / 'tables'}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"report: {folder / 'report.html'}", markup=False, highlight=False, soft_wrap=True)
