"""The table of calibration: views of each geology × depth, their means, and bands of the bootstrap."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from thetamix.evaluation.bootstrap import interval
from thetamix.evaluation.calibration_sums import LEVELS, PIT_BINS, SLICES, Calibration, CellSums
from thetamix.evaluation.estimates import ALL, FEWEST_UNITS, margin_cells

COLUMNS = ["forecaster", "seed", "geology", "depth", "kind", "x", "value", "low", "high", "n"]

#: Means of the columns of one place (1 + draw, column), what was counted (column), and the blocks or clusters.
_Means = tuple[np.ndarray, np.ndarray, frozenset[int]]


def calibration_table(by_seed: Mapping[int, Calibration]) -> pd.DataFrame:
    """Make the table of calibration.

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
        :data:`~thetamix.evaluation.estimates.FEWEST_UNITS` blocks or clusters. ``n`` counts readings (``pit``,
        ``coverage``, ``spread_error``), steps (``width``) or forecasts (``reliability``). A forecaster without a
        spread has NaN.
    """
    rows: list[tuple[object, ...]] = []
    for forecaster in dict.fromkeys(key[0] for one in by_seed.values() for key in one.cells):
        seeds: dict[str, dict[tuple[str, str], _Means]] = {}
        for seed, one in by_seed.items():
            cells = {key[1:]: value for key, value in one.cells.items() if key[0] == forecaster}
            seeds[str(seed)] = {cell: _means(cells[cell]) for cell in sorted(cells)}
        places = dict.fromkeys(cell for cells in seeds.values() for cell in cells)
        seeds[ALL] = {cell: _mean_of([cells[cell] for cells in seeds.values() if cell in cells]) for cell in places}
        for seed_name, of_seed in seeds.items():
            margins = {
                margin: _mean_of([of_seed[cell] for cell in members])
                for margin, members in margin_cells(list(of_seed))
                if members
            }
            for place, means in (of_seed | margins).items():
                rows += [(forecaster, seed_name, *place, *row) for row in _views(*means)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _means(cell: CellSums) -> _Means:
    series = cell.series[:, None]
    mean = np.divide(cell.total, series, out=np.full(cell.total.shape, np.nan), where=series > 0)
    return mean, cell.count, cell.units


def _mean_of(members: Sequence[_Means]) -> _Means:
    known = [np.isfinite(mean) for mean, _, _ in members]
    count = np.sum(known, axis=0)
    total = np.sum([np.where(k, mean, 0.0) for k, (mean, _, _) in zip(known, members, strict=True)], axis=0)
    mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    units: frozenset[int] = frozenset().union(*(units for _, _, units in members))
    return mean, np.sum([counts for _, counts, _ in members], axis=0), units


def _views(mean: np.ndarray, count: np.ndarray, units: frozenset[int]) -> Iterator[tuple[object, ...]]:
    def of(name: str) -> np.ndarray:
        return mean[:, SLICES[name]]

    def rows(kind: str, x: np.ndarray, values: np.ndarray, n: np.ndarray) -> Iterator[tuple[object, ...]]:
        low, high = _bands(values[1:], units)
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
        ratio = _ratio(of(value)[:, filled], of(number)[:, filled])
        place = _ratio(of(x)[:1, filled], of(number)[:1, filled])[0]
        values = np.sqrt(ratio) if kind == "spread_error" else ratio
        yield from rows(kind, place, values, count[SLICES[number]][filled])


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    result: np.ndarray = np.divide(
        numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator > 0
    )
    return result


def _bands(draws: np.ndarray, units: frozenset[int]) -> np.ndarray:
    if len(units) < FEWEST_UNITS or len(draws) < 2:
        return np.full((2, draws.shape[1]), np.nan)
    whole = np.isfinite(draws).all(axis=0)
    bands = np.full((2, draws.shape[1]), np.nan)
    bands[:, whole] = np.quantile(draws[:, whole], [0.025, 0.975], axis=0)
    for column in np.flatnonzero(~whole):
        bands[:, column] = interval(draws[:, column])
    return bands
