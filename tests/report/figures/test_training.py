import numpy as np
import pytest

from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.training import draw


def test_a_line_a_fit(make_context):
    context = make_context()
    loss, rate = draw(context, Choice()).axes
    assert len(loss.lines) == len(rate.lines) == 4
    np.testing.assert_allclose(loss.lines[1].get_ydata(), context.history("condLSTM", 2)["nll"])
    assert loss.lines[0].get_color() == loss.lines[1].get_color() == context.looks["condLSTM"].colour


def test_what_was_not_trained_has_no_history(make_context):
    with pytest.raises(NotApplicableError, match="none of these forecasters was trained"):
        draw(make_context(), Choice(forecaster="cycle"))
