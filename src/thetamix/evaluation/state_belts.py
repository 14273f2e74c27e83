"""Heteroscedasticity: the width of belts in dry, middling and wet soil (Bischof et al. 2025, Figs. 3 and G1).

Two states are used. ``mean`` is the paper's: belts against the mean of all replicates. But a reading that is off
moves that mean and widens the belt at the same time, so that the two are related even where variability depends on
nothing. ``leave_one_out`` takes the state from one replicate and the belt from the *others*, each replicate in turn:
no reading is on both sides. Its observed and matched belts are of one replicate less.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from thetamix.evaluation.belts import SeriesBelts, belt_of_readings
from thetamix.evaluation.estimates import Estimate, Estimates, Label, cell_of, margins_of, over_seeds, without_draws
from thetamix.evaluation.marginals import Marginal, quantiles
from thetamix.evaluation.moisture_states import NO_STATE, state_limits, state_number

LEVELS = {"q10": 0.10, "q25": 0.25, "q50": 0.50, "q75": 0.75, "q90": 0.90}
COLUMNS = [
    *["forecaster", "seed", "group", "depth", "kind", "state_kind", "state_low", "state_high", "n", "mean"],
    *LEVELS,
]
OBSERVED = "observed"


@dataclass
class BeltsByState:
    """Gathers belts by the moisture at which they were.

    Attributes
    ----------
    group
        Of the clusters (cluster).
    """

    group: Sequence[str]
    _gathered: dict[Label, "_ByState"] = field(default_factory=dict)

    def add(self, belts: SeriesBelts) -> None:
        """Gather the belts of one series."""
        cell = cell_of(belts.series, self.group)
        whole = ("mean", state_number(belts.state), belts.observed, belts.matched)
        others = (("leave_one_out", *left_out) for left_out in leave_one_out(belts))
        for state_kind, states, observed, matched in (whole, *others):
            self._add((*cell, OBSERVED, "observed", state_kind), observed, states)
            for name in belts.forecasts:
                self._add((*cell, name, "predicted", state_kind), belts.predicted[name], states)
                key = (*cell, name, "matched", state_kind)
                self._add(key, matched[name], states[belts.drawn_at], belts.steps_of_a_draw)

    def _add(self, key: Label, values: np.ndarray, states: np.ndarray, weight: float = 1.0) -> None:
        defined = np.isfinite(values) & (states != NO_STATE)
        if defined.any():
            self._gathered.setdefault(key, _ByState()).add(values[defined], states[defined], weight)

    def estimates(self) -> dict[Label, Estimate]:
        """Return mean and quantiles of each group × depth and their margins.

        Their labels go on with the forecaster, the kind of belt, that of the state, and the state's number. `n`
        counts the (series, step) pairs, with ``leave_one_out`` each as often as it has replicates; of matched belts,
        those that the draws stand for.
        """
        cells: dict[Label, Estimate] = {
            (*key, str(state)): estimate
            for key, gathered in self._gathered.items()
            for state, estimate in gathered.estimates()
        }
        return {**cells, **margins_of(cells)}


class _ByState:
    """Belts of one cell: their marginal distribution, sum and number in each state."""

    def __init__(self) -> None:
        self._marginals: dict[int, Marginal] = {}
        self._sum = np.zeros(NO_STATE)
        self._count = np.zeros(NO_STATE)

    def add(self, values: np.ndarray, states: np.ndarray, weight: float) -> None:
        count = np.bincount(states, minlength=NO_STATE)
        self._sum += weight * np.bincount(states, values, NO_STATE)
        self._count += weight * count
        for state in np.flatnonzero(count).tolist():
            chosen = values[states == state]
            marginal = self._marginals.setdefault(state, Marginal())
            marginal.add(chosen, np.zeros(chosen.size, dtype=np.int64), weight)

    def estimates(self) -> Iterator[tuple[int, Estimate]]:
        for state, marginal in sorted(self._marginals.items()):
            mean = self._sum[state] / self._count[state]
            levels = quantiles(marginal, np.array(list(LEVELS.values())))
            yield state, without_draws([mean, *levels], round(self._count[state]))


def belt_table(by_seed: Mapping[str, Estimates]) -> pd.DataFrame:
    """Build the table of belts by state of all seeds and their mean, with columns :data:`COLUMNS`."""
    rows = [
        (forecaster, seed, group, depth, kind, state_kind, *state_limits(int(state)), e.n, *e.value)
        for seed, estimates in over_seeds(by_seed).items()
        for (group, depth, forecaster, kind, state_kind, state), e in estimates.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def leave_one_out(
    belts: SeriesBelts,
) -> Iterator[tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]]:
    """Iterate over the replicates, each giving the state, and the belt coming from the others.

    Yields
    ------
    states, observed, matched
        Number of the state (step), belt of the other readings (step) [m3 m-3], and by forecaster that of the others
        of the readings that were drawn (draw). Nothing for fewer than three replicates: the others are not two.
    """
    count = belts.readings.shape[1]
    if count < 3:
        return
    for left_out in range(count):
        others = np.arange(count) != left_out
        matched = {name: belt_of_readings(drawn[:, others]) for name, drawn in belts.drawn.items()}
        yield state_number(belts.readings[:, left_out]), belt_of_readings(belts.readings[:, others]), matched
