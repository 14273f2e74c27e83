"""From the scores of series and cells to the one long table, ``scores.csv``; and how much seeds differ in it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from thetamix.evaluation.estimates import ALL, CLUSTER, Estimate, Estimates, Label, over_seeds, with_margins
from thetamix.evaluation.scores import SCORES
from thetamix.evaluation.series_scores import ScoreEstimates

COLUMNS = ["forecaster", "seed", "group", "depth", "cluster", "score", "value", "low", "high", "n", "n_undefined"]
SPREAD_COLUMNS = ["forecaster", "group", "depth", "score", "seeds", "mean", "sd", "low", "high"]
ROOT_OF_MEAN_MSE = "rmse_of_mean_mse"
UNPREDICTED = "steps_without_prediction"

#: By forecaster: of series with steps that lack a prediction their number, and that of all steps.
Unpredicted = Mapping[str, Mapping[Label, tuple[int, int]]]


def score_table(scores: Mapping[str, ScoreEstimates], unpredicted: Mapping[str, Unpredicted]) -> pd.DataFrame:
    """Build the long table of all scores.

    Parameters
    ----------
    scores, unpredicted
        By seed.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`; "all" stands for a mean over that column. ``low`` and ``high`` are the central
        95 % of the bootstrap draws, NaN where they were drawn from fewer than
        :data:`~thetamix.evaluation.bootstrap.FEWEST_UNITS`.
    """
    rows: list[tuple[object, ...]] = []
    keys = dict.fromkeys(key for of_seed in scores.values() for key in of_seed)
    suffixes = list(dict.fromkeys(suffix for *_, suffix in keys))
    for forecaster in dict.fromkeys(name for name, *_ in keys):
        for suffix in suffixes:
            for score in [*SCORES, ROOT_OF_MEAN_MSE]:
                rooted = score == ROOT_OF_MEAN_MSE
                by_seed = _by_seed(scores, (forecaster, "mse" if rooted else score, suffix))
                rows += _rows(forecaster, score + suffix, by_seed, rooted=rooted)
        for key in keys:
            if key[0] == forecaster and key[1] not in SCORES:
                rows += _rows(forecaster, key[1], _by_seed(scores, key))
        for seed, missing in unpredicted.items():
            for label, (steps, of) in missing.get(forecaster, {}).items():
                rows.append((forecaster, seed, *label, UNPREDICTED, steps, np.nan, np.nan, of, 0))
    return pd.DataFrame(rows, columns=COLUMNS)


def _by_seed(scores: Mapping[str, ScoreEstimates], key: tuple[str, str, str]) -> dict[str, Estimates]:
    return {seed: of_seed[key] for seed, of_seed in scores.items() if key in of_seed}


def _rows(
    forecaster: str, score: str, by_seed: Mapping[str, Estimates], *, rooted: bool = False
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of each seed and of their mean, with margins; of roots of means, those of cells and margins."""
    for seed, estimates in over_seeds(by_seed).items():
        full: Iterable[tuple[Label, Estimate]] = with_margins(estimates).items()
        if rooted:
            full = [(label, _root(estimate)) for label, estimate in full if label[CLUSTER] == ALL]
        for label, e in full:
            yield forecaster, seed, *label, score, *map(float, (e.value, *e.interval)), e.n, e.undefined


def _root(square: Estimate) -> Estimate:
    return replace(square, value=np.sqrt(square.value), draws=np.sqrt(square.draws))


def seed_spread(scores: pd.DataFrame) -> pd.DataFrame:
    """Compute how much scores differ between seeds: draws of the split and initial weights.

    Parameters
    ----------
    scores
        The long table.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`SPREAD_COLUMNS`: the mean over the seeds that define a score, their standard deviation, and the
        95 % interval of the mean by Student's t; NaN for a single seed. It holds the network and its weather fixed:
        what other years or places would do to a score is for the bootstrap to say.
    """
    single = scores[(scores["seed"] != ALL) & (scores["cluster"] == ALL) & scores["value"].notna()]
    rows = []
    for key, of in single.groupby(["forecaster", "group", "depth", "score"], sort=False):
        values = of["value"].to_numpy()
        mean, sd = values.mean(), values.std(ddof=1) if values.size > 1 else np.nan
        half = stats.t.ppf(0.975, values.size - 1) * sd / np.sqrt(values.size) if values.size > 1 else np.nan
        rows.append((*key, values.size, mean, sd, mean - half, mean + half))
    return pd.DataFrame(rows, columns=SPREAD_COLUMNS)
