import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from thetamix.report.figures.belt_by_moisture import density_levels, draw, draw_clusters
from thetamix.report.figures.choice import Choice, NotApplicableError


@given(arrays(float, (7, 5), elements=st.floats(0, 1)).filter(lambda a: a.sum() > 0.1))
def test_levels_hold_at_least_their_share_and_no_higher_level_does(density):
    for mass, level in zip((0.9, 0.5), (density_levels(density, (m,))[0] for m in (0.9, 0.5)), strict=True):
        assert density[density >= level].sum() >= (mass - 1e-6) * density.sum()
        assert density[density > level].sum() <= (mass + 1e-6) * density.sum()


def test_levels_of_a_gaussian_are_those_of_its_ellipses():
    x = np.linspace(-5, 5, 401)
    density = stats.multivariate_normal([0, 0]).pdf(np.stack(np.meshgrid(x, x), axis=-1))
    outer, inner = density_levels(density, (0.9, 0.5))
    # the share within radius r is 1 − exp(−r²/2)
    assert outer == pytest.approx(0.1 / (2 * np.pi), rel=0.01)
    assert inner == pytest.approx(0.5 / (2 * np.pi), rel=0.01)


def test_a_panel_a_cell_and_a_look_a_forecaster(make_context):
    figure = draw(make_context(), Choice())
    titles = [axes.get_title("left") for axes in figure.axes if axes.get_title("left")]
    assert titles == [f"{at}, {depth} cm" for at in ("marl", "sandstone", "schist") for depth in (10, 30)]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["observed", "condLSTM", "3G-LSTM"]


def test_marginals_are_densities(make_context):
    figure = draw(make_context(), Choice())
    above = figure.axes[0].child_axes[0]
    for line in above.lines:
        x, density = line.get_data()
        assert np.trapezoid(density, x) == pytest.approx(1, abs=0.05)


def test_few_steps_are_drawn_as_they_are(make_context, monkeypatch):
    context = make_context(["c01"], depths=(0.1,))
    few = {name: context.steps(name, 1).head(10) for name in context.forecasters}
    monkeypatch.setattr(context, "steps", lambda name, _seed: few[name])
    observed, condlstm, _ = draw(context, Choice()).axes[0].lines
    np.testing.assert_array_equal(observed.get_ydata(), few["condLSTM"]["observed_belt"])
    np.testing.assert_array_equal(condlstm.get_xdata(), few["condLSTM"]["expectation"])


def test_clusters_are_examples_or_the_chosen_one(make_context):
    context = make_context()
    titles = [axes.get_title("left") for axes in draw_clusters(context, Choice()).axes]
    assert titles[0] in ("c01, 10 cm", "c02, 10 cm", "c03, 10 cm")
    assert len(titles) == 6
    chosen = [axes.get_title("left") for axes in draw_clusters(context, Choice(cluster="c02")).axes]
    assert chosen == ["c02, 10 cm", "c02, 30 cm"]


def test_without_steps_it_says_so(make_context, monkeypatch):
    context = make_context()
    nothing = context.steps("condLSTM", 1).head(0)
    monkeypatch.setattr(context, "steps", lambda *_: nothing)
    with pytest.raises(NotApplicableError, match="no evaluated step has all replicates"):
        draw(context, Choice())
