"""The hour that clocks show twice when summer ends: the order of the rows tells which of the two a row means."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from thetamix.system.errors import InputError

NOT_A_TIME = np.datetime64("NaT", "ns")


class DoubleHours:
    """Rows whose time may be meant before or after a switch of the clock, of one table.

    Attributes
    ----------
    ends
        Line of the file -> the end of its interval, UTC; NaT where the order of the rows does not tell. Complete
        after :meth:`decide`.
    """

    def __init__(self) -> None:
        self.ends: dict[int, np.datetime64] = {}
        self._rows: dict[tuple[str, str], list[tuple[int, np.datetime64, np.datetime64]]] = defaultdict(list)
        self._onward = 0

    def follow(self, ends: np.ndarray) -> None:
        """Note whether a table's times (row) run on or back."""
        self._onward += int(np.sign(np.diff(ends).astype(np.int64)).sum())

    def add(self, before: np.ndarray, after: np.ndarray, lines: np.ndarray, names: Sequence[str]) -> None:
        """Add rows by their two ends (row), lines (row) and the names of their series (row)."""
        for first, second, line, name in zip(before, after, lines.tolist(), names, strict=True):
            self._rows[name, str(first)[: len("2021-10")]].append((line, first, second))

    def decide(self, where: str, snap: np.timedelta64) -> None:
        """Decide by the order of the rows: where their times fall back, the clock was changed.

        Parameters
        ----------
        where
            File and column, for messages.
        snap
            How far a stamp may be from its time: so much later is no later.

        Raises
        ------
        InputError
            If the rows are not in the order of time.
        """
        for rows in self._rows.values():
            if self._onward < 0:
                rows.reverse()
            lines, first, second = zip(*rows, strict=True)
            back = np.flatnonzero(np.diff(np.array(first)) <= snap) + 1
            if back.size > 1:
                raise InputError(
                    f"{where}, lines {min(lines)} to {max(lines)}: the clock shows this hour twice, and which of the "
                    "two a row means follows from the order of the rows; sort them as the logger wrote them, and "
                    "remove what stands twice"
                )
            switched = int(back[0]) if back.size else len(rows)
            decided = [*first[:switched], *second[switched:]] if back.size else [NOT_A_TIME] * len(rows)
            self.ends |= dict(zip(lines, decided, strict=True))

    def settle(self, phase: int, step: np.timedelta64) -> None:
        """Decide what is still open where only one of the two times is on the grid of the others."""
        for rows in self._rows.values():
            for line, *both in rows:
                on = [end for end in both if (end.astype(np.int64) - phase) % step.astype(np.int64) == 0]
                if np.isnat(self.ends[line]) and len(on) == 1:
                    self.ends[line] = on[0]

    def of(self, before: np.ndarray, after: np.ndarray, lines: np.ndarray) -> np.ndarray:
        """Return the ends (row) of rows, of which many or all are shown once: `before` is `after` there."""
        ends = before.copy()
        for row in np.flatnonzero(before != after).tolist():
            ends[row] = self.ends.get(int(lines[row]), NOT_A_TIME)
        return ends

    @property
    def undecided(self) -> list[int]:
        """Lines of rows of which the order does not tell which time they mean."""
        return sorted(line for line, end in self.ends.items() if np.isnat(end))
