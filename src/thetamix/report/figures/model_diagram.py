"""A trained model from its inputs to its mixture, drawn from what its files say (Fig. 2)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from thetamix.inputs.spec import InputSpec
from thetamix.mixture import GaussianMixture
from thetamix.report.figures.choice import Choice, FigureSeries, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import plain
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import BLACK, DENSITY, GREY, LIGHT, SOIL_MOISTURE, Look, new_figure
from thetamix.splits.parts import EVALUATION

MOST_INPUTS = 9


@run_figure(
    "model_diagram",
    title="The model",
    caption="A trained model as its files describe it: its inputs, the LSTM over its window, and the head. At the"
    " right a mixture that it predicted (thick) and its components (dashed), that with "
    "the most even weights.",
    needs="a trained model",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the chosen model, or the trained one with most components."""
    seed = context.seed(choice)
    name = context.by_components(context.ranked(choice, trained=True), seed)[0]
    card = context.card(name, seed)
    if card is None:
        raise NotApplicableError(f"{name} is no trained model: there is nothing to draw")
    example, subject = None, plain(name)
    try:
        series = context.series(choice)
        mixture = context.mixture(name, seed, series, np.arange(series.time.size))
        step = most_mixed_step(series, mixture)
        example = mixture[step]
        stamp = str(series.time[step].astype("datetime64[m]")).replace("T", " ")
        subject += f"; its mixture of {series.name}, {stamp} UTC"
    except NotApplicableError:
        pass  # the diagram stands without an example
    figure = new_figure(85, subject)
    grid = figure.add_gridspec(1, 2, width_ratios=[2.9, 1])
    _diagram(figure.add_subplot(grid[0, 0] if example is not None else grid[0, :]), card)
    if example is not None:
        _mixture(figure.add_subplot(grid[0, 1]), example, context.looks[name])
    return figure


def _diagram(axes: Axes, card: Mapping[str, Any]) -> None:
    """Draw from left to right: inputs by name, the LSTM over its window, the head."""
    inputs, shape = InputSpec.from_json(card["inputs"]), card["architecture"]
    hidden, layers, components = shape["hidden"], shape["layers"], shape["components"]
    axes.set(xlim=(-0.5, 100.5), ylim=(-6, 68))
    axes.axis("off")
    window = f"{card['sequence']} × {card['step_hours']:g} h"
    forcing, attributes = _forcing(inputs), _attributes(inputs)
    _box(axes, (0, 35), (35, _tall(forcing)), f"Forcing, {window}", forcing)
    _box(axes, (0, 29 - _tall(attributes)), (35, _tall(attributes)), "Constant attributes", attributes)
    for number, label in enumerate(("t − L + 1", "…", "t − 1", "t")):
        left = 41 + 8.3 * number
        _frame(axes, (left, 26), (6.2, 12), "white")
        word = "…" if number == 1 else "LSTM"
        axes.text(left + 3.1, 32, word, ha="center", va="center", fontsize=6)
        axes.text(left + 3.1, 22, label, ha="center", fontsize=6)
        if number:
            _arrow(axes, (left - 2.1, 32), (left, 32))
    _arrow(axes, (35, 41), (41, 35))
    _arrow(axes, (35, 23), (41, 29))
    axes.text(
        56.5,
        42,
        f"{layers} layer{'s' if layers > 1 else ''} of {hidden} units,\n"
        f"{inputs.dynamic_size + inputs.static_size} inputs at each step,\nwindow L = {card['sequence']} steps",
        ha="center",
        fontsize=6.5,
    )
    head = [
        f"dropout {shape['dropout']:g} in training",
        f"linear: {hidden} → {3 * components}",
        "weights: softmax",
        "means",
        "sd: exp",
    ]
    _box(axes, (77, 19), (23, 26), f"{components} Gaussian{'s' if components > 1 else ''}", head)
    _arrow(axes, (72.1, 32), (77, 32))
    if inputs.replicates:
        names = ", ".join(plain(name, 8) for name in inputs.replicates[:6])
        axes.text(86.5, 13, f"one pass a replicate ({names}),\npooled with equal weights", ha="center", fontsize=7)


def most_mixed_step(series: FigureSeries, mixture: GaussianMixture) -> int:
    """Select the evaluated step whose largest weight is smallest: all components can be seen there."""
    largest = np.nan_to_num(mixture.weight.max(axis=-1), nan=np.inf)
    evaluated = np.where(series.part == EVALUATION, largest, np.inf)
    return int(np.argmin(evaluated if np.isfinite(evaluated).any() else largest))


def _tall(lines: list[str]) -> float:
    return 8 + 2.9 * min(len(lines), MOST_INPUTS)


def _forcing(inputs: InputSpec) -> list[str]:
    return [_readable(f.scale.name) + (" (optional)" if f.optional else "") for f in inputs.forcing]


def _attributes(inputs: InputSpec) -> list[str]:
    lines = [_readable(number.name) for number in inputs.numbers]
    lines += [f"{_readable(c.name)} ({len(c.values)} categories)" for c in inputs.categories]
    if inputs.replicates:
        lines.append(f"replicate ({len(inputs.replicates)})")
    return lines


def _readable(name: str) -> str:
    return plain(name.replace("_", " "), 30)


def _frame(axes: Axes, corner: tuple[float, float], size: tuple[float, float], colour: str) -> None:
    box = FancyBboxPatch(corner, *size, boxstyle="round,pad=0,rounding_size=1.2", fc=colour, ec=GREY, lw=0.7)
    axes.add_patch(box)


def _box(axes: Axes, corner: tuple[float, float], size: tuple[float, float], title: str, lines: list[str]) -> None:
    """Draw a frame with a title and lines, of which the last ones are counted where they are many."""
    _frame(axes, corner, size, LIGHT)
    middle, top = corner[0] + size[0] / 2, corner[1] + size[1]
    shown = (
        lines if len(lines) <= MOST_INPUTS else [*lines[: MOST_INPUTS - 1], f"… and {len(lines) - MOST_INPUTS + 1}"]
    )
    axes.text(middle, top - 1.5, title, ha="center", va="top", fontsize=7, fontweight="bold", wrap=False)
    axes.text(middle, top - 6.5, "\n".join(shown), ha="center", va="top", fontsize=6.5)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=7, color=BLACK, lw=0.8))


def _mixture(axes: Axes, example: GaussianMixture, look: Look) -> None:
    low, high = example.quantile([0.0005, 0.9995])
    x = np.linspace(float(low), float(high), 300)
    for weight, mean, sd in zip(example.weight, example.mean, example.sd, strict=True):
        if weight > 0:
            axes.plot(x, weight * GaussianMixture([1.0], [mean], [sd]).pdf(x), color=GREY, lw=0.8, ls=(0, (5, 1)))
    axes.plot(x, example.pdf(x), color=look.colour, lw=1.5)
    axes.set(xlabel=SOIL_MOISTURE, ylabel=DENSITY)
    axes.set_ylim(bottom=0)
