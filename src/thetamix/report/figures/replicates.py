"""How well replicates agree: their correlation, and how far apart they lie."""

import numpy as np
from matplotlib.figure import Figure

from thetamix.evaluation.estimates import ALL
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import depth_label, plain
from thetamix.report.figures.panels import panel_grid
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import BLACK, GREY, depth_colours, new_figure
from thetamix.report.figures.tables import few, groups_of, left_out
from thetamix.report.layouts.table_rows import rows

MOST_GROUPS = 6
STRONG = 0.9  # the correlation that most clusters of the paper exceed (its section 2.1.1)


@run_figure(
    "replicates",
    title="How replicates agree",
    caption="Pairs of replicates of one series: their correlation in time against the size of their mean "
    "difference, by {group} and depth. Dotted: a correlation of 0.9.",
    needs="replicate_correlation.csv",
)
def draw(context: FigureContext, _choice: Choice) -> Figure:
    """Draw all pairs of the run, a panel a group."""
    table = context.require("replicate_correlation")
    pairs = table[np.isfinite(table["correlation"]) & np.isfinite(table["offset"])]
    if pairs.empty:
        raise NotApplicableError("no two replicates of a series were read at the same times")
    groups = groups_of(pairs)
    shown = few(groups, MOST_GROUPS)
    columns = min(len(shown), 3)
    lines = -(-len(shown) // columns)
    figure = new_figure(15 + 62 * lines, left_out(len(groups), len(shown), "groups"))
    panels = panel_grid(figure, len(shown), columns, shared=True)
    colours = depth_colours(len(context.depths))
    for axes, group in zip(panels, shown, strict=True):
        for depth, colour, marker in zip(context.depths, colours, "o^sDvPX<>phd", strict=False):
            points = rows(pairs, group=group, depth=depth)
            axes.plot(
                points["offset"].abs(),
                points["correlation"],
                ls="",
                marker=marker,
                color=colour,
                mec=BLACK,
                mew=0.3,
                ms=4,
                label=depth_label(depth),
                rasterized=len(pairs) > 2000,
            )
        axes.axhline(STRONG, color=GREY, lw=0.6, ls=":")
        axes.set_title("" if group == ALL else plain(group))
    figure.supxlabel("Size of the mean difference of two replicates [m³ m⁻³]", fontsize=8)
    figure.supylabel("Correlation of two replicates in time [–]", fontsize=8)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", title="Depth")
    return figure
