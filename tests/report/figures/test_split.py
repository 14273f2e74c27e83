import numpy as np
import pytest

from thetamix.report.figures.choice import Choice
from thetamix.report.figures.split import draw
from thetamix.splits.parts import EVALUATION, NEITHER, TRAINING


def test_the_image_shows_parts_and_missing_readings(make_context):
    context = make_context(["c01"], depths=(0.1,), steps=10)
    context.network["soil_moisture"][0, 0, :, 0] = np.nan
    part = context.part(1)
    part[..., 1] = NEITHER
    codes = draw(context, Choice()).axes[0].images[0].get_array()
    assert codes.tolist() == [[0, 1, 2, 2, 2, 3, 3, 3, 3, 3]]
    assert (int(TRAINING), int(EVALUATION)) == (1, 2)


def test_leakage_is_the_table(make_context):
    _, shares, days = draw(make_context(), Choice()).axes
    assert sorted(bar.get_width() for bar in shares.patches) == pytest.approx([0, 0, 60, 60, 70, 70])
    assert [bar.get_x() for bar in days.patches] == pytest.approx([25, 25])
    assert [bar.get_width() for bar in days.patches] == pytest.approx([50, 50])


def test_long_series_are_thinned(make_context):
    figure = draw(make_context(["c01"], depths=(0.1,), steps=5000), Choice())
    assert figure.axes[0].images[0].get_array().shape[1] <= 1400


def test_only_the_chosen_series(make_context):
    names = [text.get_text() for text in draw(make_context(), Choice(cluster="c02")).axes[0].get_yticklabels()]
    assert names == ["c02, 10 cm", "c02, 30 cm"]
