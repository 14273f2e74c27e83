"""What perfect, good, average and bad scores look like (Fig. B1)."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from thetamix.mixture import GaussianMixture
from thetamix.report.figures.choice import Choice
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import BLACK, BLUE, DENSITY, LIGHT, SOIL_MOISTURE, new_figure

#: What is observed in every panel: a cluster with two wetter profiles and a drier one.
OBSERVED = GaussianMixture([1 / 3, 1 / 3, 1 / 3], [0.2, 0.28, 0.31], 0.02)

#: Predictions of it.
MATCHES = {
    "perfect": OBSERVED,
    "good": GaussianMixture([0.4, 0.6], [0.215, 0.3], [0.03, 0.03]),
    "average": GaussianMixture([1.0], [0.29], [0.06]),
    "bad": GaussianMixture([1.0], [0.38], [0.04]),
}
QUANTILES = 2000


@dataclass(frozen=True)
class MatchScores:
    """The scores of a prediction where readings come from a known distribution.

    Attributes
    ----------
    wasserstein
        Distance of the two [m3 m-3]; 0 is perfect.
    crps
        Mean over the readings [m3 m-3]; that of the distribution itself is not 0.
    log_likelihood
        Mean over the readings [nats].
    """

    wasserstein: float
    crps: float
    log_likelihood: float


def match_scores(observed: GaussianMixture, predicted: GaussianMixture) -> MatchScores:
    """Score a prediction by the expectation over readings from a distribution.

    Parameters
    ----------
    observed, predicted
        Single mixtures.

    Returns
    -------
    MatchScores
        Expectations by the midpoint rule over 2,000 quantiles of the observed distribution.

    Examples
    --------
    >>> round(match_scores(OBSERVED, OBSERVED).crps, 4) == round(OBSERVED.mean_difference() / 2, 4)
    np.True_
    """
    readings = observed.quantile((np.arange(QUANTILES) + 0.5) / QUANTILES)
    return MatchScores(
        float(observed.wasserstein(predicted)),
        float(np.mean(predicted.crps(readings))),
        float(np.mean(predicted.logpdf(readings))),
    )


@run_figure(
    "score_gallery",
    title="What scores look like",
    caption="One observed distribution (grey) and four predictions of it (dashed), from perfect to bad, with "
    "their scores; the same for every run. A perfect forecast has a Wasserstein distance of 0, but not a "
    "CRPS of 0.",
    needs="nothing",
)
def draw(_context: FigureContext, _choice: Choice) -> Figure:
    """Draw four predictions of one distribution with their scores, from perfect to bad."""
    figure = new_figure(108)
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    x = np.linspace(0.08, 0.52, 500)
    for axes, (word, predicted) in zip(panels.ravel(), MATCHES.items(), strict=True):
        scores = match_scores(OBSERVED, predicted)
        axes.fill_between(x, 0, OBSERVED.pdf(x), color=LIGHT, lw=0)
        axes.plot(x, OBSERVED.pdf(x), color=BLACK, label="observed")
        axes.plot(x, predicted.pdf(x), color=BLUE, ls=(0, (5, 1)), label="predicted")
        axes.set_title(word, loc="left", fontweight="bold")
        words = (
            f"Wasserstein {scores.wasserstein:.3f} m³ m⁻³\nCRPS {scores.crps:.3f} m³ m⁻³\n"
            f"log-likelihood {scores.log_likelihood:.2f} nats"
        )
        axes.text(
            0.99,
            0.97,
            words.replace("-", "−").replace("log−", "log-"),
            transform=axes.transAxes,
            ha="right",
            va="top",
            fontsize=7,
        )
        axes.label_outer()
    for axes in panels[-1]:
        axes.set_xlabel(SOIL_MOISTURE)
    for axes in panels[:, 0]:
        axes.set_ylabel(DENSITY)
    panels[0, 0].set(ylim=(0, 14), xlim=(x[0], x[-1]))
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
