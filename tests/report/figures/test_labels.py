import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from thetamix.report.figures.labels import depth_label, file_stem, legend_label, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("c01", "c01"),
        ("$x^2$", r"\$x^2\$"),
        ("two\n lines\t", "two lines"),
        ("土壌", "□□"),
        ("\u202egnp", "□gnp"),
        ("a" * 200, "a" * 16 + "…" + "a" * 15),
    ],
)
def test_names_are_shown_as_text(text, shown):
    assert plain(text) == shown


@given(st.text(max_size=80))
def test_any_name_can_be_drawn(text):
    # Missing glyphs and bad mathematics would be a warning or an error here.
    figure = Figure()
    shown = figure.text(0, 0, plain(text))
    figure.draw_without_rendering()
    assert len(shown.get_text().replace(r"\$", "$")) <= 32


def test_legends_do_not_drop_names_that_begin_with_an_underscore():
    figure = Figure()
    axes = figure.add_subplot()
    axes.plot([0], label=legend_label("_hidden"))
    assert [text.get_text().strip() for text in axes.legend().get_texts()] == ["_hidden"]


def test_depths_are_in_centimetres():
    assert [depth_label(depth) for depth in (0.1, "0.05", 1.0, "all")] == [
        "10 cm",
        "5 cm",
        "100 cm",
        "all depths",
    ]


@given(st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=4))
def test_file_names_are_harmless(words):
    stem = file_stem("figure", *words)
    assert set(stem) <= set(string.ascii_letters + string.digits + "._-")
    assert 1 <= len(stem) <= 120
    assert stem.startswith("figure-")


def test_different_names_have_different_files():
    names = ["a/b", "a\\b", "a b", "a-b", "a" * 60, "a" * 61]
    assert len({file_stem("x", name) for name in names}) == len(names)
