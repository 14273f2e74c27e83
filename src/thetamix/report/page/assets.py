"""The page's own scripts and styles, and the policy that lets a browser run these and nothing else."""

import base64
import hashlib
from importlib import resources

STYLES = ("vendor/uplot/uPlot.min.css", "assets/page.css", "assets/explorer.css")
LIBRARY = ("vendor/uplot/uPlot.iife.min.js",)
EXPLORER = (
    "assets/mixture.js",
    "assets/decode.js",
    "assets/series.js",
    "assets/charts.js",
    "assets/density.js",
    "assets/explorer.js",
)
PAGE = ("assets/page.js",)


def joined_assets(names: tuple[str, ...]) -> str:
    """Read files of this room and join them.

    Parameters
    ----------
    names
        Paths below ``thetamix/report/page``.

    Returns
    -------
    str
        Their text, with the line ends that a browser makes of it: the hash is of those.
    """
    room = resources.files("thetamix.report.page")
    texts = [room.joinpath(*name.split("/")).read_text(encoding="utf-8") for name in names]
    return "\n".join(texts).replace("\r\n", "\n")


def content_security_policy(scripts: list[str], styles: list[str]) -> str:
    """Allow these scripts and styles by their hashes, pictures that are part of the page, and nothing else.

    Parameters
    ----------
    scripts, styles
        The text of each element.

    Returns
    -------
    str
        The policy (W3C, Content Security Policy Level 3).

    Examples
    --------
    >>> content_security_policy([], [])
    "default-src 'none'; script-src 'none'; style-src 'none'; img-src data:; base-uri 'none'; form-action 'none'"
    """
    allowed = {
        "default-src": "'none'",
        "script-src": " ".join(map(_hash, scripts)) or "'none'",
        "style-src": " ".join(map(_hash, styles)) or "'none'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{directive} {sources}" for directive, sources in allowed.items())


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
