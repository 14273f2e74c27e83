"""Which of a study's forecasters are models and which are nulls, and which of them scores best."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.forecaster_differences import mean_of_table, series_table
from thetamix.evaluation.study_facts import StudyFacts, named


def models(study: StudyFacts) -> list[str]:
    """List the models of a study."""
    return named(study, "model")


def nulls(study: StudyFacts) -> list[str]:
    """List the baselines of a study: annual cycles and references."""
    return named(study, "null", "reference")


def cycles(study: StudyFacts) -> list[str]:
    """List the annual cycles of a study."""
    return named(study, "null")


def best_model(study: StudyFacts, scores: pd.DataFrame) -> str | None:
    """Name the model with the lowest CRPS on the series that all models have; None where no model has one."""
    return lowest_crps(scores, models(study))


def strongest_cycle(study: StudyFacts, scores: pd.DataFrame) -> str | None:
    """Name the annual cycle with the lowest CRPS on the series that all of them have; None without one."""
    return lowest_crps(scores, cycles(study))


def lowest_crps(scores: pd.DataFrame, names: Sequence[str]) -> str | None:
    """Name the forecaster with the lowest CRPS on the series that all of them have; None where none has one."""
    total = totals(scores, "crps")
    scored = [name for name in names if np.isfinite(total.get(name, np.nan))]
    if not scored:
        return None
    series = series_table(scores, "crps", scored)
    shared = mean_of_table(series).value if len(series) else [total[name] for name in scored]
    return scored[int(np.argmin(shared))]


def crps_and_skill(scores: pd.DataFrame, forecaster: str, null: str | None) -> tuple[pd.Series, pd.Series]:
    """Average the CRPS of each series over the seeds, and compare it with a null's on those that both have.

    Returns
    -------
    crps, skill : pandas.Series
        Index (cluster, depth): the CRPS [m3 m-3], and 1 − CRPS / CRPS of the null; empty where there are none.
    """
    levels = ["cluster", "depth"]
    nothing = pd.Series(dtype=float, index=pd.MultiIndex.from_arrays([[], []], names=levels))
    alone = series_table(scores, "crps", [forecaster])
    crps = nothing if alone.empty else alone[forecaster].groupby(level=levels).mean()
    if null is None or (both := series_table(scores, "crps", [forecaster, null])).empty:
        return crps, nothing
    means = both.groupby(level=levels).mean()
    return crps, 1 - means[forecaster] / means[null]


def totals(scores: pd.DataFrame, score: str) -> dict[str, float]:
    """Read the total value of a score, by forecaster."""
    everything = (scores[["seed", "group", "depth", "cluster"]] == ALL).all(axis=1)
    chosen = scores[everything & (scores["score"] == score)]
    return dict(zip(chosen["forecaster"], chosen["value"].astype(float), strict=True))
