"""From the floor over the models to the annual cycles: how much there is to gain, and how much of it is gained."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.floor import LEAVE_ONE_OUT, SELF_INCLUDING
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import legend_label
from thetamix.report.figures.style import CRPS, GREY, LIGHT, Look, new_figure, styled
from thetamix.report.figures.tables import (
    cell_label,
    depths_of,
    forecasters_of,
    geologies_of,
    rows,
    seed_label,
)

#: More geology × depth cells than this are left to their geologies and depths.
MOST_CELLS = 24


@styled
def floor_and_baselines(
    scores: pd.DataFrame, forecasters: Sequence[str], looks: Mapping[str, Look], null: str | None, seed: str
) -> Figure:
    """Draw the CRPS of floors, models and baselines, a line a geology × depth cell.

    Parameters
    ----------
    scores
        The long table; floors are forecasters in it.
    forecasters
        Which, in order.
    looks
        Of them and of the floors.
    null
        The baseline to which the grey bar reaches; it begins at the leave-one-out floor.
    seed
        As the table writes it.

    Returns
    -------
    matplotlib.figure.Figure
        CRPS along x; a model on the left end of the bar is as good as the sibling sensors themselves.

    Raises
    ------
    NotApplicableError
        If no forecaster has a CRPS.
    """
    chosen = rows(scores, score="crps", cluster=ALL, seed=seed)
    chosen = chosen[np.isfinite(chosen["value"])]
    shown = forecasters_of(chosen, [SELF_INCLUDING, LEAVE_ONE_OUT, *forecasters])
    if not set(shown) & set(forecasters):
        raise NotApplicableError("no forecaster has a CRPS")
    cells = _cells(chosen)
    wide = chosen.pivot_table(index=["geology", "depth"], columns="forecaster", values="value")
    figure = new_figure(22 + 6 * len(cells), seed_label(seed))
    axes = figure.add_subplot()
    place = -np.arange(len(cells), dtype=float)
    values = {name: wide[name].reindex(cells).to_numpy(dtype=float) for name in shown}
    if null in values and LEAVE_ONE_OUT in values:
        first, last = values[LEAVE_ONE_OUT], values[null]
        axes.barh(place, last - first, left=first, height=0.55, color=LIGHT, lw=0, zorder=1)
    for name in shown:
        look = looks[name]
        floor = look.marker == "|"
        axes.plot(
            values[name],
            place,
            ls="",
            marker=look.marker,
            color=look.colour,
            ms=11 if floor else 4.5,
            mew=(1.8 if name == LEAVE_ONE_OUT else 0.7) if floor else 0.3,
            zorder=3,
        )
    axes.set_yticks(place, [cell_label(*cell) for cell in cells])
    axes.tick_params(axis="y", length=0)
    axes.set(xlabel=CRPS, ylim=(place[-1] - 0.6, 0.6))
    axes.set_xlim(left=0)
    axes.grid(axis="x", color=GREY, alpha=0.25, lw=0.4)
    axes.axhline(-0.5, color=GREY, lw=0.6)
    handles = [
        Line2D(
            [],
            [],
            ls="",
            marker=looks[name].marker,
            color=looks[name].colour,
            label=legend_label(name, 34),
            mew=1.8 if name == LEAVE_ONE_OUT else 0.7,
            ms=8 if looks[name].marker == "|" else 4.5,
        )
        for name in shown
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw all forecasters of the run, or the chosen one with the annual cycles."""
    scores = context.require("scores")
    names = context.forecasters
    cycles = [name for name in names if context.kind(name) == "annual_cycle"]
    if choice.forecaster is not None:
        chosen = context.ranked(choice)
        names = [name for name in names if name in {*chosen, *cycles}]
    worst = _worst(scores, cycles, context.seed_text(choice))
    return floor_and_baselines(scores, names, context.looks, worst, context.seed_text(choice))


def _worst(scores: pd.DataFrame, names: Sequence[str], seed: str) -> str | None:
    total = rows(scores, score="crps", cluster=ALL, geology=ALL, depth=ALL, seed=seed).set_index("forecaster")[
        "value"
    ]
    known = total.reindex(list(names)).dropna()
    return str(known.idxmax()) if len(known) else None


def _cells(chosen: pd.DataFrame) -> list[tuple[str, str]]:
    geologies, depths = geologies_of(chosen), depths_of(chosen)
    there = set(zip(chosen["geology"], chosen["depth"], strict=True))
    single = [(geology, depth) for geology in geologies for depth in depths if (geology, depth) in there]
    if len(single) > MOST_CELLS:
        single = [(geology, ALL) for geology in geologies] + [(ALL, depth) for depth in depths]
    return [(ALL, ALL), *(cell for cell in single if cell in there and cell != (ALL, ALL))]
