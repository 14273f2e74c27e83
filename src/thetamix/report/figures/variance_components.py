"""What the spread between replicates is made of: lasting offsets, passing disagreement, the instrument."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from thetamix.evaluation.estimates import ALL
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import depth_label, plain
from thetamix.report.figures.panels import Handle, legend_below, look_handle, name_ticks
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import BLACK, GREY, OBSERVED, SOIL_MOISTURE, Look, new_figure
from thetamix.report.figures.tables import cells_shown, forecasters_of, joined, seed_label
from thetamix.report.layouts.table_rows import rows

#: Components of the table, and what the legend calls them.
COMPONENTS = {"offset": "lasting offset", "transient": "passing disagreement", "instrument": "instrument (0.02²)"}
MOST = 3
MOST_GROUPS, MOST_DEPTHS = 4, 5
MILLI = 1000.0


@run_figure(
    "variance_components",
    title="What the spread is made of",
    caption="Above: the variance between replicates by depth: lasting offsets, passing disagreement and the "
    "instrument's noise; open bars: the total, where a forecaster does not tell them apart. Below: the "
    "root of the total against the moisture of the other replicates.",
    needs="variance_components.csv; series with two replicates",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the first forecasters with a density, or the chosen one, beside what was observed."""
    table, seed, looks = context.require("variance_components"), context.seed_text(choice), context.looks
    chosen = rows(table, seed=seed)
    chosen = chosen[np.isfinite(chosen["value"])]
    whole, by_state = chosen[chosen["state_low"].isna()], chosen[chosen["state_low"].notna()]
    shown = forecasters_of(chosen, [OBSERVED, *context.in_table(table, choice, MOST)])
    if not shown or whole.empty:
        raise NotApplicableError("no series has two replicates to take a variance apart")
    groups, depths, cut = cells_shown(whole, MOST_GROUPS, MOST_DEPTHS)
    figure = new_figure(125, joined(seed_label(seed), cut))
    panels = figure.subplots(2, len(groups), sharey="row", squeeze=False)
    for (above, below), group in zip(panels.T, groups, strict=True):
        _bars(above, rows(whole, group=group), shown, looks, depths)
        _states(below, rows(by_state, group=group, depth=ALL, component="total"), shown, looks)
        above.set_title("" if group == ALL else plain(group))
    panels[0, 0].set_ylabel("Variance [10⁻³ m⁶ m⁻⁶]")
    panels[1, 0].set_ylabel("Standard deviation between\nreplicates [m³ m⁻³]")
    panels[1, 0].set_ylim(bottom=0)
    handles: list[Handle] = [look_handle(looks[name], name) for name in shown]
    handles.append(Patch(facecolor="none", edgecolor=BLACK, label="total"))
    for component, word in COMPONENTS.items():
        fill = _fill(component, BLACK)
        handles.append(Patch(facecolor=fill["color"], edgecolor=BLACK, hatch=fill.get("hatch"), label=word))
    legend_below(figure, handles)
    return figure


def _bars(
    axes: Axes, table: pd.DataFrame, shown: Sequence[str], looks: Mapping[str, Look], depths: Sequence[str]
) -> None:
    width = 0.8 / len(shown)
    for number, name in enumerate(shown):
        x = np.arange(len(depths)) + (number + 0.5) * width - 0.4
        bottom = np.zeros(len(depths))
        of_name = rows(table, forecaster=name)
        for component in COMPONENTS:
            values = rows(of_name, component=component).set_index("depth")["value"].reindex(list(depths))
            tall = MILLI * values.to_numpy(dtype=float)
            axes.bar(x, tall, 0.9 * width, bottom, **_fill(component, looks[name].colour))
            bottom = bottom + np.nan_to_num(tall)
        # not every forecaster tells all components apart: the total is the open bar
        total = rows(of_name, component="total").set_index("depth").reindex(list(depths))
        tall = MILLI * total["value"].to_numpy(dtype=float)
        axes.bar(x, tall, 0.9 * width, fc="none", ec=looks[name].colour)
        axes.vlines(x, MILLI * total["low"], MILLI * total["high"], color=GREY, lw=0.8)
    name_ticks(axes, "x", np.arange(len(depths)), [depth_label(depth) for depth in depths])
    axes.set_xlim(-0.5, len(depths) - 0.5)


def _states(axes: Axes, table: pd.DataFrame, shown: Sequence[str], looks: Mapping[str, Look]) -> None:
    for name in shown:
        curve = rows(table, forecaster=name).sort_values("state_low")
        middle = 0.5 * (curve["state_low"] + curve["state_high"])
        sd, low, high = (np.sqrt(curve[column].clip(lower=0)) for column in ("value", "low", "high"))
        look = looks[name]
        axes.plot(middle, sd, color=look.colour, ls=look.line, marker=look.marker, ms=3)
        axes.fill_between(middle, low, high, color=look.colour, alpha=0.15, lw=0)
    axes.set_xlabel(SOIL_MOISTURE.replace("Soil moisture", "Moisture of the others"))


def _fill(component: str, colour: str) -> dict[str, Any]:
    if component == "instrument":
        return {"color": "white", "ec": colour, "hatch": "////"}
    light = tuple(0.4 * channel + 0.6 for channel in to_rgb(colour))
    return {"color": colour if component == "offset" else light, "ec": colour}
