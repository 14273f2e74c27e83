"""Readings, masks and parts by series: what a network has of them, and never one dense array."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

#: Positions of a series' cluster and depth along the dimensions of the network.
Key = tuple[int, int]
NOTHING = np.float32(np.nan)


@dataclass(frozen=True)
class _Stretches:
    """Rows (row, time) that change seldom, kept as the stretches in which they stay the same, row after row."""

    shape: tuple[int, ...]
    values: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray) -> "_Stretches | np.ndarray":
        """Return the stretches of rows, or the rows themselves where they take less memory."""
        flat = rows.reshape(-1)
        edges = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1, [flat.size]])
        stretches = cls(rows.shape, flat[edges[:-1]], np.diff(edges).astype(np.int32))
        return stretches if stretches.nbytes < rows.nbytes else rows

    @property
    def nbytes(self) -> int:
        return self.values.nbytes + self.lengths.nbytes

    def rows(self) -> np.ndarray:
        """Return the rows."""
        return np.repeat(self.values, self.lengths).reshape(self.shape)


class BySeries(Mapping[Key, np.ndarray]):
    """An array (replicate, time) for each series that has something to say, in the order of the network.

    Indexing gives an array for every (cluster, depth), read-only; where there is no series it holds nothing but
    `absent`. Replicates that a series never has take no memory, nor do those that are all alike; masks and labels,
    which change seldom, take little.

    Parameters
    ----------
    shape
        Of the network: (cluster, depth, replicate, time).
    absent
        What stands for nothing, in the type of all arrays: NaN for readings, False for masks.
    arrays
        Of the series (replicate, time), in any order.

    Examples
    --------
    >>> mask = BySeries((1, 2, 2, 2), np.False_, [((0, 1), np.array([[True, False], [False, False]]))])
    >>> list(mask), mask[0, 0].any(), mask[0, 1].sum()
    ([(0, 1)], np.False_, np.int64(1))
    """

    def __init__(
        self, shape: tuple[int, int, int, int], absent: np.generic, arrays: Iterable[tuple[Key, np.ndarray]] = ()
    ) -> None:
        self.shape = shape
        self.absent = absent
        # Of each series the replicates that it has, and their values; one row where all are alike.
        self._stored: dict[Key, tuple[np.ndarray, np.ndarray | _Stretches]] = {}
        for key, values in arrays:
            shared = len(values) > 1 and values.strides[0] == 0
            rows = np.flatnonzero(self._there(values[:1] if shared else values).any(axis=1))
            if rows.size:
                own = values[rows].astype(absent.dtype)
                kept = own if own.dtype.kind == "f" else _Stretches.of(own)
                self._stored[key] = (np.arange(shape[2]) if shared else rows, kept)
        self._stored = dict(sorted(self._stored.items()))

    @classmethod
    def of(cls, dense: np.ndarray) -> "BySeries":
        """Return the series of one dense array (cluster, depth, replicate, time)."""
        absent = dense.dtype.type(np.nan if dense.dtype.kind == "f" else 0)
        return cls(dense.shape, absent, ((key, dense[key]) for key in np.ndindex(dense.shape[:2])))

    def dense(self) -> np.ndarray:
        """Return all series in one array (cluster, depth, replicate, time): of a small network, to look at."""
        clusters, depths = map(range, self.shape[:2])
        return np.array([[self[cluster, depth] for depth in depths] for cluster in clusters])

    def __getitem__(self, key: Key) -> np.ndarray:
        if key not in self._stored:
            return np.broadcast_to(self.absent, self.shape[2:])
        rows, kept = self._stored[key]
        values = kept.rows() if isinstance(kept, _Stretches) else kept
        if rows.size == self.shape[2]:
            return np.broadcast_to(values, self.shape[2:])
        full = np.full(self.shape[2:], self.absent)
        full[rows] = values
        return full

    def __contains__(self, key: object) -> bool:
        return key in self._stored

    def __iter__(self) -> Iterator[Key]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)

    def _there(self, values: np.ndarray) -> np.ndarray:
        there: np.ndarray = np.isfinite(values) if np.isnan(self.absent) else values != self.absent
        return there

    def map(self, function: Callable[..., np.ndarray], *others: "BySeries", absent: Any = None) -> "BySeries":
        """Apply a function to the arrays of each series, its own first and then the others'."""
        arrays = ((key, function(values, *(other[key] for other in others))) for key, values in self.items())
        return BySeries(self.shape, self.absent if absent is None else absent, arrays)

    def within(self, steps: np.ndarray) -> "BySeries":
        """Keep of a mask what lies at some steps of its cluster (cluster, time), boolean."""
        return BySeries(self.shape, self.absent, ((key, values & steps[key[0]]) for key, values in self.items()))

    def select(self, mask: "BySeries") -> np.ndarray:
        """Collect the values that a mask marks, as a mask of one dense array would: series, replicate, time."""
        values = np.empty(sum(int(marked.sum()) for marked in mask.values()), self.absent.dtype)
        begin = 0
        for key, marked in mask.items():
            chosen = self[key][marked]
            values[begin : begin + chosen.size] = chosen
            begin += chosen.size
        return values

    def steps(self) -> np.ndarray:
        """Return at which steps a cluster has something (cluster, time), boolean."""
        steps = np.zeros((self.shape[0], self.shape[3]), dtype=bool)
        for (cluster, _), values in self.items():
            steps[cluster] |= self._there(values).any(axis=0)
        return steps


#: Soil moisture [m3 m-3], float32; NaN is missing or rejected.
Readings: TypeAlias = BySeries
#: Which readings, boolean.
Mask: TypeAlias = BySeries
#: Labels of a split, int8; see :mod:`thetamix.splits.parts`.
Part: TypeAlias = BySeries
