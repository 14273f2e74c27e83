"""What is good, what is poor and what to distrust, in words that are computed from the tables, never canned."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from thetamix.evaluation.floor import LEAVE_ONE_OUT
from thetamix.evaluation.forecaster_differences import Difference, difference, paired_means, series_table
from thetamix.evaluation.questions import INSTALLED, question
from thetamix.evaluation.ranking import best_model, cycles, models, nulls, strongest_cycle, totals
from thetamix.evaluation.study_facts import StudyFacts
from thetamix.report.layouts.score_tables import depth_name
from thetamix.report.words import caveats
from thetamix.report.words import statements as findings
from thetamix.report.words.phrases import UNIT, Headline, Summary, joined, moisture, percent

#: Share by which a model's CRPS may exceed that of the neighbouring sensors to be called good: our choice.
NEAR = 0.5


def summarise(
    study: StudyFacts, scores: pd.DataFrame, leakage: pd.DataFrame, tables: Mapping[str, pd.DataFrame]
) -> Summary:
    """Write what is good, what is poor and what to distrust.

    Parameters
    ----------
    study, scores, leakage
        The resolved study, the long table, and a row a seed of the split's audit.
    tables
        Further tables of the evaluation by name (``comparison``, ``calibration``, ``variance_components``, …), as
        far as the run has them.

    Returns
    -------
    Summary
        Sentences.
    """
    summary = Summary()
    best = best_model(study, scores)
    if best is not None:
        _tell_best(summary, study, scores, best, tables)
    for model in models(study):
        _compare_with_nulls(summary, study, scores, model, tables.get("comparison"))
    if best is not None:
        _tell_places(summary, study, scores, best)
        _tell_floor(summary, study, scores, best)
    for model in models(study):
        findings.tell_likelihood(summary, scores, model, cycles(study))
    if "calibration" in tables:
        findings.tell_calibration(summary, tables["calibration"], models(study))
    if "variance_components" in tables:
        findings.tell_variance(summary, tables["variance_components"], best)
    if "multimodality" in tables:
        findings.tell_modes(summary, tables["multimodality"], best)
    summary.distrust += caveats.undefined(scores) + caveats.unpredicted(scores) + caveats.leaks(leakage)
    if len(study.seeds) < 3:
        summary.distrust.append(
            f"Only {len(study.seeds)} seed(s): the draw of the split and the initial weights alone change scores; "
            "run at least 3 before you compare models."
        )
    return summary


def _tell_best(
    summary: Summary, study: StudyFacts, scores: pd.DataFrame, best: str, tables: Mapping[str, pd.DataFrame]
) -> None:
    total = totals(scores, "crps")
    several = " of the models" if len(models(study)) > 1 else ""
    text = f"CRPS of {best}, the lowest{several}: a distance between forecast and reading"
    summary.tiles.append(Headline(f"{total[best]:.4f}", text, UNIT))
    null = strongest_cycle(study, scores)
    gain = np.nan if null is None else _gain(*paired_means(scores, best, null))
    if np.isfinite(gain):
        word = "lower" if gain > 0 else "higher"
        text = f"{word} than {null}, the strongest baseline without weather"
        summary.tiles.append(Headline(percent(abs(gain)), text))
    band = findings.coverage(tables["calibration"], best, 0.6) if "calibration" in tables else None
    if band is not None:
        text = f"of the readings lie in the band of {best} that should hold {percent(band.x)}"
        summary.tiles.append(Headline(percent(band.value), text))
    if np.isfinite(total.get(LEAVE_ONE_OUT, np.nan)):
        text = "CRPS of the neighbouring sensors, read at that very time"
        summary.tiles.append(Headline(f"{total[LEAVE_ONE_OUT]:.4f}", text, UNIT))


def _compare_with_nulls(
    summary: Summary, study: StudyFacts, scores: pd.DataFrame, model: str, comparison: pd.DataFrame | None
) -> None:
    better: list[str] = []
    worse: list[str] = []
    unclear: list[str] = []
    brackets = ""
    for null in nulls(study):
        gain = _gain(*paired_means(scores, model, null))
        if not np.isfinite(gain):
            continue
        apart = difference(comparison, "crps", model, null)
        if apart is not None and not apart.decided:
            unclear.append(null)
            continue
        (better if gain > 0 else worse).append(f"{null} by {percent(abs(gain))}{_interval(apart)}")
        if apart is not None:
            brackets = " In brackets: 95% intervals of the differences [m³ m⁻³]."
    if better:
        summary.good.append(f"{model} has a lower CRPS than {joined(better)}.{brackets}")
    if worse:
        summary.poor.append(f"{model} has a higher CRPS than {joined(worse)}.{brackets}")
    if unclear:
        summary.distrust.append(
            f"{model} and {joined(unclear)} cannot be told apart by CRPS: the interval of their difference holds 0."
        )


def _gain(ours: float, theirs: float) -> float:
    return 1 - ours / theirs if theirs > 0 else np.nan  # NaN: nothing is shared, or nothing can be gained


def _interval(apart: Difference | None) -> str:
    if apart is None:
        return ""
    low, high = sorted((abs(apart.low), abs(apart.high)))
    return f" ({low:.4f}–{high:.4f})"


def _tell_places(summary: Summary, study: StudyFacts, scores: pd.DataFrame, best: str) -> None:
    """Say at which depth and in which series the best model does worst against the strongest cycle."""
    null = strongest_cycle(study, scores)
    if null is None:
        return
    both = series_table(scores, "crps", [best, null]).set_axis(["ours", "theirs"], axis=1)
    if both.empty:
        return
    depths = both.groupby(level="depth").mean()
    gains = {str(depth): float(1 - row["ours"] / row["theirs"]) for depth, row in depths.iterrows()}
    if len(gains) > 1 and np.isfinite(list(gains.values())).all():
        least, most = min(gains, key=gains.__getitem__), max(gains, key=gains.__getitem__)
        target = summary.poor if gains[least] <= 0 else summary.good
        first, then = ("gains most", "least") if gains[most] > 0 else ("loses least", "most")
        target.append(
            f"Against {null}, {best} {first} at {depth_name(most)} ({_signed(gains[most])}) and {then} at "
            f"{depth_name(least)} ({_signed(gains[least])})."
        )
    series = both.groupby(level=["cluster", "depth"]).mean().reset_index()
    lost = series[series["ours"] > series["theirs"]]
    if len(lost):
        worst = max(lost.to_dict("records"), key=lambda row: row["ours"] - row["theirs"])
        summary.poor.append(
            f"In {len(lost)} of {len(series)} series {null} is better than {best}; worst is {worst['cluster']} at "
            f"{depth_name(worst['depth'])} (CRPS {worst['ours']:.3f} against {worst['theirs']:.3f} m³ m⁻³)."
        )


def _signed(gain: float) -> str:
    return f"{'−' if gain < 0 else '+'}{percent(abs(gain))}"


def _tell_floor(summary: Summary, study: StudyFacts, scores: pd.DataFrame, best: str) -> None:
    ours, floor = paired_means(scores, best, LEAVE_ONE_OUT)
    if not np.isfinite(floor) or not np.isfinite(ours):
        return
    if ours >= floor:
        target = summary.good if ours <= (1 + NEAR) * floor else summary.soil
        target.append(
            f"The neighbouring sensors, read at that very time, reach a CRPS of {moisture(floor)}; that of {best}, "
            f"which reads none then, is {percent(ours / floor - 1)} higher."
        )
        return
    text = (
        f"The neighbouring sensors, read at that very time, reach a CRPS of {moisture(floor)} for one that is left "
        f"out, {best} {moisture(ours)}: a few sensors say little about one more."
    )
    if question(study.split.scheme)[0] == INSTALLED:
        text += (
            f" But {best} was trained on the sensors that it is scored on; the neighbours know nothing of the one "
            "left out."
        )
    summary.soil.append(text)
