"""What a user sees while the work goes on: lines, bars where there is a terminal, and a log file."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

#: Seconds between two plain lines of one task, where the output is no terminal.
INTERVAL = 10.0


class Desk:
    """Says what is going on, to the user and to the log.

    Parameters
    ----------
    console
        Where to; None for silence (the Python interface).
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console
        self._log = logging.getLogger("thetamix")

    def say(self, line: str) -> None:
        """Print a line and log it.

        Parameters
        ----------
        line
            What to say.
        """
        self._log.info(line)
        if self._console is not None:
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def show(self, renderable: object) -> None:
        """Print a table.

        Parameters
        ----------
        renderable
            Anything that rich can draw.
        """
        if self._console is not None:
            self._console.print(renderable)

    @contextlib.contextmanager
    def task(self, name: str) -> Iterator[Callable[[float, str], None]]:
        """Show the progress of something that may take longer than two seconds.

        Parameters
        ----------
        name
            What is going on.

        Yields
        ------
        callable
            Takes the share that is done and a note, such as the loss.
        """
        if self._console is None:
            yield _silent
        elif self._console.is_terminal:
            with Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=24),
                TextColumn("{task.percentage:>3.0f} %"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}"),
                console=self._console,
                transient=True,
            ) as progress:
                bar = progress.add_task(name, total=1.0, note="")

                def update(share: float, note: str = "") -> None:
                    progress.update(bar, completed=share, note=note)

                yield update
        else:
            yield self._plain(name)

    def _plain(self, name: str) -> Callable[[float, str], None]:
        start = last = time.monotonic()

        def report(share: float, note: str = "") -> None:
            nonlocal last
            now = time.monotonic()
            if now - last < INTERVAL or not 0 < share < 1:
                return
            last = now
            left = (now - start) * (1 - share) / share
            self.say(f"  {name}: {share:.0%}, {note + ', ' if note else ''}about {left:.0f} s left")

        return report


def _silent(_share: float, _note: str = "") -> None:
    """Report to nobody."""


@contextlib.contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """Add what is said to a log file, with the time.

    Parameters
    ----------
    path
        The file; it grows from run to run.

    Yields
    ------
    None
    """
    log = logging.getLogger("thetamix")
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        handler.close()
