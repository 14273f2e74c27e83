"""Which share of each cluster's readings carries which quality flag."""

import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import depth_label, plain
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import BLACK, new_figure
from thetamix.report.figures.tables import few, left_out

MOST_ROWS = 60
LEAST = 1e-4  # shares below a hundredth of a percent have the lightest colour


@run_figure(
    "quality",
    title="Quality flags",
    caption="Share of the readings that carry a flag, by cluster and, within each flag, by depth from the surface"
    " down. White: none.",
    needs="quality.csv",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the flags of the network, or of the chosen cluster."""
    table = context.require("quality")
    clusters = context.clusters if choice.cluster is None else [choice.cluster]
    table = table[table["cluster"].isin(clusters)]
    flags = sorted(set(table.loc[table["share"] > 0, "flag"]))
    if not flags:
        raise NotApplicableError("no reading carries a quality flag")
    depths = sorted(set(table["depth"]), key=float)
    columns = pd.MultiIndex.from_product([flags, depths])
    lines = few(clusters, MOST_ROWS)
    shares = table.pivot_table(index="cluster", columns=["flag", "depth"], values="share")
    values = shares.reindex(index=lines, columns=columns).fillna(0.0).to_numpy(dtype=float)
    figure = new_figure(30 + 4.2 * len(lines), left_out(len(clusters), len(lines), "clusters"))
    axes = figure.add_subplot()
    image = axes.imshow(
        100 * np.where(values > 0, np.maximum(values, LEAST), np.nan),
        norm=LogNorm(100 * LEAST, 100),
        cmap="cividis_r",
        aspect="auto",
        interpolation="nearest",
        rasterized=True,
    )
    axes.set_yticks(np.arange(len(lines)), [plain(name, 24) for name in lines])
    middles = [len(depths) * (i + 0.5) - 0.5 for i in range(len(flags))]
    axes.set_xticks(middles, [plain(flag, 12) for flag in flags])
    for border in range(1, len(flags)):
        axes.axvline(len(depths) * border - 0.5, color=BLACK, lw=0.6)
    axes.tick_params(length=0)
    axes.set(xlabel=f"Flag; within it {', '.join(depth_label(depth) for depth in depths)}", ylabel="Cluster")
    figure.colorbar(image, ax=axes, pad=0.01, aspect=30).set_label("Flagged readings [%]")
    return figure
