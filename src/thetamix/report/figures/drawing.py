"""Draw one figure of a run, or all of them, and write them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import file_stem
from thetamix.report.figures.registry import FIGURES
from thetamix.report.figures.style import save
from thetamix.report.words.phrases import of_groups
from thetamix.system.errors import InputError, named, nearest


@dataclass(frozen=True)
class DrawnFigure:
    """A figure of a run that was drawn, or not.

    Attributes
    ----------
    name
        As in :data:`~thetamix.report.figures.registry.FIGURES`.
    title, caption
        In words; the caption begins with what was chosen.
    png, pdf
        The files; None where the figure does not apply, or no PDF was asked for.
    why_not
        Why it does not apply; empty where it was drawn.
    """

    name: str
    title: str
    caption: str
    png: Path | None
    pdf: Path | None
    why_not: str = ""


def draw(name: str, context: FigureContext, choice: Choice | None = None) -> Figure:
    """Draw one figure.

    Parameters
    ----------
    name
        One of :data:`FIGURES`.
    context
        What the run offers.
    choice
        What is to be seen; each figure's own choice by default.

    Returns
    -------
    matplotlib.figure.Figure
        Ready for :func:`thetamix.report.figures.style.save`.

    Raises
    ------
    NotApplicableError
        If the run cannot have it.
    InputError
        If there is no such figure, or the run has no such cluster, depth, forecaster or seed.
    """
    if name not in FIGURES:
        raise InputError(f"no figure {name!r}; {nearest(name, FIGURES)}")
    with named(f"figure {name!r}"):
        return FIGURES[name](context, choice or Choice())


def draw_and_save(
    name: str, context: FigureContext, folder: Path, choice: Choice | None = None, *, pdf: bool = True
) -> DrawnFigure:
    """Draw one figure and write it as PNG, and as PDF where wanted.

    Parameters
    ----------
    name, context, choice
        See :func:`draw`.
    folder
        Where; the file is called after the figure and what was chosen.

    Returns
    -------
    DrawnFigure
        With the files.

    Raises
    ------
    NotApplicableError, InputError
        See :func:`draw`.
    """
    figure = draw(name, context, choice)
    chosen = choice or Choice()
    stem = file_stem(name, chosen.cluster, chosen.depth, chosen.forecaster, chosen.seed)
    png, vector = save(figure, folder / stem, pdf=pdf)
    entry = FIGURES[name]
    subject = figure.get_suptitle().replace("\\$", "$")
    caption = _caption(name, context)
    return DrawnFigure(name, entry.title, f"{subject}. {caption}" if subject else caption, png, vector)


def draw_all(context: FigureContext, folder: Path, *, pdf: bool) -> Iterator[DrawnFigure]:
    """Draw all figures of a run.

    Parameters
    ----------
    context
        What the run offers.
    folder
        Where.
    pdf
        Whether they are written as PDF too.

    Yields
    ------
    DrawnFigure
        In the order of :data:`FIGURES`; those that do not apply say why.
    """
    for name, entry in FIGURES.items():
        try:
            yield draw_and_save(name, context, folder, pdf=pdf)
        except NotApplicableError as reason:
            yield DrawnFigure(name, entry.title, _caption(name, context), None, None, str(reason))


def _caption(name: str, context: FigureContext) -> str:
    return of_groups(FIGURES[name].caption, context.study.evaluation.group_name)
