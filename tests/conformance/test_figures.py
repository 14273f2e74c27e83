"""What every figure must do: those of the table, and the template of the documentation."""

import inspect
import re
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

from thetamix.report.figures import drawing, style
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.registry import FIGURES
from thetamix.report.figures.run_figure import RunFigure

from .template_files import TEMPLATES, load

TESTS = Path(__file__).parents[1]
HOSTILE = (
    '<script>alert("x")</script>',
    "$\\alpha$ and $5",
    "../../etc/passwd",
    "a" * 200,
    "\U0001f600 土壌 \u202egnp",
    "_hidden & 'quoted'",
)
#: Labels of what has no unit because it is a name or a time.
WITHOUT_UNITS = (
    "Time (UTC)",
    "Month",
    "Depth",
    "Season (months)",
    "Cluster",
    "Flag;",
    "Series (",
    "profiles within",
)


make_context = load(TESTS / "report" / "figures" / "conftest.py").make_context
template: RunFigure = load(TEMPLATES / "figure.py").draw
EVERY = FIGURES | {template.name: template}


@pytest.fixture(params=EVERY)
def figure(request, monkeypatch) -> RunFigure:
    """Put a figure into the table."""
    monkeypatch.setitem(FIGURES, request.param, EVERY[request.param])
    return EVERY[request.param]


def test_it_says_what_it_is(figure):
    assert re.fullmatch(r"[a-z][a-z0-9_]{2,30}", figure.name)
    assert 0 < len(figure.title) < 50
    assert "\n" not in figure.title
    assert figure.caption.endswith(".")
    assert figure.needs
    assert inspect.getdoc(figure.function).startswith("Draw ")


def test_it_is_drawn_and_written_under_its_name(figure, make_context, tmp_path, monkeypatch):
    monkeypatch.setattr(style, "DPI", 40)  # this many pixels cost time
    drawn = drawing.draw_and_save(figure.name, make_context(), tmp_path)
    assert drawn.png.read_bytes().startswith(b"\x89PNG")
    assert drawn.pdf.read_bytes().startswith(b"%PDF")
    assert {path.name for path in tmp_path.iterdir()} == {f"{figure.name}.png", f"{figure.name}.pdf"}
    assert drawn.caption.endswith(figure.caption.replace("{group}", "geology"))


def test_it_fits_a_page_and_every_axis_has_a_unit_whatever_clusters_are_called(figure, make_context):
    # What is drawn outside the figure is cut off in print; a missing glyph would be a warning, and fail.
    drawn = drawing.draw(figure.name, make_context(HOSTILE))
    drawn.draw_without_rendering()
    width, height = drawn.get_size_inches()
    assert width * 25.4 == pytest.approx(style.WIDTH)
    assert height * 25.4 < 250
    box = drawn.get_tightbbox()
    assert min(box.x0, box.y0) > -0.05
    assert box.x1 < width + 0.05
    assert box.y1 < height + 0.05
    labels = [text for axes in drawn.axes for text in (axes.get_xlabel(), axes.get_ylabel()) if text]
    labels += [text.get_text() for text in (drawn._supxlabel, drawn._supylabel) if text]
    assert labels
    assert [label for label in labels if "[" not in label and not label.startswith(WITHOUT_UNITS)] == []


def test_it_says_in_one_line_why_a_run_cannot_have_it(figure, make_context):
    # Nothing was read, nothing is predicted, and nothing was scored.
    context = make_context()
    context.network["soil_moisture"][:] = np.nan
    context.tables.clear()
    for prediction in context.predictions.values():
        for parameter in prediction:
            prediction[parameter][:] = np.nan
    try:
        outcome = figure(context, Choice())
    except NotApplicableError as reason:
        outcome = str(reason)
    assert isinstance(outcome, Figure) or re.fullmatch(r"[^\n]+", outcome)


def test_it_leaves_the_users_matplotlib_alone(figure, make_context):
    before, context = dict(matplotlib.rcParams), make_context(steps=20)
    figure(context, Choice())
    assert dict(matplotlib.rcParams) == before
    assert pyplot.get_fignums() == []
