"""Several steps at a time, each in a process of its own.

Two fits in two one-thread processes are faster than two fits with two threads each after the other, do not slow down
tenfold beside a busy neighbour, and give the same bits on any number of cores.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from queue import Empty
from types import FrameType
from typing import Any

from thetamix.system.errors import ThetamixError
from thetamix.system.progress import Progress

#: Seconds between two looks at what the workers say.
PATIENCE = 0.2
#: Seconds that a fit has to save its last step when the worker pool is dismissed, and a worker for its last words.
FAREWELL = 10.0
_PR_SET_PDEATHSIG = 1

_messages: "Queue[Any] | None" = None
_spare: ctypes.c_bool | None = None


class Messenger(Progress):
    """The progress of a worker: passes everything on to the progress of the process that the user sees."""

    def say(self, line: str) -> None:
        """Pass a line on; see :meth:`thetamix.system.progress.Progress.say`."""
        _send("say", line)

    def update(self, name: str, share: float, note: str = "") -> None:
        """Pass progress on; see :meth:`thetamix.system.progress.Progress.update`."""
        _send("update", name, share, note)

    def finish(self, name: str) -> None:
        """Pass the end of something on; see :meth:`thetamix.system.progress.Progress.finish`."""
        _send("finish", name)


class WorkerPool:
    """Workers that take jobs; use :func:`open_worker_pool`.

    Parameters
    ----------
    size
        How many work at a time.
    job
        What a worker calls for each task.
    progress
        Told what the workers say.
    """

    def __init__(self, size: int, job: Callable[..., None], progress: Progress) -> None:
        self.size = size
        self._cores = size
        self._job = job
        self._progress = progress
        self._running: dict[Future[None], tuple[str, tuple[object, ...]]] = {}
        self._ended: set[str] = set()
        self._hire()

    def _hire(self) -> None:
        context = get_context("spawn")
        self._queue: Queue[Any] = context.Queue()
        self._spare = context.RawValue(ctypes.c_bool, True)
        self._pool = ProcessPoolExecutor(
            self.size,
            mp_context=context,
            initializer=_begin,
            initargs=(self._queue, self._spare, os.getpid()),
        )

    @property
    def busy(self) -> bool:
        """True where every worker has a job."""
        return len(self._running) >= self.size

    @property
    def idle(self) -> bool:
        """True where no worker has a job."""
        return not self._running

    def start(self, name: str, *arguments: object) -> None:
        """Start the job on a worker.

        Parameters
        ----------
        name
            Of this time that the job is done.
        arguments
            Of the job; they are pickled.

        Raises
        ------
        ThetamixError
            If no worker can start.
        """
        try:
            future = self._pool.submit(_work, name, self._job, *arguments)
        except BrokenProcessPool as error:
            self._go_on_with_fewer(error)
            self.start(name, *arguments)
        else:
            self._running[future] = (name, arguments)
            self._tell_of_cores()

    def next_done(self) -> dict[str, Exception | None]:
        """Wait until a job has ended.

        Where a worker was killed there is one fewer from then on, and what was under way is begun again.

        Returns
        -------
        dict
            Names of the jobs that have, and what each failed with; None where it is done.

        Raises
        ------
        ThetamixError
            If the only worker was killed, or none can start.
        """
        failures: dict[str, Exception | None] = {}
        while not failures:
            done, _ = wait(self._running, timeout=PATIENCE, return_when=FIRST_COMPLETED)
            self._hear_all()
            if not done:
                self._look_after_workers()
            for future in done & self._running.keys():
                failure = future.exception()
                if isinstance(failure, BrokenProcessPool):
                    self._go_on_with_fewer(failure)
                    break
                if not isinstance(failure, Exception | None):
                    raise KeyboardInterrupt from failure  # somebody stopped the worker
                name, _ = self._running.pop(future)
                self._tell_of_cores()
                failures[name] = failure
                self._hear_out(name)
        return failures

    def _look_after_workers(self) -> None:
        """Notify the pool of a worker that was killed: it may not watch yet the one that it started last."""
        # CPython 3.11 collects whom to watch when a job is submitted, and only then starts a worker for it.
        if connection.wait([process.sentinel for process in self._processes()], timeout=0):
            with contextlib.suppress(BrokenProcessPool):  # who waits for the jobs is told
                self._pool.submit(int)  # does nothing, but wakes it

    def _tell_of_cores(self) -> None:
        """Notify the workers whether a core is free: also one whose worker was killed."""
        self._spare.value = min(len(self._running), self.size) < self._cores

    def _go_on_with_fewer(self, error: BrokenProcessPool) -> None:
        """Replace the workers, one of whom was killed, most likely because together they need too much memory."""
        wait(self._running)  # all are told
        codes = [process.exitcode or 0 for process in self._processes()]
        if max(codes, default=0) > 0 and min(codes) == 0:  # none was killed
            raise ThetamixError(
                "a worker process could not start; a script that runs a study with several workers must keep its "
                'code under `if __name__ == "__main__":`'
            ) from error
        if self.size == 1:
            raise ThetamixError(
                "a worker process ended without a word: it was killed, perhaps for memory; run the same command "
                "again to go on, with --workers 1 if it happens again"
            ) from error
        self._hear_all()
        self._end_workers()
        self.size -= 1
        self._progress.say(f"a worker was killed, perhaps for memory; going on with {self.size} at a time")
        self._hire()
        lost = [future for future in self._running if isinstance(future.exception(), BrokenProcessPool)]
        self._ended = {name for future, (name, _) in self._running.items() if future not in lost}
        for name, arguments in [self._running.pop(future) for future in lost]:
            self.start(name, *arguments)

    def _hear_out(self, name: str) -> None:
        """Read the last words of a job, which may be on their way."""
        last = time.monotonic() + FAREWELL
        while name not in self._ended and time.monotonic() < last:
            self._hear()
        self._ended.discard(name)

    def _hear_all(self) -> None:
        while not self._queue.empty():
            self._hear()

    def _hear(self) -> None:
        try:
            kind, *arguments = self._queue.get(timeout=PATIENCE)
        except Empty:
            return
        if kind == "end":
            self._ended.update(arguments)
        else:
            getattr(self._progress, kind)(*arguments)

    def dismiss(self) -> None:
        """End all workers, whatever they are doing: what they write is whole or absent.

        A fit finishes its step and saves it first, as long as that does not take too long.
        """
        self._end_workers()
        self._progress.close()

    def _processes(self) -> list[BaseProcess]:
        return list((self._pool._processes or {}).values())  # None where they have ended already

    def _end_workers(self) -> None:
        processes = self._processes()
        try:
            for process in processes:
                process.terminate()
            # Who has saved its fit would wait for another one.
            self._pool.shutdown(wait=False, cancel_futures=True)
            last = time.monotonic() + FAREWELL
            for process in processes:
                process.join(max(last - time.monotonic(), 0))
        finally:
            for process in processes:
                process.kill()
        self._queue.cancel_join_thread()
        self._queue.close()


@contextlib.contextmanager
def open_worker_pool(size: int, job: Callable[..., None], progress: Progress) -> Iterator[WorkerPool | None]:
    """Open workers for a block.

    Parameters
    ----------
    size
        How many; with one there is no worker, the caller does everything itself.
    job
        What a worker calls for each task.
    progress
        Told what the workers say.

    Yields
    ------
    WorkerPool or None
        None with a size of one.
    """
    if size <= 1:
        yield None
        return
    worker_pool = WorkerPool(size, job, progress)
    try:
        yield worker_pool
    finally:
        worker_pool.dismiss()


def cores() -> int:
    """Count the cores that this process may use.

    Returns
    -------
    int
        At least 1.
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cores_to_spare() -> bool:
    """Return whether a job may take more than one core: some core has no job, or there is no worker pool."""
    return _spare is None or _spare.value


def _work(name: str, job: Callable[..., None], *arguments: object) -> None:
    """Do a job; the last message says that there are no more."""
    try:
        job(*arguments)
    finally:
        _send("end", name)


def _begin(messages: "Queue[Any]", spare: ctypes.c_bool, parent: int) -> None:
    """Prepare a worker: it leaves Ctrl-C and a closed terminal to its parent, and does not outlive it."""
    global _messages, _spare
    _messages, _spare = messages, spare
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before we could ask to be told
            os._exit(1)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """End a worker, not by a kill: that would take the lock of the queue with it on which the others wait."""
    # A scheduler tells all processes, and the worker pool tells them again.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(0)


def _send(kind: str, *arguments: object) -> None:
    if _messages is not None:
        _messages.put((kind, *arguments))
