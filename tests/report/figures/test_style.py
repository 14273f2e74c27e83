import itertools

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from thetamix.report.figures.panels import part_strip
from thetamix.report.figures.style import (
    depth_colours,
    group_looks,
    looks,
    new_figure,
    replicate_colours,
    save,
    shades,
    styled,
)
from thetamix.splits.parts import EVALUATION, TRAINING
from thetamix.system.errors import InputError

# Viénot et al. (1999), doi:10.1002/(SICI)1520-6378(199908)24:4<243::AID-COL5>3.0.CO;2-3: linear RGB as a protanope
# and as a deuteranope see it.
PROTANOPE = np.array([[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]])
DEUTERANOPE = np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]])


def seen(colour, eye):
    linear = np.array(to_rgb(colour)) ** 2.2
    return np.clip(eye @ linear, 0, 1) ** (1 / 2.2)


@pytest.mark.parametrize("eye", [np.eye(3), PROTANOPE, DEUTERANOPE], ids=["all cones", "protanope", "deuteranope"])
@pytest.mark.parametrize(
    "colours",
    [
        [look.colour for look in looks(list("abcdef")).values() if look.marker != "|"],
        replicate_colours(3),
        depth_colours(4),
    ],
    ids=["forecasters", "replicates", "depths"],
)
def test_colours_are_told_apart_by_all_kinds_of_colour_vision(colours, eye):
    for one, other in itertools.combinations(colours, 2):
        assert np.linalg.norm(seen(one, eye) - seen(other, eye)) > 0.1, (one, other)


def test_a_forecaster_looks_the_same_whatever_is_shown_beside_it():
    names = [f"f{i}" for i in range(15)]
    assert looks(names)["f3"] == looks(names[:4])["f3"]
    assert len(set(looks(names).values())) == len(looks(names))


def test_groups_look_different_however_many():
    given = group_looks([f"g{number:02d}" for number in range(72)]).values()
    assert len({(look.colour, look.marker) for look in given}) == 72


def test_a_density_is_white_where_it_is_nothing():
    assert shades("#0072B2")(0.0)[:3] == (1.0, 1.0, 1.0)
    assert shades("#0072B2")(1.0)[:3] == pytest.approx(to_rgb("#0072B2"))


def test_settings_of_the_user_are_left_alone():
    before = dict(matplotlib.rcParams)
    styled(lambda: new_figure(50))()
    assert dict(matplotlib.rcParams) == before


def test_a_figure_that_cannot_be_written_leaves_nothing(tmp_path):
    figure = new_figure(40)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        save(figure, tmp_path / "file" / "x", pdf=True)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_figure_that_fails_half_way_leaves_the_old_file(tmp_path, monkeypatch):
    figure = new_figure(40)
    png, _ = save(figure, tmp_path / "x", pdf=True)
    old = png.read_bytes()

    def fail(_figure, path, **_options):
        path.write_bytes(b"half")
        raise ValueError

    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(ValueError):  # noqa: PT011
        save(figure, tmp_path / "x", pdf=True)
    assert png.read_bytes() == old
    assert len(list(tmp_path.iterdir())) == 2


def test_dots_in_a_name_are_no_ending(tmp_path):
    png, pdf = save(new_figure(40), tmp_path / "belt-0.1", pdf=True)
    assert (png.name, pdf.name) == ("belt-0.1.png", "belt-0.1.pdf")
    assert pdf.exists()
    # A PDF that is not drawn anew would show something else.
    assert save(new_figure(40), tmp_path / "belt-0.1", pdf=False) == (png, None)
    assert not pdf.exists()


def test_the_strip_shows_each_stretch_of_a_part():
    axes = Figure().add_subplot()
    time = np.datetime64("2013-01-01", "D") + np.arange(6)
    part = np.array([TRAINING, TRAINING, 0, EVALUATION, TRAINING, TRAINING])
    handles = part_strip(axes, time, part)
    assert [handle.get_label() for handle in handles] == ["trained on", "evaluated"]
    assert len(axes.patches) == 3
