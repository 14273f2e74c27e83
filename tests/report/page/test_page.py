"""The page: one file, everything escaped, nothing fetched, the numbers of the scores in it."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from thetamix.report.figures.style import looks, replicate_colours
from thetamix.report.layouts.quality_table import quality_table
from thetamix.report.page.assets import STYLES, joined_assets
from thetamix.report.page.page import Picture, render
from thetamix.splits.settings import Split

ENVIRONMENT = {"thetamix": "0.1", "threads": 1, "network_sha256": "abc123", "packages": {"torch": "2.13"}}
VOID = {"meta", "br", "hr", "img", "link", "input"}
EVIL = "<script>alert(1)</script>&\"'</title>💧" + "x" * 150


class Page(HTMLParser):
    """Checks that tags are closed in order; collects tables, attributes and the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.tables: list[list[list[str]]] = []
        self.raw: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("script", "style"):
            self.raw.append((tag, dict(attrs), ""))
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            span = int(dict(attrs).get("colspan", 1))
            self.tables[-1][-1] += [""] * span

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("script", "style"):
            tag, attributes, text = self.raw.pop()
            self.raw.append((tag, attributes, text + data))
        if "td" in self.open or "th" in self.open:
            self.tables[-1][-1][-1] += data

    @property
    def policy(self) -> str:
        return next(value for name, value in self.attributes if name == "content" and "default-src" in value)


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


@pytest.fixture
def everything(page, network, explored):
    def everything(**changes):
        figures = [Picture("belt", "Belts", "Width [m3 m-3]", b"\x89PNG")]
        given = {"explorer": explored, "figures": figures, "quality": quality_table(network, ["C01"])}
        return page(**given | changes)

    return everything


def test_it_is_one_sound_file_that_fetches_nothing(everything):
    text = everything()
    parsed = Page(text)
    assert not set(parsed.tags) & {"link", "iframe", "object", "embed", "base", "form"}
    assert not {name for name, _ in parsed.attributes} & {"action", "srcset", "style", "onclick", "onload"}
    for name, value in parsed.attributes:
        if name == "src":
            assert value.startswith("data:image/png;base64,")
        if name == "href":
            assert value.startswith("#") or value == "https://doi.org/10.1016/j.jhydrol.2025.134364"
    assert "url(" not in text
    assert "@import" not in text


def test_only_our_own_scripts_and_styles_may_run(everything):
    parsed = Page(everything())
    policy = parsed.policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    run = [text for tag, attributes, text in parsed.raw if attributes.get("type") != "application/json"]
    assert len(run) == 4  # style; uPlot, explorer, page
    for text in run:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert policy.count("sha256-") == 4


def test_ids_are_unique_and_labels_have_their_fields(everything):
    parsed = Page(everything())
    ids = [value for name, value in parsed.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    references = [
        one
        for name, value in parsed.attributes
        if name in ("for", "aria-labelledby", "aria-describedby")
        for one in value.split()
    ]
    assert set(references) <= set(ids)
    links = [value[1:] for name, value in parsed.attributes if name == "href" and value.startswith("#")]
    assert set(links) <= set(ids)


def test_every_row_of_a_table_is_as_long_as_the_others(everything):
    tables = [table for table in Page(everything()).tables if len(table) > 1]
    assert len(tables) >= 7
    for table in tables:
        assert len({len(row) for row in table}) == 1


def test_the_numbers_are_those_of_the_scores(page):
    tables = Page(page()).tables
    forest = next(table for table in tables if table[0][0] == "forecaster" and table[0][1] == "")
    # Lowest CRPS first; each against the annual cycle.
    assert [row[0] for row in forest[1:]] == ["model", "cycle", "pool", "land"]
    assert forest[1][2:] == ["0.0300 (0.0300–0.0300)", "−25%"]
    assert forest[2][3] == "the baseline"
    crps = next(table for table in tables if table[0] == ["forecaster", "10 cm", "30 cm", "total"])
    assert crps[1] == ["model", *["0.0300 (0.0300–0.0300)"] * 3]
    audit = next(table for table in tables if table[0][0] == "seed")
    assert audit[1][:5] == ["1", "1,000", "0%", "50%", "80%"]


def test_what_comes_from_files_is_escaped(everything, make_study, make_scores, explore, make_network):
    network = make_network(clusters=2)
    network = network.assign_coords(cluster_id=("cluster", [EVIL, "</script>"]))
    study = make_study({EVIL: {"kind": "lstm"}, "cycle": {"kind": "annual_cycle"}}, name=EVIL)
    scores = make_scores(group=(EVIL, "schist"))
    scores["forecaster"] = scores["forecaster"].replace("model", EVIL)
    text = everything(
        study=study,
        study_file=f"name: {EVIL}",
        scores=scores,
        explorer=explore(network, {EVIL: None}),
        environment=ENVIRONMENT | {"network_sha256": EVIL},
        figures=[Picture(EVIL, EVIL, EVIL, b"")],
        quality=quality_table(network, []),
    )
    parsed = Page(text)
    assert parsed.tags.count("script") == 4
    assert "alert(1)" not in "".join(
        text for _, attributes, text in parsed.raw if attributes.get("type") != "application/json"
    )
    assert "<script>alert" not in text
    cells = {cell for table in parsed.tables for row in table for cell in row}
    assert EVIL in cells
    assert f"{EVIL} – 10 cm" in cells


def test_undefined_numbers_do_not_break_it(everything, make_scores, leakage):
    text = everything(
        scores=make_scores(crps={}),
        leakage=leakage.assign(days_q50="", days_q95=""),  # clusters: no series has a trained step
    )
    assert "undefined" in text
    assert "No model beats a simple baseline." in text
    assert not re.search(r">\s*nan", text)


@pytest.mark.parametrize("scheme", ["blocks", "clusters"])
def test_what_the_intervals_are_of(page, study, scheme):
    study.split = Split(scheme=scheme)
    text = " ".join(page(study=study).split())
    assert ("calendar blocks of 90d" in text) == (scheme == "blocks")
    assert "the same for all forecasters" in text


def test_which_question_is_answered(page, study):
    study.split = Split(scheme="replicates")
    text = page(study=study)
    assert "<b>What would a new replicate read, in the same few metres of soil?</b>" in text
    assert "What will these sensors read? (split scheme blocks, calendar or period)" in text


def test_empty_series_are_listed(everything):
    text = everything()
    assert "Series without any reading: c01 at 30 cm." in text
    assert '<span class="cell none"><small>30 cm</small> no readings</span>' in text


def test_how_to_make_it_again(page):
    text = page(study_file="name: mine\nseeds: [1]\n")
    assert '<pre tabindex="0">name: mine\nseeds: [1]\n</pre>' in text
    assert "abc123" in text
    assert "torch\n2.13" in text


def test_the_colours_are_those_of_the_figures():
    light = joined_assets(STYLES).split("prefers-color-scheme")[0]
    names = [f"forecaster {number}" for number in range(6)]
    for number, look in enumerate(looks(names)[name] for name in names):
        assert f"--forecaster-{number}: {look.colour};" in light
    for number, colour in enumerate(replicate_colours(6)):
        assert f"--replicate-{number}: {colour};" in light
