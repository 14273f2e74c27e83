"""The terminal: where commands print, and what they print when a run is done."""

import os
from pathlib import Path

from rich.console import Console

from thetamix.console import Desk

#: Columns of a page where there is no terminal.
PAGE_WIDTH = 120


def open_console() -> Console:
    """Give the terminal, or a page of fixed width where the output goes to a file.

    Returns
    -------
    rich.console.Console
        Where to print.
    """
    console = Console()
    return console if console.is_terminal or "COLUMNS" in os.environ else Console(width=PAGE_WIDTH)


def open_desk() -> Desk:
    """Give a desk that speaks at the terminal.

    Returns
    -------
    Desk
        Says what is going on.
    """
    return Desk(open_console())


def finish(folder: Path, console: Console) -> None:
    """Print the paper's tables and where everything is.

    Parameters
    ----------
    folder
        The run folder.
    console
        Where to print.
    """
    from thetamix.evaluation.tables import LAYOUTS, layout
    from thetamix.printing import print_table
    from thetamix.work import read_scores

    scores = read_scores(folder / "scores.csv")
    for name, (caption, *_) in LAYOUTS.items():
        print_table(console, layout(scores, name), caption)
    console.print(f"tables: {folder / 'tables'}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"report: {folder / 'report.html'}", markup=False, highlight=False, soft_wrap=True)
