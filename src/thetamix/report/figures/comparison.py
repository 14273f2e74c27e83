"""Forecasters in pairs: the difference of a score with its interval, on the same blocks."""

import numpy as np
from matplotlib.figure import Figure

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.scores import SCORES
from thetamix.evaluation.study_facts import named
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import plain
from thetamix.report.figures.panels import value_lines
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import BLACK, BLUE, GREY, VERMILLION, new_figure
from thetamix.report.figures.tables import left_out
from thetamix.report.layouts.table_rows import rows

UNITS = {"crps": "m³ m⁻³", "log_likelihood": "nats per reading", "kge": "–"}
SHOWN = ("crps", "log_likelihood")
MOST = 24


@run_figure(
    "comparison",
    title="Forecasters in pairs",
    caption="Differences of scores, first minus second, with 95 % bootstrap intervals on the same blocks. Blue "
    "circles: the first is better; vermillion squares: the second is; grey: the interval holds zero.",
    needs="comparison.csv",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the differences of CRPS and log-likelihood, of all pairs or of those with the chosen forecaster."""
    total = rows(context.require("comparison"), group=ALL, depth=ALL)
    total = total[total["score"].isin(SHOWN) & np.isfinite(total["difference"])]
    pairs = list(dict.fromkeys(zip(total["one"], total["other"], strict=True)))
    if choice.forecaster is not None:
        pairs = [pair for pair in pairs if context.ranked(choice)[0] in pair]
    scores = [score for score in SHOWN if score in set(total["score"])]
    if not pairs or not scores:
        raise NotApplicableError("there are no two forecasters with a score in common")
    # where there are many pairs, those with a model matter most
    models = set(named(context.study, "model"))
    shown = sorted(pairs, key=models.isdisjoint)[:MOST]
    figure = new_figure(22 + 5.5 * len(shown), left_out(len(pairs), len(shown), "pairs"))
    panels = np.atleast_1d(np.array(figure.subplots(1, len(scores), sharey=True)))
    heights = -np.arange(len(shown), dtype=float)
    for axes, score in zip(panels, scores, strict=True):
        of_score = rows(total, score=score).set_index(["one", "other"]).reindex(shown)
        for y, row in zip(heights, of_score.to_dict("records"), strict=True):
            better = row["difference"] > 0 if SCORES[score].higher_is_better else row["difference"] < 0
            clear = row["low"] > 0 or row["high"] < 0
            colour = (BLUE if better else VERMILLION) if clear else GREY
            axes.plot([row["low"], row["high"]], [y, y], color=colour, lw=1.4)
            axes.plot(row["difference"], y, "o" if better else "s", color=colour, ms=4)
        axes.locator_params(axis="x", nbins=4)
        axes.axvline(0, color=BLACK, lw=0.6)
        axes.set_xlabel(f"{SCORES[score].title}, first − second\n[{UNITS.get(score, '–')}]")
        value_lines(axes, "x")
    panels[0].set_yticks(heights, [f"{plain(first, 22)} − {plain(second, 22)}" for first, second in shown])
    panels[0].set_ylim(heights[-1] - 0.6, 0.6)
    return figure
