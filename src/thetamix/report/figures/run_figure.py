"""What a figure of a run is: a name, words, and the function that draws it."""

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from thetamix.report.figures.choice import Choice
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.style import styled

Draw = Callable[[FigureContext, Choice], Figure]


@dataclass(frozen=True)
class RunFigure:
    """A figure of a run; it is called with what the run offers and what a user asked to see.

    Attributes
    ----------
    name
        Of its files, and in commands.
    title
        A line.
    caption
        What is shown, in plain words: for the page, and for those who cannot see it.
    needs
        What a run must offer, in words; without it, ``function`` raises
        :class:`~thetamix.report.figures.choice.NotApplicableError`, which says why.
    function
        Draws it. Its title, where it has one, begins the caption.
    """

    name: str
    title: str
    caption: str
    needs: str
    function: Draw

    def __call__(self, context: FigureContext, choice: Choice) -> Figure:
        """Draw it."""
        return styled(self.function)(context, choice)


def run_figure(name: str, *, title: str, caption: str, needs: str) -> Callable[[Draw], RunFigure]:
    """Decorate the function that draws a figure; see :class:`RunFigure`."""
    return lambda function: RunFigure(name, title, caption, needs, function)
