"""How wide the belts are in dry, middling and wet soil, at equal footing with the sensors."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import legend_label
from thetamix.report.figures.style import BELT, BLACK, LIGHT, OBSERVED, Look, empty, new_figure, styled
from thetamix.report.figures.tables import (
    cell_label,
    depths_of,
    few,
    forecasters_of,
    geologies_of,
    joined,
    left_out,
    rows,
    seed_label,
)

MOST = 3
MOST_ROWS, MOST_COLUMNS = 4, 4
FEWEST = 30  # belts: a median of fewer says little


@styled
def belt_by_state(table: pd.DataFrame, forecasters: Sequence[str], looks: Mapping[str, Look], seed: str) -> Figure:
    """Draw belts against the moisture of the replicate that is left out of them.

    Parameters
    ----------
    table
        ``belt_by_state.csv``.
    forecasters
        Which, in order.
    looks
        Of them.
    seed
        As the table writes it.

    Returns
    -------
    matplotlib.figure.Figure
        A panel a geology × depth: the median of the observed belts with their quartiles as a band, and the medians of
        the matched belts: of as many readings drawn from the prediction as there are sensors.

    Raises
    ------
    NotApplicableError
        If the table has no belt.
    """
    chosen = rows(table, seed=seed, state_kind="leave_one_out")
    chosen = chosen[chosen["n"] >= FEWEST]
    observed, matched = rows(chosen, kind="observed"), rows(chosen, kind="matched")
    shown = forecasters_of(matched, forecasters)
    if observed.empty or not shown:
        raise NotApplicableError("no series has enough replicates for a belt without one of them")
    geologies, depths = geologies_of(observed), depths_of(observed)
    lines, columns = few(geologies, MOST_ROWS), few(depths, MOST_COLUMNS)
    subject = joined(
        seed_label(seed),
        left_out(len(geologies), len(lines), "geologies"),
        left_out(len(depths), len(columns), "depths"),
    )
    figure = new_figure(28 + 45 * len(lines), subject)
    panels = figure.subplots(len(lines), len(columns), sharex=True, sharey=True, squeeze=False)
    for i, geology in enumerate(lines):
        for j, depth in enumerate(columns):
            axes = panels[i, j]
            _observed(axes, rows(observed, geology=geology, depth=depth))
            for name in shown:
                mine = rows(matched, geology=geology, depth=depth, forecaster=name).sort_values("state_low")
                look = looks[name]
                x = 0.5 * (mine["state_low"] + mine["state_high"]).to_numpy(dtype=float)
                axes.plot(x, mine["q50"], color=look.colour, ls=look.line, marker=look.marker, ms=3)
            axes.set_title(cell_label(geology, depth))
    panels[0, 0].set_ylim(bottom=0)
    for axes in panels[-1]:
        axes.set_xlabel("Moisture of the left-out\nreplicate [m³ m⁻³]")
    figure.supylabel(BELT, fontsize=8)
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=BLACK, marker="o", ms=3, label="observed, median"),
        Patch(color=LIGHT, lw=0, label="observed, quartiles"),
    ]
    handles += [
        Line2D(
            [],
            [],
            color=looks[name].colour,
            ls=looks[name].line,
            marker=looks[name].marker,
            ms=3,
            label=f"{legend_label(name)}, matched",
        )
        for name in shown
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the first forecasters with a density, or the chosen one; all depths, or the chosen one."""
    table = context.require("belt_by_state")
    if choice.depth is not None:
        table = rows(table, depth=f"{choice.depth:g}")
    names = [name for name in forecasters_of(table, context.ranked(choice)) if name != OBSERVED][:MOST]
    return belt_by_state(table, names, context.looks, context.seed_text(choice))


def _observed(axes: Axes, table: pd.DataFrame) -> None:
    if table.empty:
        empty(axes, f"no state with {FEWEST} belts")
        return
    mine = table.sort_values("state_low")
    x, low, middle, high = (mine[column].to_numpy(dtype=float) for column in ("state_low", "q25", "q50", "q75"))
    x = x + 0.5 * np.asarray(mine["state_high"] - mine["state_low"], dtype=float)
    axes.fill_between(x, low, high, color=LIGHT, lw=0)
    axes.plot(x, middle, color=BLACK, marker="o", ms=3)
