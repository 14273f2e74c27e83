import numpy as np
import pytest

from thetamix.figures.choice import Choice, NotApplicableError
from thetamix.figures.training import draw


def test_a_line_a_fit(make_material):
    material = make_material()
    loss, rate = draw(material, Choice()).axes
    assert len(loss.lines) == len(rate.lines) == 4
    np.testing.assert_allclose(loss.lines[1].get_ydata(), material.history("condLSTM", 2)["nll"])
    assert loss.lines[0].get_color() == loss.lines[1].get_color() == material.looks["condLSTM"].colour


def test_what_was_not_trained_has_no_history(make_material):
    with pytest.raises(NotApplicableError, match="none of these forecasters was trained"):
        draw(make_material(), Choice(forecaster="cycle"))
