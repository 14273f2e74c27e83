import pytest

from thetamix.report.figures.panels import replicate_lines
from thetamix.report.figures.style import new_figure


@pytest.mark.parametrize(("replicates", "expected"), [(2, ["replicate A", "replicate B"]), (36, ["36 replicates"])])
def test_a_legend_names_as_many_replicates_as_colours_tell_apart(make_series, replicates, expected):
    axes = new_figure(60).add_subplot()
    handles = replicate_lines(axes, make_series(replicates=replicates))
    assert [handle.get_label() for handle in handles] == expected
    assert len(axes.lines) == replicates
