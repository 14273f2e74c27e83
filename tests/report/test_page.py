"""The page: one file, everything escaped, nothing fetched, the numbers of the scores in it."""

import re
from html.parser import HTMLParser

import pytest

from thetamix.report.page import render

ENVIRONMENT = {"thetamix": "0.1", "threads": 1, "network_sha256": "abc123", "packages": {"torch": "2.13"}}
VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Checks that tags are closed in order; collects tables and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.tables: list[list[list[str]]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            span = int(dict(attrs).get("colspan", 1))
            self.tables[-1][-1] += [""] * span

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.tables[-1][-1][-1] += data


@pytest.fixture
def page(study, make_scores, leakage):
    def page(**changes):
        given = {
            "study": study,
            "study_file": "name: attert\n",
            "scores": make_scores(),
            "leakage": leakage,
            "environment": ENVIRONMENT,
        }
        return render(**given | changes)

    return page


def test_it_is_one_sound_file_that_fetches_nothing(page):
    text = page()
    parsed = Page(text)
    assert not parsed.tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    assert not {name for name, _ in parsed.attributes} & {"src", "href", "action", "srcset", "style"}
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_every_row_of_a_table_is_as_long_as_the_others(page):
    tables = Page(page()).tables
    assert len(tables) >= 7
    for table in tables:
        assert len({len(row) for row in table}) == 1


def test_the_numbers_are_those_of_the_scores(page):
    tables = Page(page()).tables
    crps = tables[0]
    assert crps[0] == ["forecaster", "10 cm", "30 cm", "total"]
    assert crps[1] == ["model", *["0.0300 (0.0300–0.0300)"] * 3]
    audit = tables[-1]
    assert audit[1][:5] == ["1", "1,000", "0%", "50%", "80%"]


def test_what_comes_from_files_is_escaped(page, study, make_scores):
    evil = "<script>alert(1)</script>&\"'"
    study["name"] = evil
    study["forecasters"] = {evil: {"kind": "lstm"}, "cycle": {"kind": "annual_cycle"}}
    scores = make_scores(geology=(evil, "schist"))
    scores["forecaster"] = scores["forecaster"].replace("model", evil)
    text = page(study_file=f"name: {evil}", scores=scores, environment=ENVIRONMENT | {"network_sha256": evil})
    assert "<script" not in text
    parsed = Page(text)
    cells = {cell for table in parsed.tables for row in table for cell in row}
    assert evil in cells
    assert f"{evil} – 10 cm" in cells


def test_undefined_numbers_do_not_break_it(page, make_scores, leakage):
    text = page(
        scores=make_scores(crps={}),
        leakage=leakage.assign(days_q50="", days_q95=""),  # clusters: no series has a trained step
    )
    assert "undefined" in text
    assert "No model beats a simple baseline." in text
    assert not re.search(r">\s*nan", text)


@pytest.mark.parametrize("scheme", ["blocks", "clusters"])
def test_what_the_intervals_are_of(page, study, scheme):
    study["split"] = {"scheme": scheme, "block": "90d"}
    text = page(study=study)
    assert ("calendar blocks of 90d" in text) == (scheme == "blocks")
    assert "the same for\nall forecasters" in text


def test_how_to_make_it_again(page):
    text = page(study_file="name: mine\nseeds: [1]\n")
    assert "<pre>name: mine\nseeds: [1]\n</pre>" in text
    assert "abc123" in text
    assert "torch\n2.13" in text
