"""Several series at a time, each in a thread: what computes leaves Python alone."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(work: Callable[[Item], Result], items: Sequence[Item], threads: int) -> Iterator[Result]:
    """Work on items, several at a time; the results do not depend on how many.

    Parameters
    ----------
    work
        Done for each item; torch uses one thread within it.
    items
        What is worked on.
    threads
        How many at a time; with one, in the caller's own thread.

    Yields
    ------
    object
        The results, in the order of the items; no more of them wait to be taken than there are threads.

    Raises
    ------
    Exception
        What the work raises, once the items that were begun are done.
    """
    threads = min(threads, len(items))
    if threads <= 1:
        yield from map(work, items)
        return
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
