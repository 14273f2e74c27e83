"""Sentences from the tables about calibration, spread and modes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.forecaster_differences import paired_means
from thetamix.report.words.phrases import Summary, joined, percent

#: A band whose coverage is off by less is called right.
TOLERANCE = 0.03


@dataclass(frozen=True)
class Coverage:
    """How many readings lie in a central band.

    Attributes
    ----------
    x
        Share that should.
    value
        Share that does.
    low, high
        Its interval; NaN where unknown.
    """

    x: float
    value: float
    low: float
    high: float

    @property
    def is_right(self) -> bool:
        """True where the coverage is right within its uncertainty, or nearly right."""
        return abs(self.value - self.x) <= TOLERANCE or bool(self.low <= self.x <= self.high)


def coverage(calibration: pd.DataFrame, forecaster: str, level: float) -> Coverage | None:
    """Look up the coverage of a central band over all series and seeds.

    Parameters
    ----------
    calibration
        ``calibration.csv``.
    forecaster
        Its name.
    level
        Share that the band should hold; the nearest one in the table is taken.

    Returns
    -------
    Coverage or None
        None where the table does not have it.
    """
    rows = calibration[
        (calibration["forecaster"] == forecaster)
        & (calibration["kind"] == "coverage")
        & (calibration["seed"].astype(str) == ALL)
        & (calibration["geology"] == ALL)
        & (calibration["depth"].astype(str) == ALL)
        & calibration["value"].notna()
    ]
    if rows.empty:
        return None
    row = rows.iloc[int((rows["x"] - level).abs().argmin())]
    return Coverage(*(float(row[name]) for name in ("x", "value", "low", "high")))


def tell_calibration(summary: Summary, calibration: pd.DataFrame, models: Sequence[str]) -> None:
    """Say whether the bands of models hold as many readings as they should."""
    for level in (0.6, 0.9):
        found = {model: coverage(calibration, model, level) for model in models}
        known = {model: one for model, one in found.items() if one is not None}
        right = [model for model, one in known.items() if one.is_right]
        narrow = [model for model, one in known.items() if not one.is_right and one.value < one.x]
        wide = [model for model, one in known.items() if not one.is_right and one.value > one.x]
        for names, sentences, verdict in (
            (right, summary.good, "about as many as it should"),
            (narrow, summary.poor, "it is too narrow, the model too sure of itself"),
            (wide, summary.poor, "it is too wide"),
        ):
            if names:
                each = joined([f"{percent(known[model].value)} ({model})" for model in names])
                band = f"The central {percent(known[names[0]].x)} band holds {each} of the readings"
                sentences.append(f"{band}: {verdict}.")


def tell_likelihood(summary: Summary, scores: pd.DataFrame, model: str, cycles: Sequence[str]) -> None:
    """Warn where CRPS and log-likelihood disagree: some readings lie where the model sees next to nothing."""
    for cycle in cycles:
        ours, theirs = paired_means(scores, model, cycle)
        likelihood, other = paired_means(scores, model, cycle, "log_likelihood")
        if ours < theirs and likelihood < other:
            summary.distrust.append(
                f"{model} has a lower CRPS than {cycle}, but also a lower log-likelihood ({likelihood:.2f} against "
                f"{other:.2f} nats): it is near most readings, and far too sure about some."
            )


def tell_variance(summary: Summary, components: pd.DataFrame, best: str | None) -> None:
    """Say what the spread between replicates is made of, and whether the best model has as much of it."""
    rows = components[
        (components["seed"].astype(str) == ALL)
        & (components["geology"] == ALL)
        & (components["depth"].astype(str) == ALL)
        & components["state_low"].isna()
    ]
    parts = {
        name: of.set_index("component")["value"].astype(float).to_dict() for name, of in rows.groupby("forecaster")
    }
    observed = parts.get("observed", {})
    total = observed.get("total", np.nan)
    if not total > 0:
        return
    shares = {
        name: observed[key] / total
        for key, name in (
            ("offset", "persistent offsets between the places of the sensors"),
            ("transient", "disagreement that comes and goes"),
            ("instrument", "the instruments' noise"),
        )
        if np.isfinite(observed.get(key, np.nan))
    }
    noise = observed.get("instrument", np.nan)
    if noise >= total:
        summary.soil.append(
            f"The spread between replicates (sd {np.sqrt(total):.3f} m³ m⁻³) is not above the noise that is assumed "
            f"of the instruments ({np.sqrt(noise):.3f} m³ m⁻³)."
        )
    elif shares:
        each = ", ".join(f"{percent(max(share, 0.0))} {name}" for name, share in shares.items())
        summary.soil.append(f"The spread between replicates (sd {np.sqrt(total):.3f} m³ m⁻³) is {each}.")
    predicted = parts.get(best, {}).get("total", np.nan) if best is not None else np.nan
    if np.isfinite(predicted):
        ratio = np.sqrt(predicted / total)
        summary.soil.append(
            f"{best} predicts a spread of {np.sqrt(predicted):.3f} m³ m⁻³, {ratio:.1f} times that of the replicates."
        )


def tell_modes(summary: Summary, multimodality: pd.DataFrame, best: str | None) -> None:
    """Say how often the best model sees more than one mode."""
    rows = multimodality[
        (multimodality["forecaster"] == best)
        & (multimodality["seed"].astype(str) == ALL)
        & (multimodality["by"] == "all")
    ]
    if len(rows) and np.isfinite(rows.iloc[0]["strict"]):
        row = rows.iloc[0]
        summary.soil.append(
            f"{best} predicts more than one mode in {percent(float(row['strict']))} of the evaluated steps "
            f"({percent(float(row['dip']))} with a clear dip between them)."
        )
