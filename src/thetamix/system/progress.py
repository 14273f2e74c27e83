"""What a user sees while the work goes on: lines, bars where there is a terminal, and a log file."""

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Column

from thetamix.system.files import write_errors

#: Seconds between two plain lines of one task, where the output is no terminal.
INTERVAL = 10.0
#: Columns of a terminal from which a bar is drawn at full length beside what a fit says.
ROOMY = 130
#: What a bar counts to.
WHOLE = 10_000


def _redraws(console: Console) -> bool:
    """Return whether a bar can be drawn over itself; the commands in a notebook's cells say so too, and cannot."""
    return console.is_terminal and console.file.isatty() and "JPY_PARENT_PID" not in os.environ


class Progress:
    """Says what is going on, to the user and to the log.

    Parameters
    ----------
    console
        Where to; None for silence (the Python interface).
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console
        self._log = logging.getLogger("thetamix")
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._begun: dict[str, tuple[float, float]] = {}
        self._times: dict[str, float] = {}

    def say(self, line: str) -> None:
        """Print a line and log it."""
        self._log.info(line)
        if self._console is not None:
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def update(self, name: str, share: float, note: str = "") -> None:
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
        if _redraws(self._console):
            self._bar(name, share, note)
        else:
            self._line(name, share, note)

    def finish(self, name: str) -> None:
        """Remove something that has ended from the screen.

        Parameters
        ----------
        name
            As given to :meth:`update`.
        """
        self._times.pop(name, None)
        self._begun.pop(name, None)
        task = self._tasks.pop(name, None)
        if self._bars is not None and task is not None:
            self._bars.remove_task(task)
            if not self._tasks:
                self._bars.stop()
                self._bars = None

    def close(self) -> None:
        """Remove everything from the screen, whatever was going on."""
        for name in [*self._tasks, *self._times]:
            self.finish(name)

    @contextlib.contextmanager
    def task(self, name: str) -> Iterator[Callable[[float, str], None]]:
        """Show the progress of what happens in a block.

        Yields
        ------
        callable
            Takes the share that is done and a note.
        """

        def report(share: float, note: str = "") -> None:
            self.update(name, share, note)

        report(0.0)  # the bar stands and the clock runs from here, not from the first piece that is done
        try:
            yield report
        finally:
            self.finish(name)

    def _bar(self, name: str, share: float, note: str) -> None:
        if self._bars is None:
            assert self._console is not None
            self._bars = Bars(
                TextColumn("{task.description}"),
                BarColumn(bar_width=24 if self._console.width >= ROOMY else 8),
                TextColumn("{task.percentage:>3.0f} %"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}", table_column=Column()),  # wraps; the others keep their width
                console=self._console,
                transient=True,
            )
            self._bars.start()
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=WHOLE, note="")
        if share > 0 and name not in self._begun:
            self._begun[name] = (time.monotonic(), share)
            self._bars.reset(self._tasks[name], completed=round(share * WHOLE))
        self._bars.update(self._tasks[name], completed=share * WHOLE, note=note)

    def _line(self, name: str, share: float, note: str) -> None:
        now = time.monotonic()
        last = self._times.setdefault(name, now)
        # What goes on from earlier work begins with a share that took no time: the clock runs from there.
        start, done = self._begun.setdefault(name, (now, share)) if share > 0 else (now, share)
        if now - last >= INTERVAL and 0 < share < 1:
            self._times[name] = now
            parts = [f"{share:.0%}"] + ([note] if note else [])
            if share > done:
                parts.append(f"about {spoken((now - start) * (1 - share) / (share - done))} left")
            self.say(f"  {name}: {', '.join(parts)}")


def spoken(seconds: float) -> str:
    """Return a length of time in words.

    Returns
    -------
    str
        In seconds, minutes, or hours and minutes.

    Examples
    --------
    >>> [spoken(seconds) for seconds in (50, 840, 12000)]
    ['50 s', '14 min', '3 h 20 min']
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


@contextlib.contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """Add what is said to a log file, with the time.

    Parameters
    ----------
    path
        The file; it grows from run to run.

    Raises
    ------
    ThetamixError
        If the disk is full.
    """
    log = logging.getLogger("thetamix")
    handler = _LogFile(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        with write_errors(path):
            handler.close()


class _LogFile(logging.FileHandler):
    """Raises where a line cannot be written; logging would print a traceback and go on."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002
        with write_errors(Path(self.baseFilename)):
            raise
