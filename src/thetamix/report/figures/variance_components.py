"""What the spread between replicates is made of: lasting offsets, passing disagreement, the instrument."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from thetamix.evaluation.estimates import ALL
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import depth_label, legend_label, plain
from thetamix.report.figures.style import BLACK, GREY, OBSERVED, SOIL_MOISTURE, Look, new_figure, styled
from thetamix.report.figures.tables import (
    depths_of,
    few,
    forecasters_of,
    geologies_of,
    joined,
    left_out,
    rows,
    seed_label,
)

COMPONENTS = ("offset", "transient", "instrument")
MOST = 3
MOST_GEOLOGIES, MOST_DEPTHS = 4, 5
MILLI = 1000.0


@styled
def variance_components(
    table: pd.DataFrame, forecasters: Sequence[str], looks: Mapping[str, Look], seed: str
) -> Figure:
    """Draw the components of variance.

    Parameters
    ----------
    table
        ``variance_components.csv``.
    forecasters
        Which, in order; ``observed`` is always shown.
    looks
        Of them and of ``observed``.
    seed
        As the table writes it.

    Returns
    -------
    matplotlib.figure.Figure
        A column a geology. Above: bars by depth, components stacked. Below: the root of the total against the
        moisture of the other replicates.

    Raises
    ------
    NotApplicableError
        If the table has no component.
    """
    chosen = rows(table, seed=seed)
    chosen = chosen[np.isfinite(chosen["value"])]
    whole, by_state = chosen[chosen["state_low"].isna()], chosen[chosen["state_low"].notna()]
    shown = forecasters_of(chosen, [OBSERVED, *forecasters])
    if not shown or whole.empty:
        raise NotApplicableError("no series has two replicates to take a variance apart")
    geologies = geologies_of(whole)
    columns = few(geologies, MOST_GEOLOGIES)
    depths = few(depths_of(whole), MOST_DEPTHS)
    subject = joined(
        seed_label(seed),
        left_out(len(geologies), len(columns), "geologies"),
        left_out(len(depths_of(whole)), len(depths), "depths"),
    )
    figure = new_figure(125, subject)
    panels = figure.subplots(2, len(columns), sharey="row", squeeze=False)
    for (above, below), geology in zip(panels.T, columns, strict=True):
        _bars(above, rows(whole, geology=geology), shown, looks, depths)
        _states(below, rows(by_state, geology=geology, depth=ALL, component="total"), shown, looks)
        above.set_title("" if geology == ALL else plain(geology))
    panels[0, 0].set_ylabel("Variance [10⁻³ m⁶ m⁻⁶]")
    panels[1, 0].set_ylabel("Standard deviation between\nreplicates [m³ m⁻³]")
    panels[1, 0].set_ylim(bottom=0)
    figure.legend(handles=_handles(shown, looks), loc="outside lower center", ncols=4)
    return figure


def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the first forecasters with a density, or the chosen one, beside what was observed."""
    table = context.require("variance_components")
    names = forecasters_of(table, context.ranked(choice))[:MOST]
    return variance_components(table, names, context.looks, context.seed_text(choice))


def _bars(
    axes: Axes, table: pd.DataFrame, shown: Sequence[str], looks: Mapping[str, Look], depths: Sequence[str]
) -> None:
    width = 0.8 / len(shown)
    for number, name in enumerate(shown):
        place = np.arange(len(depths)) + (number + 0.5) * width - 0.4
        bottom = np.zeros(len(depths))
        mine = rows(table, forecaster=name)
        for component in COMPONENTS:
            values = rows(mine, component=component).set_index("depth")["value"].reindex(list(depths))
            tall = MILLI * values.to_numpy(dtype=float)
            axes.bar(place, tall, 0.9 * width, bottom, **_fill(component, looks[name].colour))
            bottom = bottom + np.nan_to_num(tall)
        # not every forecaster tells all components apart: the total is the open bar
        total = rows(mine, component="total").set_index("depth").reindex(list(depths))
        tall = MILLI * total["value"].to_numpy(dtype=float)
        axes.bar(place, tall, 0.9 * width, fc="none", ec=looks[name].colour)
        axes.vlines(place, MILLI * total["low"], MILLI * total["high"], color=GREY, lw=0.8)
    axes.set_xticks(np.arange(len(depths)), [depth_label(depth) for depth in depths])
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.5, len(depths) - 0.5)


def _states(axes: Axes, table: pd.DataFrame, shown: Sequence[str], looks: Mapping[str, Look]) -> None:
    for name in shown:
        mine = rows(table, forecaster=name).sort_values("state_low")
        middle = 0.5 * (mine["state_low"] + mine["state_high"])
        sd, low, high = (np.sqrt(mine[column].clip(lower=0)) for column in ("value", "low", "high"))
        look = looks[name]
        axes.plot(middle, sd, color=look.colour, ls=look.line, marker=look.marker, ms=3)
        axes.fill_between(middle, low, high, color=look.colour, alpha=0.15, lw=0)
    axes.set_xlabel(SOIL_MOISTURE.replace("Soil moisture", "Moisture of the others"))


def _fill(component: str, colour: str) -> dict[str, Any]:
    if component == "instrument":
        return {"color": "white", "ec": colour, "hatch": "////"}
    light = tuple(0.4 * channel + 0.6 for channel in to_rgb(colour))
    return {"color": colour if component == "offset" else light, "ec": colour}


def _handles(shown: Sequence[str], looks: Mapping[str, Look]) -> list[Line2D | Patch]:
    words = ("lasting offset", "passing disagreement", "instrument (0.02²)")
    lines: list[Line2D | Patch] = [
        Line2D(
            [],
            [],
            color=looks[name].colour,
            ls=looks[name].line,
            marker=looks[name].marker,
            ms=4,
            label=legend_label(name),
        )
        for name in shown
    ]
    fills = [_fill(component, BLACK) for component in COMPONENTS]
    lines.append(Patch(facecolor="none", edgecolor=BLACK, label="total"))
    return lines + [
        Patch(facecolor=fill["color"], edgecolor=BLACK, hatch=fill.get("hatch"), label=word)
        for fill, word in zip(fills, words, strict=True)
    ]
