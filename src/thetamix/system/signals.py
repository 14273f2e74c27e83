"""Ctrl-C, a scheduler's notice, a closed terminal: what is under way is finished and saved first."""

import contextlib
import os
import signal
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

#: Ctrl-C at the terminal; what workers are sent when they are dismissed, and a scheduler sends when time is up; a
#: terminal that is closed.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt(number: int, _frame: FrameType | None) -> None:
    """Handle a signal as Python handles Ctrl-C.

    Raises
    ------
    KeyboardInterrupt
        Always.
    """
    _leave_closed_terminal(number)
    raise KeyboardInterrupt


@contextlib.contextmanager
def deferred_interrupt() -> Iterator[Callable[[], bool]]:
    """Hold an interruption back while the block runs.

    Yields
    ------
    callable
        Says whether there was one. Whoever asks saves and raises :exc:`KeyboardInterrupt`; where nobody has asked by
        the end of the block, it is raised then.
    """
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield lambda: False
        return
    caught: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        _leave_closed_terminal(number)
        caught.append(number)

    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # a worker leaves Ctrl-C to its parent
            signal.signal(number, note)
    try:
        yield lambda: bool(caught)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if caught:
        raise KeyboardInterrupt


def _leave_closed_terminal(number: int) -> None:
    """Write nothing to a terminal that is gone: that would fail in the midst of saving."""
    if number != signal.SIGHUP:
        return
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        for stream in (1, 2):
            if stat.S_ISCHR(os.fstat(stream).st_mode):
                os.dup2(nowhere.fileno(), stream)
