"""What every score, table and comparison is made of: estimates under their labels, and the only mean over them.

A series is scored; series are averaged within group × depth, the cells; these within seeds, and over seeds.
Geology, depth and total rows are unweighted means of the cells: that is how the paper's totals come about (Table 2:
4.602 / 9 = 0.511). All of it goes draw by draw of the bootstrap, so that each mean has its interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from thetamix.evaluation.bootstrap import FEWEST_UNITS, Units, interval
from thetamix.network.series import Series

ALL = "all"
#: Geology, depth, and what else tells estimates apart: of a series its cluster, of a cell of series "all".
Label = tuple[str, ...]
GROUP, DEPTH, CLUSTER = 0, 1, 2


@dataclass(frozen=True)
class Estimate:
    """A value, or several side by side, with its bootstrap draws.

    Attributes
    ----------
    value
        (...).
    draws
        Under the bootstrap (draw, ...).
    n
        Number of series (or steps, for a series) that made it; one for all values or one for each.
    undefined
        Number of series without a defined value.
    units
        The calendar blocks or clusters that it comes from; None for the paper's draws of time steps.
    """

    value: np.ndarray
    draws: np.ndarray
    n: np.ndarray | int
    undefined: int = 0
    units: frozenset[int] | None = None

    @property
    def interval(self) -> tuple[np.ndarray, np.ndarray]:
        """The central 95 % of the draws; NaN where they are from fewer than :data:`FEWEST_UNITS`."""
        low, high = interval(self.draws)
        few = self.units is not None and len(self.units) < FEWEST_UNITS
        return (np.full_like(low, np.nan), np.full_like(high, np.nan)) if few else (low, high)


Estimates = Mapping[Label, Estimate]


def without_draws(values: Sequence[float] | np.ndarray, n: np.ndarray | int = 0) -> Estimate:
    """Return an estimate that is not resampled."""
    value = np.asarray(values, dtype=np.float64)
    return Estimate(value, np.empty((0, *value.shape)), n)


def mean(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Average what is defined: the one mean over replicates, series, cells and seeds.

    Parameters
    ----------
    values
        (member, ...); NaN is left out.
    weights
        How often each member was drawn (draw, member); None: each once.

    Returns
    -------
    numpy.ndarray
        (...), or (draw, ...) under weights; NaN where nothing is defined.

    Examples
    --------
    >>> mean(np.array([[1.0, 2.0], [np.nan, 4.0]]))
    array([1., 3.])
    >>> mean(np.array([1.0, 4.0]), np.array([[2, 1], [0, 0]]))
    array([ 2., nan])
    """
    defined = np.isfinite(values)
    filled = np.where(defined, values, 0)
    if weights is None:
        total, count = filled.sum(axis=0), defined.sum(axis=0)
    else:
        total, count = weights @ filled, weights @ defined
    return ratio(total, count)


def ratio(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Divide sums by counts, draw by draw; NaN where nothing was counted."""
    shape = np.broadcast_shapes(np.shape(total), np.shape(count))
    result: np.ndarray = np.divide(total, count, out=np.full(shape, np.nan), where=count > 0)
    return result


def mean_of(members: Sequence[Estimate]) -> Estimate:
    """Average estimates, draw by draw; ``n`` and ``undefined`` are sums."""
    if len(members) == 1:  # in double precision, as a mean of several
        return replace(members[0], draws=members[0].draws.astype(np.float64))
    return Estimate(
        mean(np.stack([member.value for member in members])),
        mean(np.stack([member.draws for member in members])),
        sum(member.n for member in members),
        sum(member.undefined for member in members),
        _union(members),
    )


def _union(members: Sequence[Estimate]) -> frozenset[int] | None:
    units = [member.units for member in members if member.units is not None]
    return frozenset().union(*units) if units else None


def mean_of_series(members: Sequence[Estimate], units: Units | None) -> Estimate:
    """Average the series of a cell; what is undefined is left out and counted.

    Parameters
    ----------
    members
        Of the series.
    units
        What was drawn: where it was clusters, a series counts as often as its cluster, which is its only unit.

    Returns
    -------
    Estimate
        ``n`` counts series.
    """
    values = np.stack([member.value for member in members])
    if units is not None and units.blocks is None:
        # A series' draws are its value, in the precision in which draws are kept.
        drawn = values.astype(members[0].draws.dtype)
        draws = mean(drawn, units.weights[:, [min(member.units or ()) for member in members]])
    else:
        draws = mean(np.stack([member.draws for member in members]).astype(np.float64))
    undefined = int(np.isnan(values).sum())
    return Estimate(mean(values), draws, len(members) - undefined, undefined, _union(members))


def cell_of(series: Series, group: Sequence[str]) -> tuple[str, str]:
    """Return the group and the depth of a series."""
    return group[series.cluster], f"{series.depth_m:g}"


def cells_of(series: Estimates, units: Units | None) -> dict[Label, Estimate]:
    """Average the series of each group × depth; units as in :func:`mean_of_series`."""
    cells: dict[Label, list[Estimate]] = {}
    for label, estimate in series.items():
        cells.setdefault((*label[:CLUSTER], ALL, *label[CLUSTER + 1 :]), []).append(estimate)
    return {cell: mean_of_series(members, units) for cell, members in sorted(cells.items())}


def over_seeds(by_seed: Mapping[str, Estimates]) -> dict[str, Estimates]:
    """Add the means over the seeds that have an estimate, as seed "all".

    Seeds share the draws of blocks or clusters, so that the averaged draws are those of the mean over seeds. Of the
    paper's draws of time steps each seed has its own: averaged, they spread less than those of a single seed.
    """
    labels = dict.fromkeys(label for estimates in by_seed.values() for label in estimates)
    means = {
        label: mean_of([estimates[label] for estimates in by_seed.values() if label in estimates]) for label in labels
    }
    return {**by_seed, ALL: means}


def margins_of(cells: Estimates) -> dict[Label, Estimate]:
    """Average the cells of each group, of each depth, and all of them.

    Cells of group "all", as those of a network without group, are no margins of themselves.
    """
    several = any(label[GROUP] != ALL for label in cells)
    margins: dict[Label, Estimate] = {}
    for over in ({DEPTH}, {GROUP}, {GROUP, DEPTH}) if several else ({GROUP, DEPTH},):
        groups: dict[Label, list[Estimate]] = {}
        for label, estimate in cells.items():
            margin = tuple(ALL if level in over else name for level, name in enumerate(label))
            groups.setdefault(margin, []).append(estimate)
        margins |= {label: mean_of(members) for label, members in groups.items()}
    return margins


def with_margins(estimates: Estimates) -> dict[Label, Estimate]:
    """Add the margins of the cells, as tables have them: groups, then depths downwards, then all."""
    margins = margins_of({label: estimate for label, estimate in estimates.items() if label[CLUSTER] == ALL})

    def rank(label: Label) -> float:
        if label[GROUP] != ALL:
            return -np.inf
        return np.inf if label[DEPTH] == ALL else float(label[DEPTH])

    return {**estimates, **{label: margins[label] for label in sorted(margins, key=rank)}}
