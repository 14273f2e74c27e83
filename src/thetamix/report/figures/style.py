"""What all figures share: size, colours, axes, and how they are saved.

Colours are Okabe and Ito's (2008, Color Universal Design), which all kinds of colour vision tell apart, then Tol's.
What was read is black and brown, what is predicted has a colour: the same forecaster has the same one in every figure
of a run.
"""

import functools
import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib
import numpy as np
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure

from thetamix.evaluation.floor import LEAVE_ONE_OUT, SELF_INCLUDING
from thetamix.report.figures.labels import FONT
from thetamix.system.files import atomic_path

P = ParamSpec("P")
R = TypeVar("R")

WIDTH = 180.0  # [mm] of a printed page's text
DPI = 200
SOIL_MOISTURE = "Soil moisture [m³ m⁻³]"
BELT = "Belt Q80 − Q20 [m³ m⁻³]"
DENSITY = "Density [(m³ m⁻³)⁻¹]"
CRPS = "CRPS [m³ m⁻³]"
OBSERVED = "observed"

BLACK, GREY, LIGHT = "#000000", "#767676", "#D4D4D4"
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILLION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
RAIN = "#3B7DA8"
TRAINED, EVALUATED = "#BFD9EA", "#0B4F78"

# Four of Tol's "muted" follow for runs with many forecasters; lines and markers tell them apart as well.
_FORECASTERS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, "#332288", "#882255", "#999933", "#44AA99")
_LINES: tuple[Any, ...] = ("-", (0, (5, 1)), (0, (1, 1)), (0, (5, 1, 1, 1)))
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*")
_REPLICATES = ("#3D2B1F", "#A0622D", "#D2A56D", "#6B6B3A", "#8C7A6B", "#B5A642")
_GEOLOGY = (PURPLE, ORANGE, SKY, GREEN, YELLOW, GREY)

STYLE: Any = {
    "font.family": FONT,
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "figure.titlesize": 9,
    "figure.dpi": 100,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.0,
    "patch.linewidth": 0.6,
    "hatch.linewidth": 0.5,
    "pdf.fonttype": 42,
    "text.usetex": False,
    "date.epoch": "1970-01-01T00:00:00",
}


@dataclass(frozen=True)
class Look:
    """How one thing is drawn: colour, line style, marker."""

    colour: str
    line: Any
    marker: str


def looks(forecasters: Sequence[str]) -> dict[str, Look]:
    """Return the looks of forecasters, by their order in the study; what was observed is black, floors are grey.

    Parameters
    ----------
    forecasters
        Names, all of the study and in its order, whatever a figure shows of them.

    Returns
    -------
    dict of Look
        By name.

    Examples
    --------
    >>> looks(["condLSTM", "3G-LSTM"])["3G-LSTM"].colour
    '#D55E00'
    """
    given = {
        OBSERVED: Look(BLACK, "-", "o"),
        LEAVE_ONE_OUT: Look(GREY, "-", "|"),
        SELF_INCLUDING: Look(GREY, (0, (1, 1.2)), "|"),
    }
    for number, name in enumerate(forecasters):
        colour, line = _FORECASTERS[number % len(_FORECASTERS)], _LINES[number % len(_LINES)]
        given[name] = Look(colour, line, _MARKERS[number % len(_MARKERS)])
    return given


def replicate_colours(number: int) -> list[str]:
    """Return the colours of replicates: browns that differ in lightness."""
    return [_REPLICATES[i % len(_REPLICATES)] for i in range(number)]


def group_looks(names: Sequence[str]) -> dict[str, Look]:
    """Return the looks of groups, in alphabetical order; no two of 72 have the same colour and marker."""
    ordered = sorted(set(names))
    markers = len(_MARKERS)
    return {
        name: Look(_GEOLOGY[i % len(_GEOLOGY)], _LINES[0], _MARKERS[(i + i // markers) % markers])
        for i, name in enumerate(ordered)
    }


def depth_colours(number: int) -> list[Any]:
    """Return the colours of depths, from light at the surface to dark below."""
    colours = matplotlib.colormaps["cividis"](np.linspace(0.8, 0.0, max(number, 1)))
    return [tuple(colour) for colour in colours[:number]]


def shades(colour: str) -> Colormap:
    """Make the colour map from white to a colour, for densities."""
    return LinearSegmentedColormap.from_list("density", ["#FFFFFF", colour])


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function that makes a figure: within it, matplotlib has our settings."""

    @functools.wraps(function)
    def within(*args: P.args, **kwargs: P.kwargs) -> R:
        with matplotlib.rc_context(STYLE):
            return function(*args, **kwargs)

    return within


def new_figure(height: float, subject: str = "", *, width: float = WIDTH) -> Figure:
    """Make an empty figure, as wide as a page unless told.

    Parameters
    ----------
    height
        [mm].
    subject
        Which series, forecaster, seed it is of; stands at the top. Made of parts that went through
        :func:`thetamix.report.figures.labels.plain`.
    width
        [mm].

    Returns
    -------
    matplotlib.figure.Figure
        With constrained layout.
    """
    figure = Figure(figsize=(width / 25.4, height / 25.4), dpi=100, layout="constrained")
    if subject:
        figure.suptitle(subject)
    return figure


def save(figure: Figure, path: Path, *, pdf: bool) -> tuple[Path, Path | None]:
    """Write a figure as PNG, each file whole or not at all; the same figure gives the same bytes.

    Parameters
    ----------
    figure
        The figure.
    path
        Where, without an ending.
    pdf
        Whether it is written as PDF too, which takes longer than to draw it. An older PDF of that name is removed.

    Returns
    -------
    tuple of pathlib.Path
        The PNG file, and the PDF file or None.
    """
    png, vector = (path.with_name(f"{path.name}.{kind}") for kind in ("png", "pdf"))
    # Programs and dates would make files differ that show the same.
    undated = {"Creator": None, "Producer": None, "CreationDate": None}
    with matplotlib.rc_context(STYLE), _uncollected():
        with atomic_path(png) as temporary:
            figure.savefig(temporary, format="png", dpi=DPI, metadata={"Software": None})
        if not pdf:
            vector.unlink(missing_ok=True)
            return png, None
        # The PNG's layout holds for the PDF as well: to solve it again takes longer than to write the file.
        figure.set_layout_engine("none")
        with atomic_path(vector) as temporary:
            figure.savefig(temporary, format="pdf", dpi=DPI, metadata=undated)
    return png, vector


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the collector of cycles from going through a font's hundred thousand parts again and again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
