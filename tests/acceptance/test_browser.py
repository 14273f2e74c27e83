"""The page in a browser: what it shows is what the mixtures say, and it asks nobody for anything.

Needs Chromium (`apt-get install chromium`) and Playwright; skipped where there is none, unless the environment
variable THETAMIX_REQUIRE_BROWSER is set.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from thetamix.evaluation.long_table import COLUMNS
from thetamix.mixture import GaussianMixture
from thetamix.network.schema import FLAGS
from thetamix.network.settings import Quality
from thetamix.report.explorer.explorer_data import explorer_data
from thetamix.report.layouts.quality_table import quality_table
from thetamix.report.page.page import Picture, render
from thetamix.splits.parts import EVALUATION, TRAINING

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'💧" + "long " * 40
STEPS = 600
FORECASTERS: dict[str, dict[str, Any]] = {
    "three": {"kind": "lstm"},
    "silent": {"kind": "lstm"},
    "law": {"kind": "file", "file": "law.nc"},
    "both": {"kind": "ensemble", "of": ["three", "one"]},
    "one": {"kind": "annual_cycle"},
}
ENVIRONMENT = {"thetamix": "0.1", "network_sha256": "abc", "packages": {"torch": "2"}}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000a49444154789c63000100000500010d0a2db40000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser without a window."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        if os.environ.get("THETAMIX_REQUIRE_BROWSER"):
            pytest.fail("THETAMIX_REQUIRE_BROWSER is set, and there is no Chromium")
        pytest.skip("there is no Chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def context(make_network: Callable[..., Any], make_mixtures: Callable[..., Any]) -> dict[str, Any]:
    """Three clusters, two depths; the last series is empty, one reading is rejected."""
    rng = np.random.default_rng(7)
    season = 0.3 + 0.1 * np.cos(np.arange(STEPS) / 58)
    readings = season + 0.04 * rng.standard_normal((3, 2, 3, 1)) + 0.005 * rng.standard_normal((3, 2, 3, STEPS))
    readings[2, 1] = np.nan
    readings[0, 0, 1, 350:] = np.nan
    network = make_network(readings, reference_soil_moisture=np.tile(season - 0.05, (3, 2, 1)))
    network = network.assign_coords(cluster_id=("cluster", ["c00", EVIL, "</script>"]))
    flags = np.zeros(readings.shape, dtype=np.int32)
    flags[1, 0, 2, 3] = FLAGS["C02"][0]
    network["soil_moisture_flag"] = (network["soil_moisture"].dims, flags)
    mean = season[:, None] + np.array([-0.1, 0.0, 0.12]) + 0.01 * rng.standard_normal((3, 2, STEPS, 3))
    weight = rng.dirichlet([3, 5, 2], (3, 2, STEPS))
    daily = season[:366, None] + 0.05 * rng.standard_normal((366, 40))
    mixtures = {
        "three": make_mixtures(network, weight, mean, np.array([0.01, 0.03, 0.02])),
        "silent": make_mixtures(network, np.nan, np.nan, np.nan),
        "law": make_mixtures(network, 1 / 64, season[:, None] + 0.05 * rng.standard_normal((STEPS, 64)), 0.02),
        "both": make_mixtures(network, 1.0, 0.3, 0.1),  # the page pools its members, and not this
        "one": make_mixtures(network, 1 / 40, daily[np.arange(STEPS) % 366], 0.02),
    }
    return {"network": network, "mixtures": mixtures}


@pytest.fixture(scope="module")
def written(
    context: dict[str, Any], make_study: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """The page as a file, and the data in it."""
    network = context["network"]
    part = np.full(network["soil_moisture"].shape, TRAINING)
    part[..., 200:400] = EVALUATION
    data = explorer_data(
        network, part, ["C02"], context["mixtures"], pools={"both": ["three", "one"]}, budget=2_000_000
    )
    page = render(
        study=make_study(FORECASTERS, name=EVIL, seeds=[1], quality=Quality(reject=["C02"])),
        study_file=f"name: {EVIL}\n",
        scores=scores(network),
        leakage=pd.DataFrame(
            [{"seed": 1, "steps": 10.0, "same_series": 0, "same_cluster": 0.5, "same_forcing": 0.5}]
        ).assign(days_q50=1.0, days_q95=2.0, one_sided=""),
        environment=ENVIRONMENT,
        figures=[Picture("pixel", EVIL, EVIL, PIXEL)],
        explorer=data,
        quality=quality_table(network, ["C02"]),
    )
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page, encoding="utf-8")
    return {"path": path, "data": data}


def scores(network: Any) -> pd.DataFrame:
    """Made-up scores of all series and of their means."""
    places = [("all", "all", "all"), ("all", "0.1", "all"), ("all", "0.3", "all")]
    geology = [str(name) for name in network["geology"].to_numpy()]
    for c, name in enumerate(network["cluster_id"].to_numpy()):
        places += [(geology[c], depth, str(name)) for depth in ("0.1", "0.3")]
        places += [(geology[c], depth, "all") for depth in ("0.1", "0.3")]
    rows = [
        (forecaster, seed, *place, score, 0.03 + 0.01 * n, 0.02, 0.05, 9, 0)
        for n, forecaster in enumerate(FORECASTERS)
        for seed in ("1", "all")
        for place in places
        for score in ("crps", "log_likelihood", "kge", "rank_correlation", "mse", "rmse")
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


class Visit:
    """An open page that notes what goes wrong on it."""

    def __init__(self, browser: Any, path: Path, **context: Any) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | context)
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda message: self.wrong.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.wrong.append("a dialog"), dialog.dismiss()))
        self.page.on("request", self._note)
        self.home = path.as_uri()
        self.page.goto(self.home)
        self.ready()

    def _note(self, request: Any) -> None:
        if request.url != self.home and not request.url.startswith("data:"):
            self.wrong.append(f"asked for {request.url}")

    def ready(self) -> None:
        self.until("document.getElementById('time').textContent !== ''")
        self.until("!document.getElementById('explorer').hasAttribute('aria-busy')")

    def until(self, condition: str) -> None:
        # Playwright's own wait_for_function evaluates text within the page, which the page's policy forbids.
        for _ in range(200):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(25)
        raise AssertionError(f"never became true: {condition}")

    def value(self, name: str) -> float:
        return float(self.page.get_attribute(f"#{name}", "data-value"))

    def step(self) -> int:
        """Position in time of the chosen step."""
        return int(
            self.page.evaluate(
                "(() => { const {state, current, data} = thetamix.explorer;"
                " return (current().x[state.chosen] - data.time.start) / data.time.step; })()"
            )
        )

    def choose(self, cluster: int = 0, depth: int = 0, forecaster: str = "three") -> None:
        self.page.select_option("#cluster", str(cluster))
        self.ready()
        self.page.locator("#depths label").nth(depth).click()
        self.ready()
        self.page.select_option("#forecaster", label=forecaster)
        self.ready()

    def click_chart(self, share: float, place: str = "#moisture-chart .u-over") -> None:
        self.page.locator(place).scroll_into_view_if_needed()
        box = self.page.locator(place).bounding_box()
        self.page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)


@pytest.fixture
def visit(chromium: Any, written: dict[str, Any]) -> Iterator[Callable[..., Visit]]:
    """Open the page; nothing may go wrong on it."""
    visits: list[Visit] = []

    def visit(**context: Any) -> Visit:
        visits.append(Visit(chromium, written["path"], **context))
        return visits[-1]

    yield visit
    for one in visits:
        one.context.close()
    assert [wrong for one in visits for wrong in one.wrong] == []


def mixture_at(context: dict[str, Any], forecaster: str, cluster: int, depth: int, step: int) -> GaussianMixture:
    if forecaster == "both":
        return GaussianMixture.pool([mixture_at(context, name, cluster, depth, step) for name in ("three", "one")])
    names = ("component_weight", "component_mean", "component_sd")
    one = context["mixtures"][forecaster].isel(cluster=cluster, depth=depth, time=step)
    return GaussianMixture(*(one[name].to_numpy() for name in names))


@pytest.mark.parametrize("forecaster", ["three", "one", "both"])
def test_the_numbers_are_those_of_the_mixture(visit, context, forecaster):
    page = visit()
    page.choose(1, 1, forecaster)
    for share in (0.2, 0.77):
        page.click_chart(share)
        step = page.step()
        assert step == pytest.approx(share * (STEPS - 1), abs=3)
        mixture = mixture_at(context, forecaster, 1, 1, step)
        assert page.value("expectation") == pytest.approx(float(mixture.expectation()), abs=2e-6)
        for name, level in {"q05": 0.05, "q20": 0.2, "q80": 0.8, "q95": 0.95}.items():
            assert page.value(name) == pytest.approx(float(mixture.quantile(level)), abs=5e-5), name
        threshold = float(page.page.input_value("#threshold"))
        assert page.value("chance") == pytest.approx(float(mixture.cdf(threshold)), abs=1e-4)
        shown = page.page.inner_text("#chance")
        assert shown == f"{100 * page.value('chance'):.1f}%"


def test_merged_components_are_right_to_the_stated_error(visit, context, written):
    page = visit()
    page.choose(0, 0, "law")
    error = next(one["error"] for one in written["data"]["forecasters"] if one["name"] == "law")
    assert f"probabilities are right to {error:.3f}" in page.page.inner_text("#note")
    mixture = mixture_at(context, "law", 0, 0, page.step())
    threshold = float(mixture.quantile(0.4))
    page.page.fill("#threshold-number", f"{threshold:.3f}")
    page.page.keyboard.press("Tab")
    expected = float(mixture.cdf(round(threshold, 3)))
    assert page.value("chance") == pytest.approx(expected, abs=error + 1e-3)


def test_the_distribution_function_in_the_page_is_exact(visit, context):
    page = visit()
    mixture = mixture_at(context, "three", 0, 0, 5)
    points = np.linspace(-0.2, 0.9, 200)
    levels = np.array([1e-6, 1e-3, 0.05, 0.2, 0.5, 0.8, 0.95, 0.999, 1 - 1e-6])
    weight = mixture.weight.astype(float)
    given = {
        "weight": (weight / weight.sum()).tolist(),
        **{name: getattr(mixture, name).astype(float).tolist() for name in ("mean", "sd")},
        "points": points.tolist(),
        "levels": levels.tolist(),
    }
    found = page.page.evaluate(
        """(m) => { const { cdf, pdf, quantile, expectation } = thetamix.mixture; return {
            cdf: m.points.map((x) => cdf(m, x)), pdf: m.points.map((x) => pdf(m, x)),
            quantile: m.levels.map((p) => quantile(m, p)), expectation: expectation(m) }; }""",
        given,
    )
    np.testing.assert_allclose(found["cdf"], mixture.cdf(points), atol=1e-6)
    np.testing.assert_allclose(found["pdf"], mixture.pdf(points), rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(found["quantile"], mixture.quantile(levels), atol=1e-6)
    # Far apart: where Newton's method alone stays in the middle.
    apart = {"weight": [0.5, 0.5], "mean": [0.1, 0.5], "sd": [0.001, 0.001], "levels": levels.tolist()}
    found = page.page.evaluate("(m) => m.levels.map(p => thetamix.mixture.quantile(m, p))", apart)
    expected = GaussianMixture(apart["weight"], apart["mean"], apart["sd"]).quantile(levels)
    far = levels != 0.5  # any point between the two is a median
    np.testing.assert_allclose(np.array(found)[far], expected[far], atol=1e-9)


def test_lines_are_the_quantiles_of_all_steps(visit, context):
    page = visit()
    page.choose(0, 1, "three")
    lines = page.page.evaluate(
        "(() => { const found = thetamix.series.lines(thetamix.explorer.current(), 0);"
        " return [found.expectation, ...found.quantiles]; })()"
    )
    names = ("component_weight", "component_mean", "component_sd")
    one = context["mixtures"]["three"].isel(cluster=0, depth=1)
    mixture = GaussianMixture(*(one[name].to_numpy() for name in names))
    np.testing.assert_allclose(lines[0], mixture.expectation(), atol=2e-6)
    np.testing.assert_allclose(np.transpose(lines[1:]), mixture.quantile([0.95, 0.05, 0.8, 0.2]), atol=1e-4)


def test_the_threshold_moves_the_probability(visit, context):
    page = visit()
    page.choose(0, 0)
    mixture = mixture_at(context, "three", 0, 0, page.step())
    page.page.focus("#threshold")
    before = page.value("chance")
    for _ in range(40):
        page.page.keyboard.press("ArrowRight")
    threshold = float(page.page.input_value("#threshold"))
    assert page.value("chance") > before
    assert page.value("chance") == pytest.approx(float(mixture.cdf(threshold)), abs=1e-4)
    assert page.page.input_value("#threshold-number") == f"{threshold:.3f}"
    series = page.page.evaluate(
        "thetamix.series.below(thetamix.explorer.current(), 0, thetamix.explorer.state.threshold)"
    )
    assert len(series) == STEPS


def test_zoom_by_mouse_keyboard_and_buttons(visit):
    page = visit()
    page.choose()
    span = "(() => { const r = thetamix.explorer.state.range; return r ? (r[1] - r[0]) / 86400 : null; })()"
    over = page.page.locator("#moisture-chart .u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    page.page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 50)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 60, steps=5)
    page.page.mouse.up()
    assert page.page.evaluate(span) == pytest.approx(STEPS / 4, abs=6)
    page.page.focus("#charts")
    page.page.keyboard.press("Escape")
    assert page.page.evaluate(span) is None
    page.page.keyboard.press("+")
    assert page.page.evaluate(span) == pytest.approx(STEPS / 2, abs=3)
    step = page.step()
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("Shift+ArrowLeft")
    assert page.step() == step - 9
    page.page.keyboard.press("End")
    assert page.step() == STEPS - 1
    page.page.click("#zoom-in")
    assert page.page.evaluate(span) == pytest.approx(STEPS / 4, abs=3)
    page.page.click("#all")
    assert page.page.evaluate(span) is None


def test_sensors_stand_in_the_density(visit, context):
    page = visit()
    page.choose(0, 1)
    page.click_chart(0.5)
    readings = context["network"]["soil_moisture"].to_numpy()[0, 1, :, page.step()]
    mixture = mixture_at(context, "three", 0, 1, page.step())
    rows = page.page.locator("#sensors tr").all_inner_texts()
    for row, label, reading in zip(rows, "ABC", readings, strict=True):
        assert row.split() == [label, f"{reading:.3f}", f"{100 * float(mixture.cdf(reading)):.1f}%"]
    assert page.page.locator("#density circle").count() == 3
    assert "Evaluated" in page.page.inner_text("#part")
    page.click_chart(0.1)
    assert "Trained on" in page.page.inner_text("#part")


def test_readings_are_seen_where_nothing_is_predicted_or_a_reading_is_rejected(visit):
    page = visit()
    page.choose(1, 0, "silent")
    assert "silent has no prediction for this series" in page.page.inner_text("#note")
    assert page.page.inner_text("#expectation") == "–"
    assert page.page.locator("#sensors tr").count() == 3
    page.page.focus("#charts")
    page.page.keyboard.press("Home")
    for _ in range(3):
        page.page.keyboard.press("ArrowRight")
    assert "(rejected)" in page.page.inner_text("#sensors")
    assert "rejected reading" in page.page.inner_text("#legend")


def test_an_empty_series_is_said_to_be_empty(visit):
    page = visit()
    page.page.select_option("#cluster", "2")
    page.ready()
    assert "30 cm: no readings" in page.page.inner_text("#depths")
    page.page.locator("#depths label").nth(1).click()
    page.page.wait_for_selector("#empty:not([hidden])")
    assert page.page.inner_text("#empty").startswith("</script> at 30 cm: no readings")
    assert not page.page.is_visible("#charts")
    page.page.locator("#depths label").nth(0).click()
    page.page.wait_for_selector("#charts:not([hidden])")


def test_a_place_leads_to_its_series_and_a_layer_can_be_hidden(visit):
    page = visit()
    page.page.locator('[data-cluster="1"][data-depth="1"]').click()
    page.until("thetamix.explorer.state.cluster === 1 && thetamix.explorer.state.depth === 1")
    page.ready()
    assert page.page.input_value("#cluster") == "1"
    button = page.page.get_by_role("button", name="replicate B")
    button.click()
    button = page.page.get_by_role("button", name="replicate B")
    assert button.get_attribute("aria-pressed") == "false"
    assert page.page.evaluate("document.activeElement.textContent") == "replicate B"


def test_hostile_names_are_text(visit):
    page = visit()
    assert page.page.inner_text("h1").strip() == " ".join(EVIL.split())
    assert page.page.locator("#cluster option").nth(1).text_content() == EVIL
    page.choose(1, 0)
    assert page.page.locator("h1 script, h1 img, figcaption script").count() == 0


@pytest.mark.parametrize("width", [320, 390, 768])
def test_a_phone_need_not_scroll_sideways(visit, width):
    page = visit(viewport={"width": width, "height": 800}, has_touch=True)
    page.choose(1, 0)
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.page.locator("#moisture-chart .uplot").bounding_box()["width"] <= width


#: Text whose contrast is below 4.5 (WCAG 2.2, 1.4.3), with its background as far up as one is painted.
CONTRAST = """
() => {
  const channel = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  function behind(element) {
    for (let e = element; e; e = e.parentElement) {
      const found = parse(getComputedStyle(e).backgroundColor);
      if (found.length < 4 || found[3] > 0.99) return found;
    }
    return [255, 255, 255];
  }
  const text = "h1, h2, h3, p, li, th, td, a, summary, button, small, dt, dd, caption, label, figcaption, span";
  const poor = [];
  for (const e of document.querySelectorAll(text)) {
    if (!e.offsetParent || !e.textContent.trim()) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push([e.tagName, e.className, ratio, e.textContent.trim().slice(0, 30)].join(" "));
  }
  return poor;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_by_day_and_by_night(visit, scheme):
    page = visit(color_scheme=scheme)
    page.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.page.evaluate(CONTRAST) == []


def test_a_figure_can_be_enlarged(visit):
    page = visit()
    page.page.locator("button.enlarge").click()
    assert page.page.locator("dialog[open] img").count() == 1
    page.page.keyboard.press("Escape")
    assert page.page.locator("dialog[open]").count() == 0


def test_everything_is_open_on_paper(visit):
    page = visit(color_scheme="dark")
    page.page.emulate_media(media="print")
    background = page.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(255, 255, 255)"
    page.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.page.locator("details:not([open])").count() == 0
    page.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.page.locator("details[open]").count() == 0


def test_without_scripts_the_rest_stands(chromium, written):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written["path"].as_uri())
    assert "The explorer needs scripts" in page.inner_text("#explore")
    assert page.locator(".forest").count() == 4
    context.close()
