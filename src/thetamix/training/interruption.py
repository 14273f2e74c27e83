"""Ctrl-C in the middle of a fit: the step is finished and saved first."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

#: Ctrl-C at the terminal; what the crew sends its workers when it is dismissed, and a scheduler when time is up; a
#: terminal that is closed.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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
