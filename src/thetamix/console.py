"""What a user sees while the work goes on: lines, bars where there is a terminal, and a log file."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

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
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._times: dict[str, tuple[float, float]] = {}

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

    def progress(self, name: str, share: float, note: str = "") -> None:
        """Show how far something is that may take longer than two seconds.

        Parameters
        ----------
        name
            What is going on; several things may go on side by side.
        share
            How much of it is done, from 0 to 1.
        note
            Such as the loss.
        """
        if self._console is None:
            return
        if self._console.is_terminal:
            self._bar(name, share, note)
        else:
            self._line(name, share, note)

    def finish(self, name: str) -> None:
        """Take something that has ended off the screen.

        Parameters
        ----------
        name
            As given to :meth:`progress`.
        """
        self._times.pop(name, None)
        task = self._tasks.pop(name, None)
        if self._bars is not None and task is not None:
            self._bars.remove_task(task)
            if not self._tasks:
                self._bars.stop()
                self._bars = None

    def close(self) -> None:
        """Take everything off the screen, whatever was going on."""
        for name in [*self._tasks, *self._times]:
            self.finish(name)

    @contextlib.contextmanager
    def task(self, name: str) -> Iterator[Callable[[float, str], None]]:
        """Show the progress of what happens in a block.

        Parameters
        ----------
        name
            What is going on.

        Yields
        ------
        callable
            Takes the share that is done and a note.
        """

        def report(share: float, note: str = "") -> None:
            self.progress(name, share, note)

        report(0.0)  # the bar stands and the clock runs from here, not from the first piece that is done
        try:
            yield report
        finally:
            self.finish(name)

    def _bar(self, name: str, share: float, note: str) -> None:
        if self._bars is None:
            self._bars = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=24),
                TextColumn("{task.percentage:>3.0f} %"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}"),
                console=self._console,
                transient=True,
            )
            self._bars.start()
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=1.0, note="")
        self._bars.update(self._tasks[name], completed=share, note=note)

    def _line(self, name: str, share: float, note: str) -> None:
        now = time.monotonic()
        start, last = self._times.setdefault(name, (now, now))
        if now - last >= INTERVAL and 0 < share < 1:
            self._times[name] = (start, now)
            left = (now - start) * (1 - share) / share
            self.say(f"  {name}: {share:.0%}, {note + ', ' if note else ''}about {left:.0f} s left")


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
