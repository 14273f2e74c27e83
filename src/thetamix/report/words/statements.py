"""Sentences from the tables about calibration, spread and modes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.forecaster_differences import paired_means
from thetamix.report.layouts.table_rows import overall, rows
from thetamix.report.words.phrases import Summary, joined, percent

#: A band whose coverage is off by less is called right.
TOLERANCE = 0.03
NARROW = "it is too narrow, the model too sure of itself"
#: Components of the variance between replicates, in words.
SHARES = {
    "offset": "persistent offsets between the places of the sensors",
    "transient": "disagreement that comes and goes",
    "instrument": "the instruments' noise",
}


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
    """Read the coverage of the central band nearest to a level, over all series and seeds, from ``calibration.csv``.

    Returns
    -------
    Coverage or None
        None where the table does not have it.
    """
    bands = overall(calibration, forecaster=forecaster, kind="coverage").dropna(subset="value")
    if bands.empty:
        return None
    row = bands.iloc[int((bands["x"] - level).abs().argmin())]
    return Coverage(*(float(row[name]) for name in ("x", "value", "low", "high")))


def tell_calibration(summary: Summary, calibration: pd.DataFrame, models: Sequence[str]) -> None:
    """Write whether the bands of models hold as many readings as they should."""
    for level in (0.6, 0.9):
        read = {model: coverage(calibration, model, level) for model in models}
        bands = {model: band for model, band in read.items() if band is not None}
        wrong = {model: band for model, band in bands.items() if not band.is_right}
        for names, sentences, verdict in (
            ([m for m in bands if m not in wrong], summary.good, "about as many as it should"),
            (
                [m for m, b in wrong.items() if b.value < b.x],
                summary.poor,
                "it is too narrow, the model too sure of itself",
            ),
            ([m for m, b in wrong.items() if b.value > b.x], summary.poor, "it is too wide"),
        ):
            if names:
                each = joined([f"{percent(bands[model].value)} ({model})" for model in names])
                band = f"The central {percent(bands[names[0]].x)} band holds {each} of the readings"
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
    """Write what the spread between replicates is made of, and whether the best model has as much of it."""
    whole = overall(components[components["state_low"].isna()])
    values = whole.pivot_table(index="forecaster", columns="component", values="value", aggfunc="last")
    observed = values.loc["observed"].dropna().to_dict() if "observed" in values.index else {}
    total = observed.get("total", np.nan)
    if not total > 0:
        return
    shares = {words: observed[key] / total for key, words in SHARES.items() if key in observed}
    noise = observed.get("instrument", np.nan)
    if noise >= total:
        summary.soil.append(
            f"The spread between replicates (sd {np.sqrt(total):.3f} m³ m⁻³) is not above the noise that is assumed "
            f"of the instruments ({np.sqrt(noise):.3f} m³ m⁻³)."
        )
    elif shares:
        each = ", ".join(f"{percent(max(share, 0.0))} {words}" for words, share in shares.items())
        summary.soil.append(f"The spread between replicates (sd {np.sqrt(total):.3f} m³ m⁻³) is {each}.")
    predicted = values["total"].get(best, np.nan)
    if np.isfinite(predicted):
        ratio = np.sqrt(predicted / total)
        summary.soil.append(
            f"{best} predicts a spread of {np.sqrt(predicted):.3f} m³ m⁻³, {ratio:.1f} times that of the replicates."
        )


def tell_modes(summary: Summary, multimodality: pd.DataFrame, best: str | None) -> None:
    """Write how often the best model sees more than one mode."""
    counted = rows(multimodality, forecaster=str(best), seed=ALL, by="all")
    if len(counted) and np.isfinite(counted.iloc[0]["strict"]):
        row = counted.iloc[0]
        summary.soil.append(
            f"{best} predicts more than one mode in {percent(float(row['strict']))} of the evaluated steps "
            f"({percent(float(row['dip']))} with a clear dip between them)."
        )
