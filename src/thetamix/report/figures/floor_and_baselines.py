"""From the floor over the models to the annual cycles: how much there is to gain, and how much of it is gained."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.floor import LEAVE_ONE_OUT, SELF_INCLUDING
from thetamix.evaluation.study_facts import named
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.panels import legend_below, look_handle, name_ticks, value_lines
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import CRPS, GREY, LIGHT, new_figure
from thetamix.report.figures.tables import cell_label, depths_of, forecasters_of, groups_of, seed_label
from thetamix.report.layouts.table_rows import rows

#: More group × depth cells than this are left to their groups and depths.
MOST_CELLS = 24


@run_figure(
    "floor_and_baselines",
    title="From the floor to the baselines",
    caption="CRPS of all forecasters, for all series and for each {group} and depth; low is good. The thick grey "
    "mark is the leave-one-out floor: how well the other sensors of the same cluster foretell a sensor at"
    " that very time. The grey bar reaches from it to the worse annual cycle: what there is to gain.",
    needs="scores.csv",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw all forecasters of the run, or the chosen one with the annual cycles."""
    seed, cycles, looks = context.seed_text(choice), named(context.study, "null"), context.looks
    names = context.forecasters
    if choice.forecaster is not None:
        names = [name for name in names if name in {*context.ranked(choice), *cycles}]
    chosen = rows(context.require("scores"), score="crps", cluster=ALL, seed=seed)
    chosen = chosen[np.isfinite(chosen["value"])]
    shown = forecasters_of(chosen, [SELF_INCLUDING, LEAVE_ONE_OUT, *names])
    if not set(shown) & set(names):
        raise NotApplicableError("no forecaster has a CRPS")
    cells = _cells(chosen)
    wide = chosen.pivot_table(index=["group", "depth"], columns="forecaster", values="value").reindex(cells)
    figure = new_figure(22 + 6 * len(cells), seed_label(seed))
    axes = figure.add_subplot()
    heights = -np.arange(len(cells), dtype=float)
    values = {name: wide[name].to_numpy(dtype=float) for name in shown}
    worst = wide.loc[(ALL, ALL), [name for name in cycles if name in wide]].dropna()
    if len(worst) and LEAVE_ONE_OUT in values:
        first, last = values[LEAVE_ONE_OUT], values[str(worst.idxmax())]
        axes.barh(heights, last - first, left=first, height=0.55, color=LIGHT, lw=0, zorder=1)
    handles = []
    for name in shown:
        look, is_floor = looks[name], looks[name].marker == "|"
        axes.plot(
            values[name],
            heights,
            ls="",
            marker=look.marker,
            color=look.colour,
            ms=11 if is_floor else 4.5,
            mew=(1.8 if name == LEAVE_ONE_OUT else 0.7) if is_floor else 0.3,
            zorder=3,
        )
        wide_mark = 1.8 if name == LEAVE_ONE_OUT else 0.7
        handles.append(look_handle(look, name, ls="", mew=wide_mark, ms=8 if is_floor else 4.5))
    name_ticks(axes, "y", heights, [cell_label(*cell) for cell in cells])
    axes.set(xlabel=CRPS, ylim=(heights[-1] - 0.6, 0.6))
    axes.set_xlim(left=0)
    value_lines(axes, "x")
    axes.axhline(-0.5, color=GREY, lw=0.6)
    legend_below(figure, handles, 3)
    return figure


def _cells(chosen: pd.DataFrame) -> list[tuple[str, str]]:
    groups, depths = groups_of(chosen), depths_of(chosen)
    there = set(zip(chosen["group"], chosen["depth"], strict=True))
    single = [(group, depth) for group in groups for depth in depths if (group, depth) in there]
    if len(single) > MOST_CELLS:
        single = [(group, ALL) for group in groups] + [(ALL, depth) for depth in depths]
    return [(ALL, ALL), *(cell for cell in single if cell in there and cell != (ALL, ALL))]
