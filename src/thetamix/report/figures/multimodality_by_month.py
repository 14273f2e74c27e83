"""How often predicted mixtures have more than one mode, month by month, with rain and discharge (Fig. 5)."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from thetamix.evaluation.estimates import ALL
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import plain
from thetamix.report.figures.style import BLACK, GREY, RAIN, SKY, Look, new_figure, styled
from thetamix.report.figures.tables import joined, rows, seed_label

MONTHS = tuple(str(month) for month in range(1, 13))
LETTERS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@styled
def multimodality_by_month(
    table: pd.DataFrame, nonsequential: pd.DataFrame | None, forecaster: str, look: Look, seed: str
) -> Figure:
    """Draw the monthly share of multimodal mixtures.

    Parameters
    ----------
    table
        ``multimodality.csv``.
    nonsequential
        ``nonsequential.csv``; None where there is none, or for a network that is not hourly.
    forecaster, look
        Whose.
    seed
        As the table writes it.

    Returns
    -------
    matplotlib.figure.Figure
        One above the other: shares of mixtures with more than one mode (strictly, and with a dip), of rainy days, the
        mean discharge, and the share of non-sequential responses, each where it is known.

    Raises
    ------
    NotApplicableError
        If the forecaster has no month.
    """
    months = rows(table, forecaster=forecaster, seed=seed, by="month").set_index("level").reindex(list(MONTHS))
    strict, dip, rainy, discharge = (
        months[column].to_numpy(dtype=float) for column in ("strict", "dip", "rainy_share", "discharge")
    )
    if not np.isfinite(strict).any():
        raise NotApplicableError(f"the modes of {forecaster} were not counted by month")
    response = np.full(12, np.nan)
    if nonsequential is not None and not nonsequential.empty:
        counted = nonsequential[nonsequential["month"] != ALL]
        counted = counted[counted["geology"] == ALL] if ALL in set(counted["geology"]) else counted
        sums = counted.groupby("month")[["responses", "non_sequential"]].sum().reindex(list(MONTHS))
        responses = sums["responses"].to_numpy(dtype=float)
        response = np.divide(
            sums["non_sequential"].to_numpy(dtype=float), responses, out=response, where=responses > 0
        )
    further = [values for values in (rainy, discharge, response) if np.isfinite(values).any()]
    figure = new_figure(55 + 26 * len(further), joined(plain(forecaster), seed_label(seed)))
    heights = [1.7] + [1.0] * len(further)
    panels = iter(np.atleast_1d(np.array(figure.subplots(len(heights), 1, sharex=True, height_ratios=heights))))
    place = np.arange(12)
    top = last = next(panels)
    top.bar(place, 100 * strict, 0.8, color="#C9C9C9", ec=GREY, label="more than one mode")
    top.bar(place, 100 * dip, 0.4, color=look.colour, ec=GREY, label="with a dip of a tenth or more")
    top.set_ylabel("Multimodal mixtures [%]")
    top.set_ylim(0, max(top.get_ylim()[1], 1.0))
    top.legend(loc="upper center", ncols=2, bbox_to_anchor=(0.5, 1.16))
    if np.isfinite(rainy).any():
        last = next(panels)
        last.bar(place, 100 * rainy, 0.8, color=SKY, ec=RAIN)
        last.set_ylabel("Rainy days\n(≥ 1 mm) [%]")
    if np.isfinite(discharge).any():
        last = next(panels)
        last.plot(place, discharge, color=RAIN, marker="o", ms=4)
        last.set_ylabel("Mean discharge\n[m³ s⁻¹]")
        last.set_ylim(bottom=0)
    if np.isfinite(response).any():
        last = next(panels)
        last.plot(place, 100 * response, color=BLACK, marker="s", ms=4, ls="--")
        last.set_ylabel("Non-sequential\nresponses [%]")
        last.set_ylim(bottom=0)
    _months(last)
    figure.align_ylabels()
    return figure


def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the chosen forecaster, or the trained model with most components."""
    table = context.require("multimodality")
    names = context.ranked(choice)
    entries = context.study["forecasters"]
    trained = [name for name in names if context.kind(name) == "lstm"]
    name = max(trained, key=lambda one: int(entries[one].get("components", 1)), default=names[0])
    one_gaussian = entries[name].get("components") == 1 and not entries[name].get("condition_on_replicate")
    if context.kind(name) == "lstm" and one_gaussian:
        raise NotApplicableError(f"{name} predicts a single Gaussian, which has one mode")
    return multimodality_by_month(
        table, context.table("nonsequential"), name, context.looks[name], context.seed_text(choice)
    )


def _months(axes: Axes) -> None:
    axes.set_xticks(np.arange(12), LETTERS)
    axes.set(xlabel="Month", xlim=(-0.6, 11.6))
