"""Names as they may stand in a figure and in a file name, whatever a source calls its clusters."""

import functools
import re
import unicodedata
import zlib

from matplotlib.font_manager import findfont, get_font

FONT = "DejaVu Sans"  # comes with matplotlib: figures look the same on every machine
LONGEST = 32
_MISSING = "□"


def plain(text: object, longest: int = LONGEST) -> str:
    r"""Make a text that a figure shows as it is: no mathematics, no missing glyph, not too long.

    Parameters
    ----------
    text
        A name from a file.
    longest
        Longer texts are cut in the middle, so that names that differ in their end still differ.

    Returns
    -------
    str
        The text with ``$`` escaped and characters that the font lacks replaced by a box.

    Examples
    --------
    >>> plain("price in $ and $")
    'price in \\$ and \\$'
    >>> plain("a" * 30 + "b" * 30, 11)
    'aaaaa…bbbbb'
    """
    shown = re.sub(r"\s+", " ", str(text)).strip()
    shown = "".join(character if _is_drawn(character) else _MISSING for character in shown)
    if len(shown) > longest:
        head = longest // 2
        shown = f"{shown[:head]}…{shown[len(shown) - (longest - 1 - head) :]}"
    return shown.replace("$", r"\$")


def legend_label(text: object, longest: int = LONGEST) -> str:
    """Make a text for a legend, which leaves out labels that begin with an underscore.

    Parameters
    ----------
    text, longest
        See :func:`plain`.

    Returns
    -------
    str
        The text; a thin space stands before an underscore.
    """
    shown = plain(text, longest)
    return f"\u2009{shown}" if shown.startswith("_") else shown


def depth_label(depth: object) -> str:
    """Write a depth in centimetres.

    Parameters
    ----------
    depth
        In metres, as a number or as text; "all" stays.

    Returns
    -------
    str
        Such as ``10 cm``.

    Examples
    --------
    >>> depth_label("0.1"), depth_label("all")
    ('10 cm', 'all depths')
    """
    return "all depths" if depth == "all" else f"{100 * float(str(depth)):g} cm"


def file_stem(*words: object) -> str:
    """Make a harmless file name without its ending.

    Parameters
    ----------
    words
        What the file shows; None is left out.

    Returns
    -------
    str
        ASCII letters, digits and ``. _ -``, at most 120 characters; words that had to be changed carry a
        checksum, so that two of them never share a file.

    Examples
    --------
    >>> file_stem("series_belt", "c01", 0.1)
    'series_belt-c01-0.1'
    >>> file_stem("series_belt", "<script>")
    'series_belt-script-ff5fec36'
    """
    return "-".join(_file_word(str(word)) for word in words if word is not None)[:120]


def _file_word(word: str) -> str:
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", word).strip("-.")[:40]
    return safe if safe == word else f"{safe}-{zlib.crc32(word.encode()):08x}".lstrip("-")


@functools.cache
def _is_drawn(character: str) -> bool:
    if unicodedata.category(character).startswith("C"):  # control and format characters, lone surrogates
        return False
    return character == " " or get_font(findfont(FONT)).get_char_index(ord(character)) != 0
