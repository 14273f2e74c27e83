"""How wide the belts are in dry, middling and wet soil, at equal footing with the sensors."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import legend_label
from thetamix.report.figures.panels import Handle, empty, legend_below, look_handle
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import BELT, BLACK, LIGHT, new_figure
from thetamix.report.figures.tables import cell_label, cells_shown, forecasters_of, joined, seed_label
from thetamix.report.layouts.table_rows import rows

MOST = 3
FEWEST = 30  # belts: a median of fewer says little


@run_figure(
    "belt_by_state",
    title="Belts in dry and wet soil",
    caption="Median belt against the moisture of a replicate that is left out of it. Black with grey quartiles: "
    "observed. In colour: matched, that is of as many readings drawn from the prediction as there are "
    "sensors.",
    needs="belt_by_state.csv; series with three replicates",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the first forecasters with a density, or the chosen one; all depths, or the chosen one."""
    table, seed, looks = context.require("belt_by_state"), context.seed_text(choice), context.looks
    if choice.depth is not None:
        table = rows(table, depth=f"{choice.depth:g}")
    chosen = rows(table, seed=seed, state_kind="leave_one_out")
    chosen = chosen[chosen["n"] >= FEWEST]
    observed, matched = rows(chosen, kind="observed"), rows(chosen, kind="matched")
    shown = forecasters_of(matched, context.in_table(table, choice, MOST))
    if observed.empty or not shown:
        raise NotApplicableError("no series has enough replicates for a belt without one of them")
    groups, depths, cut = cells_shown(observed)
    figure = new_figure(28 + 45 * len(groups), joined(seed_label(seed), cut))
    panels = figure.subplots(len(groups), len(depths), sharex=True, sharey=True, squeeze=False)
    for line, group in zip(panels, groups, strict=True):
        for axes, depth in zip(line, depths, strict=True):
            _observed(axes, rows(observed, group=group, depth=depth))
            for name in shown:
                curve = rows(matched, group=group, depth=depth, forecaster=name).sort_values("state_low")
                look = looks[name]
                x = 0.5 * (curve["state_low"] + curve["state_high"]).to_numpy(dtype=float)
                axes.plot(x, curve["q50"], color=look.colour, ls=look.line, marker=look.marker, ms=3)
            axes.set_title(cell_label(group, depth))
    panels[0, 0].set_ylim(bottom=0)
    for axes in panels[-1]:
        axes.set_xlabel("Moisture of the left-out\nreplicate [m³ m⁻³]")
    figure.supylabel(BELT, fontsize=8)
    handles: list[Handle] = [
        Line2D([], [], color=BLACK, marker="o", ms=3, label="observed, median"),
        Patch(color=LIGHT, lw=0, label="observed, quartiles"),
    ]
    handles += [look_handle(looks[name], name, ms=3, label=f"{legend_label(name)}, matched") for name in shown]
    legend_below(figure, handles, 3)
    return figure


def _observed(axes: Axes, table: pd.DataFrame) -> None:
    if table.empty:
        empty(axes, f"no state with {FEWEST} belts")
        return
    curve = table.sort_values("state_low")
    x, low, middle, high = (curve[column].to_numpy(dtype=float) for column in ("state_low", "q25", "q50", "q75"))
    x = x + 0.5 * np.asarray(curve["state_high"] - curve["state_low"], dtype=float)
    axes.fill_between(x, low, high, color=LIGHT, lw=0)
    axes.plot(x, middle, color=BLACK, marker="o", ms=3)
