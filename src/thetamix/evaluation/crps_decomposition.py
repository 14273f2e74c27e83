r"""What the CRPS is made of: reliability, resolution and the uncertainty of the climate.

The CRPS is the Brier score of the event "soil moisture is at most x", integrated over x. At each threshold the Brier
score is decomposed by recalibrating the probabilities with isotonic regression (CORP: Dimitriadis et al. 2021,
doi:10.1073/pnas.2016191118), and the parts are integrated, as Candille & Talagrand (2005, doi:10.1256/qj.04.71) do
with binned probabilities:

.. math::

    \overline{\mathrm{CRPS}} = \underbrace{\int \bar S - \bar S_{rec}\, dx}_{reliability}
        - \underbrace{\int \bar S_{clim} - \bar S_{rec}\, dx}_{resolution}
        + \underbrace{\int \bar S_{clim}\, dx}_{uncertainty}

Reliability is what recalibration would gain (0 is best), resolution what the recalibrated forecast knows beyond the
climate of its group × depth, and uncertainty the CRPS of that climate itself. The parts sum exactly and none is
negative, which holds neither for a few fixed bins, on whose number they depend (Stephenson et al. 2008,
doi:10.1175/2007WAF2006116.1), nor for an ensemble's ranks (Hersbach 2000), of which a mixture has none. In sample, a
little of both reliability and resolution is overfitting.

All series of a group × depth are decomposed together: a law of *any* replicate is reliable over many places, and
cannot be so at each of them. Over a handful of places it seems unreliable, however long their records are: what
persists in their sensors is a handful of draws, which recalibration learns by heart. Coverage tells more there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from thetamix.evaluation.calibration_sums import bins
from thetamix.evaluation.estimates import ALL, Estimate, Label, cell_of, over_seeds, with_margins, without_draws
from thetamix.evaluation.paired_series import PairedSeries
from thetamix.evaluation.recurring import Recurring
from thetamix.mixture import GaussianMixture

COLUMNS = ["forecaster", "seed", "group", "depth", "crps", "reliability", "resolution", "uncertainty"]
PARTS = COLUMNS[4:]

STEP = 0.005  # [m3 m-3] between thresholds
#: Thresholds [m3 m-3]; they lie between the steps of 0.001 that many loggers write.
THRESHOLDS = np.arange(-60, 240) * STEP + STEP / 2
#: Probabilities are recalibrated as if they were equal within so narrow bins.
BINS = 200
#: So many steps of a series are decomposed at most, evenly spaced: neighbouring hours say the same.
MOST_STEPS = 500

FARTHEST = 6.0  # standard deviations: beyond, less than 1e-9 of a Gaussian is left
MOMENTS = 4  # of each bin: readings, their sums of p² and of p × hit, hits


@dataclass
class Decomposition:
    """Gathers what the CRPS of all forecasters is made of, a series at a time.

    Attributes
    ----------
    group
        Of the clusters (cluster).
    cells
        Sums of each threshold and bin of probabilities (threshold, bin, moment), every series weighing 1, by
        forecaster, group and depth.
    """

    group: Sequence[str]
    cells: dict[tuple[str, str, str], np.ndarray] = field(default_factory=dict)
    _below: Recurring = field(default_factory=lambda: Recurring(below_thresholds))

    def add(self, series: PairedSeries) -> None:
        """Gather one series. Missing forecasts leave nothing."""
        chosen = slice(None, None, -(-series.steps.size // MOST_STEPS) or 1)
        readings = series.readings[chosen]
        for name, forecast in series.forecasts.items():
            key = (name, *cell_of(series.series, self.group))
            self.cells.setdefault(key, np.zeros((THRESHOLDS.size, BINS, MOMENTS)))
            mean, point = forecast.mean[chosen], forecast.is_point
            if np.isfinite(mean).any() and np.isfinite(readings).any():
                below = (mean <= THRESHOLDS).astype(np.float64) if point else self._below(forecast, chosen)
                self.cells[key] += moments(below, readings) / np.isfinite(readings).sum()

    def estimates(self, forecaster: str) -> dict[Label, Estimate]:
        """Return the parts of each group × depth for one forecaster."""
        cells = sorted(key for key in self.cells if key[0] == forecaster)
        return {(*key[1:], ALL): without_draws(list(decompose(self.cells[key]).values())) for key in cells}


def below_thresholds(mixture: GaussianMixture) -> np.ndarray:
    """Compute the probability of soil moisture at or below each of :data:`THRESHOLDS` (row, threshold)."""
    reach = FARTHEST * mixture.sd.astype(np.float64)
    lowest, highest = (mixture.mean - reach).min(), (mixture.mean + reach).max()
    inside = (lowest <= THRESHOLDS) & (highest >= THRESHOLDS)
    # Below all that is forecast every probability is 0, above all of it 1.
    below = np.broadcast_to(highest < THRESHOLDS, (*mixture.shape, THRESHOLDS.size)).astype(np.float64)
    below[:, inside] = mixture[:, None].cdf(THRESHOLDS[inside])
    return below


def moments(below: np.ndarray, readings: np.ndarray) -> np.ndarray:
    """Add up the readings of one series by threshold and forecast probability.

    Parameters
    ----------
    below
        Forecast probabilities that soil moisture is at most each of :data:`THRESHOLDS` (step, threshold).
    readings
        (step, replicate) [m3 m-3]; NaN where there is none.

    Returns
    -------
    numpy.ndarray
        (threshold, bin, moment).
    """
    table = np.zeros((THRESHOLDS.size, BINS, MOMENTS))
    total = np.isfinite(readings).sum()
    # Where all is forecast to be above and is, or below and is, there is nothing to sort.
    all_above = (below.max(axis=0) == 0) & (np.nanmin(readings) > THRESHOLDS)
    all_below = (below.min(axis=0) == 1) & (np.nanmax(readings) <= THRESHOLDS)
    table[all_above, 0, 0] = total
    table[all_below, -1] = total
    inside = np.flatnonzero(~(all_above | all_below))
    below = below[:, inside]
    hits = sum((column[:, None] <= THRESHOLDS[inside]).astype(np.float64) for column in readings.T)
    times = np.broadcast_to(np.isfinite(readings).sum(axis=1)[:, None], below.shape)
    flat = (np.arange(inside.size) * BINS + bins(below, BINS)).ravel()
    for moment, values in enumerate((times, times * below**2, hits * below, hits)):
        summed = np.bincount(flat, values.ravel(), minlength=inside.size * BINS)
        table[inside, :, moment] = summed.reshape(inside.size, BINS)
    return table


def decompose(sums: np.ndarray) -> dict[str, float]:
    """Decompose the mean CRPS.

    Parameters
    ----------
    sums
        From :func:`moments`, of any readings (threshold, bin, moment).

    Returns
    -------
    dict of float
        ``crps``, ``reliability``, ``resolution`` and ``uncertainty`` [m3 m-3], where the first is the second minus
        the third plus the last; NaN without readings.
    """
    total = sums[0, :, 0].sum()
    if total == 0:
        return dict.fromkeys(PARTS, np.nan)
    score = climate = recalibrated = 0.0
    for count, squares, products, hits in sums.transpose(0, 2, 1) / total:
        score += squares.sum() - 2 * products.sum() + hits.sum()
        share = hits.sum()
        if not 0 < share < 1 - 1e-12:
            continue  # nothing, or everything, is below: the climate knows it, and so does the recalibrated forecast
        climate += share * (1 - share)
        filled = count > 0
        rate = isotonic_regression(hits[filled] / count[filled], weights=count[filled]).x
        recalibrated += (count[filled] * rate**2 - 2 * hits[filled] * rate + hits[filled]).sum()
    return {
        "crps": float(STEP * score),
        "reliability": float(STEP * (score - recalibrated)),
        "resolution": float(STEP * (climate - recalibrated)),
        "uncertainty": float(STEP * climate),
    }


def decomposition_table(by_seed: Mapping[str, Decomposition]) -> pd.DataFrame:
    """Build the table of what the CRPS is made of.

    Parameters
    ----------
    by_seed
        What was gathered.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`; "all" stands for a mean over that column, of the parts too, which sum there as well.
    """
    rows = [
        (forecaster, seed, *label[:2], *parts.value)
        for forecaster in dict.fromkeys(key[0] for of_seed in by_seed.values() for key in of_seed.cells)
        for seed, cells in over_seeds({s: of_seed.estimates(forecaster) for s, of_seed in by_seed.items()}).items()
        for label, parts in with_margins(cells).items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
