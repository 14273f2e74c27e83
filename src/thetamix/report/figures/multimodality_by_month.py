"""How often predicted mixtures have more than one mode, month by month, with rain and discharge (Fig. 5)."""

import calendar

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from thetamix.evaluation.estimates import ALL
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import plain
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import BLACK, GREY, RAIN, SKY, new_figure
from thetamix.report.figures.tables import joined, seed_label
from thetamix.report.layouts.table_rows import rows

MONTHS = [str(month) for month in range(1, 13)]


@run_figure(
    "multimodality_by_month",
    title="Multimodality through the year",
    caption="Share of the evaluated mixtures with more than one mode, by month; the narrow bars count only modes "
    "with a dip of a tenth or more between them. Below, where known: rainy days, mean discharge, and the "
    "share of responses to rain in which a deeper sensor rose before a shallower one.",
    needs="multimodality.csv; a forecaster with more than one component",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the chosen forecaster, or the trained model with most components."""
    table, seed = context.require("multimodality"), context.seed_text(choice)
    name = context.by_components(context.ranked(choice), context.seed(choice))[0]
    card = context.card(name, context.seed(choice))
    if card is not None and card["architecture"]["components"] == 1 and not card["inputs"]["replicates"]:
        raise NotApplicableError(f"{name} predicts a single Gaussian, which has one mode")
    months = rows(table, forecaster=name, seed=seed, by="month").set_index("level").reindex(MONTHS)
    strict, dip, rainy, discharge = (
        months[column].to_numpy(dtype=float) for column in ("strict", "dip", "rainy_share", "discharge")
    )
    if not np.isfinite(strict).any():
        raise NotApplicableError(f"the modes of {name} were not counted by month")
    response = _response_share(context.table("nonsequential"))
    further = [np.isfinite(values).any() for values in (rainy, discharge, response)]
    figure = new_figure(55 + 26 * sum(further), joined(plain(name), seed_label(seed)))
    heights = [1.7] + [1.0] * sum(further)
    panels = list(np.atleast_1d(np.array(figure.subplots(len(heights), 1, sharex=True, height_ratios=heights))))
    x, top, below = np.arange(12), panels[0], iter(panels[1:])
    top.bar(x, 100 * strict, 0.8, color="#C9C9C9", ec=GREY, label="more than one mode")
    top.bar(x, 100 * dip, 0.4, color=context.looks[name].colour, ec=GREY, label="with a dip of a tenth or more")
    top.set_ylabel("Multimodal mixtures [%]")
    top.set_ylim(0, max(top.get_ylim()[1], 1.0))
    top.legend(loc="upper center", ncols=2, bbox_to_anchor=(0.5, 1.16))
    if further[0]:
        axes = next(below)
        axes.bar(x, 100 * rainy, 0.8, color=SKY, ec=RAIN)
        axes.set_ylabel("Rainy days\n(≥ 1 mm) [%]")
    if further[1]:
        axes = next(below)
        axes.plot(x, discharge, color=RAIN, marker="o", ms=4)
        axes.set_ylabel("Mean discharge\n[m³ s⁻¹]")
        axes.set_ylim(bottom=0)
    if further[2]:
        axes = next(below)
        axes.plot(x, 100 * response, color=BLACK, marker="s", ms=4, ls="--")
        axes.set_ylabel("Non-sequential\nresponses [%]")
        axes.set_ylim(bottom=0)
    panels[-1].set_xticks(x, list(calendar.month_abbr)[1:])
    panels[-1].set(xlabel="Month", xlim=(-0.6, 11.6))
    figure.align_ylabels()
    return figure


def _response_share(nonsequential: pd.DataFrame | None) -> np.ndarray:
    """Return the share of non-sequential responses (month); NaN where there are none, or nothing is known."""
    share = np.full(12, np.nan)
    if nonsequential is None or nonsequential.empty:
        return share
    counted = nonsequential[nonsequential["month"] != ALL]
    counted = counted[counted["group"] == ALL] if ALL in set(counted["group"]) else counted
    sums = counted.groupby("month")[["responses", "non_sequential"]].sum().reindex(MONTHS)
    responses, non_sequential = (sums[column].to_numpy(dtype=float) for column in ("responses", "non_sequential"))
    np.divide(non_sequential, responses, out=share, where=responses > 0)
    return share
