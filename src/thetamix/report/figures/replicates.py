"""How well replicates agree: their correlation, and how far apart they lie."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from thetamix.evaluation.estimates import ALL
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import depth_label, plain
from thetamix.report.figures.style import BLACK, GREY, depth_colours, new_figure, styled
from thetamix.report.figures.tables import few, geologies_of, left_out

MOST_GEOLOGIES = 6
STRONG = 0.9  # the correlation that most clusters of the paper exceed (its section 2.1.1)


@styled
def replicates(table: pd.DataFrame, depths: Sequence[str]) -> Figure:
    """Draw pairs of replicates.

    Parameters
    ----------
    table
        ``replicate_correlation.csv``: a row a pair of replicates.
    depths
        All depths of the network, in order, as the table writes them.

    Returns
    -------
    matplotlib.figure.Figure
        A panel a geology, a point a pair: correlation in time against the size of the mean difference.

    Raises
    ------
    NotApplicableError
        If no pair has a correlation.
    """
    known = table[np.isfinite(table["correlation"]) & np.isfinite(table["offset"])]
    if known.empty:
        raise NotApplicableError("no two replicates of a series were read at the same times")
    geologies = geologies_of(known)
    shown = few(geologies, MOST_GEOLOGIES)
    columns = min(len(shown), 3)
    lines = -(-len(shown) // columns)
    figure = new_figure(15 + 62 * lines, left_out(len(geologies), len(shown), "geologies"))
    panels = np.array(figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)).ravel()
    colours = depth_colours(len(depths))
    for axes, geology in zip(panels, shown, strict=False):
        for depth, colour, marker in zip(depths, colours, "o^sDvPX<>phd", strict=False):
            mine = known[(known["geology"] == geology) & (known["depth"] == depth)]
            axes.plot(
                mine["offset"].abs(),
                mine["correlation"],
                ls="",
                marker=marker,
                color=colour,
                mec=BLACK,
                mew=0.3,
                ms=4,
                label=depth_label(depth),
                rasterized=len(known) > 2000,
            )
        axes.axhline(STRONG, color=GREY, lw=0.6, ls=":")
        axes.set_title("" if geology == ALL else plain(geology))
    for axes in panels[len(shown) :]:
        axes.set_visible(False)
    figure.supxlabel("Size of the mean difference of two replicates [m³ m⁻³]", fontsize=8)
    figure.supylabel("Correlation of two replicates in time [–]", fontsize=8)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", title="Depth")
    return figure


def draw(context: FigureContext, _choice: Choice) -> Figure:
    """Draw all pairs of the run."""
    return replicates(context.require("replicate_correlation"), context.depths)
