"""Forecasters in pairs: the difference of a score with its interval, on the same blocks."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.scores import SCORES
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import plain
from thetamix.report.figures.style import BLACK, BLUE, GREY, VERMILLION, new_figure, styled
from thetamix.report.figures.tables import left_out, rows

UNITS = {"crps": "m³ m⁻³", "log_likelihood": "nats per reading", "kge": "–"}
MOST = 24


@styled
def comparison(table: pd.DataFrame, scores: Sequence[str]) -> Figure:
    """Draw paired differences.

    Parameters
    ----------
    table
        ``comparison.csv``; only its rows over all geologies and depths are drawn.
    scores
        Which, a panel each.

    Returns
    -------
    matplotlib.figure.Figure
        A line a pair: difference one − other with its interval; blue where the first is better, vermillion where the
        second is, grey where the interval holds zero.

    Raises
    ------
    NotApplicableError
        If no pair has a difference.
    """
    total = rows(table, geology=ALL, depth=ALL)
    total = total[total["score"].isin(list(scores)) & np.isfinite(total["difference"])]
    found = list(dict.fromkeys(zip(total["one"], total["other"], strict=True)))
    pairs = found[:MOST]
    shown = [score for score in scores if score in set(total["score"])]
    if not pairs or not shown:
        raise NotApplicableError("there are no two forecasters with a score in common")
    figure = new_figure(22 + 5.5 * len(pairs), left_out(len(found), len(pairs), "pairs"))
    panels = np.atleast_1d(np.array(figure.subplots(1, len(shown), sharey=True)))
    place = -np.arange(len(pairs), dtype=float)
    for axes, score in zip(panels, shown, strict=True):
        of_score = rows(total, score=score).set_index(["one", "other"]).reindex(pairs)
        for y, row in zip(place, of_score.to_dict("records"), strict=True):
            better = row["difference"] > 0 if SCORES[score].higher_is_better else row["difference"] < 0
            clear = row["low"] > 0 or row["high"] < 0
            colour = (BLUE if better else VERMILLION) if clear else GREY
            axes.plot([row["low"], row["high"]], [y, y], color=colour, lw=1.4)
            axes.plot(row["difference"], y, "o" if better else "s", color=colour, ms=4)
        axes.locator_params(axis="x", nbins=4)
        axes.axvline(0, color=BLACK, lw=0.6)
        axes.set_xlabel(f"{SCORES[score].title}, first − second\n[{UNITS.get(score, '–')}]")
        axes.grid(axis="x", color=GREY, alpha=0.25, lw=0.4)
    panels[0].set_yticks(place, [f"{plain(one, 22)} − {plain(other, 22)}" for one, other in pairs])
    panels[0].set_ylim(place[-1] - 0.6, 0.6)
    return figure


def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the differences of CRPS and log-likelihood, of all pairs or of those with the chosen forecaster."""
    table = context.require("comparison")
    if choice.forecaster is not None:
        name = context.ranked(choice)[0]
        table = table[(table["one"] == name) | (table["other"] == name)]
    # where there are many pairs, those with a trained model matter most
    trained = [name for name in context.forecasters if context.kind(name) in ("lstm", "ensemble")]
    untrained = ~(table["one"].isin(trained) | table["other"].isin(trained))
    table = table.iloc[np.argsort(untrained.to_numpy(), kind="stable")]
    return comparison(table, ["crps", "log_likelihood"])
