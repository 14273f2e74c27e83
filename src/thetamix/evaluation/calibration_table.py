"""The table of calibration: views of each group × depth, their means, and bands of the bootstrap."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from thetamix.evaluation.calibration_sums import LEVELS, PIT_BINS, SLICES, Calibration
from thetamix.evaluation.estimates import Estimate, over_seeds, ratio, with_margins

COLUMNS = ["forecaster", "seed", "group", "depth", "kind", "x", "value", "low", "high", "n"]


def calibration_table(by_seed: Mapping[str, Calibration]) -> pd.DataFrame:
    """Build the table of calibration.

    Parameters
    ----------
    by_seed
        What was gathered.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`; "all" stands for a mean over that column. ``x`` and ``value`` by ``kind``: ``pit``,
        bin centre and density; ``coverage``, nominal central interval and share inside; ``width``, nominal and mean
        width [m3 m-3]; ``reliability``, mean forecast probability of its bin and observed frequency;
        ``spread_error``, mean predicted standard deviation of its bin and root mean square error of the expectation
        [m3 m-3]. ``low`` and ``high`` are the central 95 % of the draws, NaN where they were drawn from fewer than
        :data:`~thetamix.evaluation.bootstrap.FEWEST_UNITS` blocks or clusters. ``n`` counts readings (``pit``,
        ``coverage``, ``spread_error``), steps (``width``) or forecasts (``reliability``). A forecaster without a
        spread has NaN.
    """
    estimates = {seed: calibration.estimates() for seed, calibration in by_seed.items()}
    rows = [
        (forecaster, seed, *label[:2], *row)
        for forecaster in dict.fromkeys(name for of_seed in estimates.values() for name in of_seed)
        for seed, cells in over_seeds({s: of_seed.get(forecaster, {}) for s, of_seed in estimates.items()}).items()
        for label, estimate in with_margins(cells).items()
        for row in _views(estimate)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _views(estimate: Estimate) -> Iterator[tuple[object, ...]]:
    mean = np.concatenate([estimate.value[None], estimate.draws])
    count = np.asarray(estimate.n)

    def of(name: str) -> np.ndarray:
        return mean[:, SLICES[name]]

    def rows(kind: str, x: np.ndarray, values: np.ndarray, n: np.ndarray) -> Iterator[tuple[object, ...]]:
        low, high = Estimate(values[0], values[1:], n, 0, estimate.units).interval
        yield from zip([kind] * x.size, x, values[0], low, high, n.astype(int), strict=True)

    readings = count[SLICES["readings"]]
    centres = (np.arange(PIT_BINS) + 0.5) / PIT_BINS
    yield from rows("pit", centres, of("pit") * PIT_BINS, np.repeat(readings, PIT_BINS))
    yield from rows("coverage", LEVELS, of("inside"), np.repeat(readings, LEVELS.size))
    yield from rows("width", LEVELS, of("width"), np.repeat(count[SLICES["width_steps"]], LEVELS.size))
    for kind, number, x, value in (
        ("reliability", "forecasts", "probability", "hits"),
        ("spread_error", "spread_readings", "spread", "squared_error"),
    ):
        filled = count[SLICES[number]] > 0  # an empty bin says nothing
        values = ratio(of(value)[:, filled], of(number)[:, filled])
        position = ratio(of(x)[:1, filled], of(number)[:1, filled])[0]
        values = np.sqrt(values) if kind == "spread_error" else values
        yield from rows(kind, position, values, count[SLICES[number]][filled])
