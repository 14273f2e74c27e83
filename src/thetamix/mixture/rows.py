"""Many mixtures as the rows of a table: checked once, then handed out in small pieces.

Everything numerical in this room works on *columns*: float64 arrays of shape ``(K, c)`` with the
component first, ``c`` rows at a time. Component first, because a sum over a long contiguous axis is
several times faster in NumPy than a sum over three neighbours; a few thousand rows at a time, because
then every intermediate result stays in the processor's cache and 1.4 million rows need no more memory
than their answer.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Index = slice | NDArray[np.intp]

WEIGHT_TOLERANCE = 1e-4  # how far float32 weights may sum from one
CELLS = 24_576  # numbers in one intermediate array: 192 kB, which stays in the second-level cache


@dataclass(frozen=True)
class Rows:
    """The parameters of ``n`` mixtures of ``K`` Gaussians, as given, and which rows are missing.

    Attributes
    ----------
    weight, mean, sd
        Shape ``(n, K)``; views of what the user gave, in the user's precision.
    present
        Shape ``(n,)``; False where any parameter of the row is NaN.
    """

    weight: NDArray[Any]
    mean: NDArray[Any]
    sd: NDArray[Any]
    present: NDArray[np.bool_]

    @classmethod
    def checked(cls, weight: NDArray[Any], mean: NDArray[Any], sd: NDArray[Any]) -> "Rows":
        """Flatten parameters of one shape ``(..., K)`` and check every row.

        Raises
        ------
        ValueError
            The first row with a weight that is negative, weights that do not sum to one, a standard
            deviation that is not positive, or an infinite parameter.
        """
        lead, k = mean.shape[:-1], mean.shape[-1]
        n = math.prod(lead)
        flat = [a.reshape(n, k) for a in (weight, mean, sd)]
        rows = cls(flat[0], flat[1], flat[2], np.ones(n, dtype=bool))
        for part, w, m, s in rows._pieces(np.ones(n, dtype=bool), k):
            with np.errstate(invalid="ignore"):
                sound = np.abs(w.sum(axis=0) - 1.0) <= WEIGHT_TOLERANCE
            # NaN fails every comparison
            sound &= ((w >= 0) & (s > 0) & (s < np.inf) & (np.abs(m) < np.inf)).all(axis=0)
            if sound.all():
                continue
            missing = (np.isnan(w) | np.isnan(m) | np.isnan(s)).any(axis=0)
            wrong = np.flatnonzero(~sound & ~missing)
            if wrong.size:
                i = int(wrong[0])
                row = np.unravel_index(i + part.start, lead)
                raise ValueError(_complaint(row, w[:, i], m[:, i], s[:, i]))
            rows.present[part] = ~missing
        return rows

    def columns(
        self, width: int, wanted: NDArray[np.bool_] | None = None
    ) -> Iterator[tuple[Index, Floats, Floats, Floats]]:
        """Yield the present rows, a cache-sized piece at a time.

        Parameters
        ----------
        width
            Numbers per row in the caller's largest intermediate array.
        wanted
            Shape ``(n,)``; False for rows that the caller has no use for.

        Yields
        ------
        index, weight, mean, sd
            Where the rows are in ``n``, and their parameters: float64, contiguous, shape ``(K, c)``,
            weights divided by their sum.
        """
        keep = self.present if wanted is None else self.present & wanted
        for part, w, m, s in self._pieces(keep, width):
            w /= w.sum(axis=0)
            yield part, w, m, s

    def evaluate(
        self,
        kernel: Callable[..., Floats],
        *arguments: NDArray[Any],
        width: int | None = None,
        outputs: int | None = None,
    ) -> Floats:
        """Apply a function of columns to all rows; missing rows become NaN and cost nothing.

        Parameters
        ----------
        kernel
            Takes weight, mean and sd ``(K, c)`` and the arguments ``(r, c)``; returns ``(r, c)``.
        arguments
            Shape ``(r, n)``: ``r`` values for each row.
        width
            Numbers per row in the kernel's largest intermediate array; by default ``K r``.
        outputs
            The kernel's ``r`` where there are no arguments to tell it.

        Returns
        -------
        ndarray
            Shape ``(r, n)``.
        """
        n, k = self.mean.shape
        r = outputs if outputs is not None else arguments[0].shape[0] if arguments else 1
        out = np.full((r, n), np.nan)
        wanted = None
        for argument in arguments:
            given = ~np.isnan(argument).all(axis=0)
            wanted = given if wanted is None else wanted & given
        for index, w, m, s in self.columns(width or k * max(r, 1), wanted):
            values = (np.asarray(a[:, index], dtype=np.float64) for a in arguments)
            out[:, index] = kernel(w, m, s, *values)
        return out

    def _pieces(self, keep: NDArray[np.bool_], width: int) -> Iterator[tuple[Any, Floats, Floats, Floats]]:
        step = max(1, CELLS // max(width, 1))
        for start in range(0, len(keep), step):
            part = slice(start, min(start + step, len(keep)))
            index: Index = part
            if not keep[part].all():
                index = np.flatnonzero(keep[part]) + start
                if not index.size:
                    continue
            w, m, s = (np.array(a[index].T, dtype=np.float64, order="C") for a in (self.weight, self.mean, self.sd))
            yield index, w, m, s


def _complaint(row: tuple[Any, ...], w: Floats, m: Floats, s: Floats) -> str:
    """Return which row is wrong and why."""
    where = f"row {', '.join(str(int(i)) for i in row)}" if row else "the mixture"
    for name, values, wrong, rule in (
        ("weight", w, ~(np.isfinite(w) & (w >= 0)), "finite and not negative"),
        ("mean", m, ~np.isfinite(m), "finite"),
        ("sd", s, ~(np.isfinite(s) & (s > 0)), "finite and positive"),
    ):
        if wrong.any():
            k = int(np.flatnonzero(wrong)[0])
            return f"{where}: {name} of component {k} is {values[k]:g}; it must be {rule}"
    return f"{where}: the weights sum to {w.sum():g}; they must sum to 1"


def align(lead: tuple[int, ...], *arguments: NDArray[Any]) -> tuple[list[NDArray[Any]], Callable[[Floats], Floats]]:
    """Broadcast arguments against the leading shape of mixtures, keeping each mixture once.

    Axes along which a mixture is repeated are moved to the front, so that what depends on the
    mixture alone is computed once for all the arguments that share it.

    Parameters
    ----------
    lead
        Leading shape of the mixtures, ``n`` in all.
    arguments
        Arrays that broadcast against it.

    Returns
    -------
    flat
        The arguments with shape ``(r, n)``.
    restore
        Turns a result of shape ``(r, n)`` into the shape of the broadcast.

    Examples
    --------
    >>> (flat,), restore = align((4, 1), np.zeros((4, 3)))
    >>> flat.shape, restore(flat).shape
    ((3, 4), (4, 3))
    """
    shape = np.broadcast_shapes(lead, *(a.shape for a in arguments))
    padded = (1,) * (len(shape) - len(lead)) + lead
    repeated = [i for i, size in enumerate(padded) if size == 1 and shape[i] != 1]
    own = [i for i in range(len(shape)) if i not in repeated]
    order = repeated + own
    sizes = [shape[i] for i in order]
    flat_shape = (math.prod(sizes[: len(repeated)]), math.prod(sizes[len(repeated) :]))
    flat = [np.broadcast_to(a, shape).transpose(order).reshape(flat_shape) for a in arguments]

    def restore(result: Floats) -> Floats:
        return result.reshape(sizes).transpose(np.argsort(order))

    return flat, restore
