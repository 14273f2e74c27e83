"""What is good and what to distrust, in words that are computed from the scores, never canned."""

from typing import Any

import numpy as np
import pandas as pd

from thetamix.evaluation.aggregate import ALL, UNPREDICTED
from thetamix.evaluation.scores import SCORES

_QUESTIONS = {
    "blocks": "What will these sensors read? (installed sensors; other times of the same series were trained on)",
    "calendar": "What will these sensors read? (installed sensors; at times when no sensor was trained on)",
    "period": "What will these sensors read? (installed sensors; in a period that was not trained on)",
    "replicates": "What would a new replicate read? (one profile of each cluster was never shown)",
    "clusters": "What would sensors read at an unseen cluster?",
}


def question(scheme: str) -> str:
    """Say which question the scores of a split answer.

    Parameters
    ----------
    scheme
        Of the split.

    Returns
    -------
    str
        A question.
    """
    return _QUESTIONS[scheme]


def summarise(
    study: dict[str, Any], scores: pd.DataFrame, leakage: pd.DataFrame
) -> tuple[list[str], list[str]]:
    """Say what is good and what to distrust.

    Parameters
    ----------
    study
        Resolved, as plain values.
    scores
        The long table.
    leakage
        A row a seed.

    Returns
    -------
    good, distrust : list of str
        Sentences.
    """
    kinds = {name: entry["kind"] for name, entry in study["forecasters"].items()}
    models = [name for name, kind in kinds.items() if kind in ("lstm", "ensemble")]
    nulls = [name for name, kind in kinds.items() if kind in ("annual_cycle", "reference")]
    good: list[str] = []
    distrust: list[str] = []
    for model in models:
        gains = {null: _gain(scores, model, null) for null in nulls}
        better = [f"{null} by {gain:.0%}" for null, gain in gains.items() if gain > 0]
        worse = [f"{null} by {-gain:.0%}" for null, gain in gains.items() if gain <= 0]
        if better:
            good.append(f"{model} has a lower CRPS than: {', '.join(better)}.")
        if worse:
            distrust.append(f"{model} has a higher CRPS than: {', '.join(worse)}.")
    total = scores[(scores["seed"] == ALL) & (scores["geology"] == ALL) & (scores["depth"] == ALL)]
    distrust += _undefined(total) + _unpredicted(scores) + _leaks(leakage)
    if len(study["seeds"]) < 3:
        distrust.append(
            f"Only {len(study['seeds'])} seed(s): the draw of the split and the initial weights alone change scores; "
            "run at least 3 before you compare models."
        )
    return good, distrust


def _gain(scores: pd.DataFrame, model: str, null: str) -> float:
    ours, theirs = paired_crps(scores, model, null)
    return 1 - ours / theirs if theirs > 0 else np.nan  # NaN: nothing is shared, or nothing can be gained


def paired_crps(scores: pd.DataFrame, one: str, other: str) -> tuple[float, float]:
    """Average the CRPS of two forecasters over the series and seeds for which both have one.

    Parameters
    ----------
    scores
        The long table.
    one, other
        Names of forecasters.

    Returns
    -------
    tuple of float
        [m3 m-3]; series are averaged within geology × depth, these within seeds; NaN where nothing is shared.
    """
    series = scores[(scores["score"] == "crps") & (scores["cluster"] != ALL) & (scores["seed"] != ALL)]
    wide = series.pivot_table(
        index=["seed", "geology", "depth", "cluster"], columns="forecaster", values="value", dropna=False
    )
    if one not in wide or other not in wide:
        return np.nan, np.nan
    both = wide[[one, other]].dropna()
    cells = both.groupby(level=["seed", "geology", "depth"]).mean()
    means = cells.groupby(level="seed").mean().mean()
    return float(means[one]), float(means[other])


def _undefined(total: pd.DataFrame) -> list[str]:
    lines = []
    for score in ("kge", "rank_correlation", "crps"):
        of = total[(total["score"] == score) & (total["n_undefined"] > 0)]
        if not of.empty:
            each = [
                f"{row['forecaster']} {row['n_undefined']} of {row['n'] + row['n_undefined']}"
                for row in of.to_dict("records")
            ]
            lines.append(
                f"{SCORES[score].title} is undefined for series that are constant or unpredicted; its means do "
                f"without them (series, all seeds together): {', '.join(each)}."
            )
    return lines


def _unpredicted(scores: pd.DataFrame) -> list[str]:
    missing = scores[scores["score"] == UNPREDICTED]
    if missing.empty:
        return []
    each = [
        f"{forecaster} {int(of['value'].sum()):,} of {len(of[['depth', 'cluster']].drop_duplicates())} series"
        for forecaster, of in missing.groupby("forecaster", sort=False)
    ]
    return [
        "Evaluated steps without a prediction, for missing forcing or for want of anything to learn from; all "
        f"forecasters are scored without them: {', '.join(each)}."
    ]


def _leaks(leakage: pd.DataFrame) -> list[str]:
    lines = []
    cluster, forcing = leakage["same_cluster"].mean(), leakage["same_forcing"].mean()
    if max(cluster, forcing) > 0:
        lines.append(
            f"{cluster:.0%} of the evaluated steps were trained on at another depth or profile of the same cluster, "
            f"{forcing:.0%} somewhere with the same forcing: scores tell less about new weather than they seem to. "
            "The scheme calendar avoids it."
        )
    sided = [text for text in leakage["one_sided"] if text]
    if sided:
        lines.append(f"Series on one side of the split only: {sided[0]}.")
    return lines
