import numpy as np
import pytest

from thetamix.mixture import GaussianMixture
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.model_diagram import draw


def words(figure):
    return "\n".join(text.get_text() for text in figure.axes[0].texts)


def test_inputs_and_head_are_those_of_the_model(make_context):
    shown = words(draw(make_context(), Choice()))
    for text in (
        "precipitation",
        "discharge (optional)",
        "elevation",
        "soil type (2 categories)",
        "128 × 24 h",
    ):
        assert text in shown
    # precipitation, discharge and whether it is there, depth, elevation, two categories
    assert "7 inputs at each step" in shown
    assert "1 layer of 64 units" in shown
    assert "3 Gaussians" in shown
    assert "linear: 64 → 9" in shown
    assert "one pass a replicate" not in shown


def test_a_model_that_knows_replicates_says_so(make_context):
    shown = words(draw(make_context(), Choice(forecaster="condLSTM")))
    assert "replicate (3)" in shown
    assert "one pass a replicate (A, B, C)" in shown
    assert "1 Gaussian\n" in shown


def test_the_example_is_a_mixture_of_the_model_and_the_sum_of_its_components(make_context):
    context = make_context()
    axes = draw(context, Choice(cluster="c01", depth=0.1)).axes[1]
    *components, total = [line.get_ydata() for line in axes.lines]
    np.testing.assert_allclose(np.sum(components, axis=0), total)
    values = context.prediction("3G-LSTM", 1).isel(cluster=0, depth=0)
    mixture = GaussianMixture(*(values[f"component_{part}"].to_numpy() for part in ("weight", "mean", "sd")))
    x = axes.lines[-1].get_xdata()
    assert any(np.allclose(mixture[step].pdf(x), total) for step in range(60, 120))


def test_without_a_prediction_there_is_no_example(make_context):
    context = make_context()
    context.prediction("3G-LSTM", 1)["component_mean"][:] = np.nan
    assert len(draw(context, Choice()).axes) == 1


def test_what_was_not_trained_has_no_diagram(make_context):
    with pytest.raises(NotApplicableError, match="cycle is no trained model"):
        draw(make_context(), Choice(forecaster="cycle"))
