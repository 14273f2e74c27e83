"""Which share of each cluster's readings carries which quality flag."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import depth_label, plain
from thetamix.report.figures.style import BLACK, new_figure, styled
from thetamix.report.figures.tables import few, left_out

MOST_ROWS = 60
LEAST = 1e-4  # shares below a hundredth of a percent have the lightest colour


@styled
def quality(table: pd.DataFrame, clusters: Sequence[str]) -> Figure:
    """Draw shares of flagged readings.

    Parameters
    ----------
    table
        Columns flag, cluster, depth, share (0 to 1); a row that is absent has no such flag.
    clusters
        In the order of the network.

    Returns
    -------
    matplotlib.figure.Figure
        A line a cluster, a column a flag and within it a column a depth.

    Raises
    ------
    NotApplicableError
        If no reading carries a flag.
    """
    shares = table.pivot_table(index="cluster", columns=["flag", "depth"], values="share")
    found = sorted({flag for flag in table["flag"] if (table.loc[table["flag"] == flag, "share"] > 0).any()})
    if not found:
        raise NotApplicableError("no reading carries a quality flag")
    depths = sorted(set(table["depth"]), key=float)
    columns = [(flag, depth) for flag in found for depth in depths]
    lines = few(clusters, MOST_ROWS)
    values = shares.reindex(index=lines, columns=pd.MultiIndex.from_tuples(columns)).fillna(0.0).to_numpy(dtype=float)
    figure = new_figure(30 + 4.2 * len(lines), left_out(len(clusters), len(lines), "clusters"))
    axes = figure.add_subplot()
    percent = 100 * np.where(values > 0, np.maximum(values, LEAST), np.nan)
    image = axes.imshow(
        percent,
        norm=LogNorm(100 * LEAST, 100),
        cmap="cividis_r",
        aspect="auto",
        interpolation="nearest",
        rasterized=True,
    )
    axes.set_yticks(np.arange(len(lines)), [plain(name, 24) for name in lines])
    middles = [len(depths) * (i + 0.5) - 0.5 for i in range(len(found))]
    axes.set_xticks(middles, [plain(flag, 12) for flag in found])
    for border in range(1, len(found)):
        axes.axvline(len(depths) * border - 0.5, color=BLACK, lw=0.6)
    axes.tick_params(length=0)
    axes.set(xlabel=f"Flag; within it {', '.join(depth_label(depth) for depth in depths)}", ylabel="Cluster")
    bar = figure.colorbar(image, ax=axes, pad=0.01, aspect=30)
    bar.set_label("Flagged readings [%]")
    return figure


def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the flags of the network, or of the chosen cluster."""
    table = context.require("quality")
    clusters = context.clusters if choice.cluster is None else [choice.cluster]
    return quality(table[table["cluster"].isin(clusters)], clusters)
