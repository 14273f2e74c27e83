"""A look at every page as a phone shows it, where Chromium and playwright are there.

A page that scrolls sideways, an empty table, a picture that does not load, an error of the page or a request to
elsewhere is a warning, and so fails the build with ``-W``. Tables, code and equations scroll in themselves.
"""

import importlib.util
import shutil
from pathlib import Path

from sphinx.util import logging

WIDTH, HEIGHT = 390, 844
LOOK = """() => [
  ...(document.documentElement.scrollWidth > innerWidth ? ['scrolls sideways'] : []),
  ...[...document.images].filter(one => !one.complete || !one.naturalWidth).map(one => 'no picture ' + one.src),
  ...[...document.querySelectorAll('article table')].filter(one => !one.querySelector('tbody tr'))
    .map(() => 'a table without rows'),
]"""
logger = logging.getLogger(__name__)


def look(app: object, error: Exception | None) -> None:
    """Open each page of a finished build."""
    chromium = shutil.which("chromium")
    if error is not None or app.builder.name != "html":
        return
    if chromium is None or importlib.util.find_spec("playwright") is None:
        logger.info("no Chromium or no playwright: the pages were not looked at")
        return
    folder = Path(app.outdir)
    for page, faults in faults_of(chromium, [folder / f"{name}.html" for name in sorted(app.env.found_docs)]):
        for fault in faults:
            logger.warning("%s at %d px: %s", page.relative_to(folder), WIDTH, fault, type="phone")


def faults_of(chromium: str, pages: list[Path]) -> list[tuple[Path, list[str]]]:
    """Return what is wrong with each page."""
    from playwright.sync_api import sync_playwright

    faults = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        heard: list[str] = []
        view.on("pageerror", lambda error: heard.append(f"error: {error}"))
        view.on("request", lambda asked: heard.extend([] if _is_local(asked.url) else [f"asks for {asked.url}"]))
        for page in pages:
            heard.clear()
            view.goto(page.resolve().as_uri())
            faults.append((page, [*view.evaluate(LOOK), *heard]))
        browser.close()
    return faults


def _is_local(url: str) -> bool:
    return url.startswith(("file:", "data:", "blob:"))


def setup(app: object) -> dict[str, object]:
    """Look when all is written."""
    app.connect("build-finished", look, priority=900)
    return {"parallel_read_safe": True, "version": "1"}
