"""Whether the predicted distributions mean what they say."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from thetamix.evaluation.estimates import ALL
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import legend_label, plain
from thetamix.report.figures.style import BLACK, CRPS, GREY, Look, new_figure, panel_letters, styled
from thetamix.report.figures.tables import cell_label, forecasters_of, joined, rows, seed_label

MOST = 5
#: Of the table's kinds: the labels of both axes.
LABELS = {
    "pit": ("PIT, F(reading) [–]", "Density [–]"),
    "coverage": ("Nominal central interval [–]", "Share of readings inside [–]"),
    "width": ("Nominal central interval [–]", "Mean width [m³ m⁻³]"),
    "reliability": ("Forecast probability of falling\nbelow a threshold [–]", "Observed frequency [–]"),
    "spread_error": (
        "Predicted standard\ndeviation [m³ m⁻³]",
        "RMSE of the expectation\nto the readings [m³ m⁻³]",
    ),
}


@styled
def calibration(
    table: pd.DataFrame,
    decomposition: pd.DataFrame | None,
    forecasters: Sequence[str],
    looks: Mapping[str, Look],
    seed: str,
    depth: str = ALL,
) -> Figure:
    """Draw calibration.

    Parameters
    ----------
    table
        ``calibration.csv``.
    decomposition
        ``crps_decomposition.csv``; None where there is none.
    forecasters
        Which, in order.
    looks
        Of them.
    seed, depth
        As the tables write them.

    Returns
    -------
    matplotlib.figure.Figure
        Histogram of the probability integral transform, coverage and width of central intervals, reliability of
        probabilities, error against spread, with bands where the table has them; dotted: perfect calibration. The
        last panel takes the CRPS apart.

    Raises
    ------
    NotApplicableError
        If no forecaster has a calibration there.
    """
    chosen = rows(table, geology=ALL, depth=depth, seed=seed)
    chosen = chosen[np.isfinite(chosen["value"])]
    shown = forecasters_of(chosen, forecasters)
    if not shown:
        raise NotApplicableError("no forecaster with a density has a calibration there")
    figure = new_figure(125, joined(cell_label(ALL, depth), seed_label(seed)))
    panels = figure.subplots(2, 3).ravel()
    for axes, (kind, (across, up)) in zip(panels, LABELS.items(), strict=False):
        of_kind = rows(chosen, kind=kind)
        for name in shown:
            mine = rows(of_kind, forecaster=name).sort_values("x")
            _curve(axes, mine, looks[name], steps=kind == "pit")
        axes.set(xlabel=across, ylabel=up)
        _ideal(axes, kind, of_kind)
    taken_apart = None if decomposition is None else rows(decomposition, geology=ALL, depth=depth, seed=seed)
    if taken_apart is None or taken_apart.empty:
        panels[5].set_visible(False)
    else:
        _decomposition(panels[5], taken_apart.set_index("forecaster").reindex(shown), looks)
    panel_letters([axes for axes in panels if axes.get_visible()])
    handles: list[Line2D | Patch] = [
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
    handles.append(Line2D([], [], color=BLACK, ls=":", lw=0.8, label="perfectly calibrated"))
    if panels[5].get_visible():
        handles += [
            Patch(facecolor=GREY, edgecolor=GREY, label="f: miscalibration"),
            Patch(facecolor="white", edgecolor=GREY, hatch="////", label="f: resolution"),
            Line2D([], [], color=GREY, ls="--", lw=0.8, label="f: uncertainty"),
        ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the first forecasters with a density, or the chosen one; all depths, or the chosen one."""
    table = context.require("calibration")
    names = forecasters_of(table, context.ranked(choice))[:MOST]
    depth = ALL if choice.depth is None else f"{choice.depth:g}"
    decomposition = context.table("crps_decomposition")
    return calibration(table, decomposition, names, context.looks, context.seed_text(choice), depth)


def _curve(axes: Axes, mine: pd.DataFrame, look: Look, *, steps: bool) -> None:
    x, value, low, high = (mine[column].to_numpy(dtype=float) for column in ("x", "value", "low", "high"))
    if steps:
        axes.step(x, value, where="mid", color=look.colour, ls=look.line)
        axes.fill_between(x, low, high, step="mid", color=look.colour, alpha=0.15, lw=0)
    else:
        axes.plot(x, value, color=look.colour, ls=look.line, marker=look.marker, ms=3)
        axes.fill_between(x, low, high, color=look.colour, alpha=0.15, lw=0)


def _ideal(axes: Axes, kind: str, of_kind: pd.DataFrame) -> None:
    if kind == "pit":
        axes.axhline(1, color=BLACK, ls=":", lw=0.8)
        axes.set(ylim=(0, None), xlim=(0, 1))
    elif kind == "width":
        axes.set(ylim=(0, None), xlim=(0, 1))
    else:
        top = 1.0 if kind != "spread_error" or of_kind.empty else float(of_kind[["x", "value"]].max().max()) * 1.1
        axes.plot([0, top], [0, top], color=BLACK, ls=":", lw=0.8)
        axes.set(xlim=(0, top), ylim=(0, top))


def _decomposition(axes: Axes, table: pd.DataFrame, looks: Mapping[str, Look]) -> None:
    """Draw miscalibration and resolution; CRPS = miscalibration − resolution + uncertainty."""
    place = -np.arange(len(table), dtype=float)
    for y, (name, row) in zip(place, table.iterrows(), strict=True):
        colour = looks[str(name)].colour
        axes.barh(y + 0.2, row["reliability"], 0.36, color=colour, ec=colour)
        axes.barh(y - 0.2, row["resolution"], 0.36, color="white", ec=colour, hatch="////")
    known = table["uncertainty"].dropna()
    if len(known):
        axes.axvline(float(known.iloc[0]), color=GREY, ls="--", lw=0.8)
    axes.set_yticks(place, [plain(name, 14) for name in table.index])
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(f"Parts of the {CRPS}")
