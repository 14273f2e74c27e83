"""Texts of time stamps to times: ISO 8601 or a format, and what loggers make of both.

Understood beside what :func:`datetime.datetime.strptime` reads: hour 24, which is the next day's hour 0; ``%H%M``
without its leading zeros (5, 130, 2400), as Campbell's CR10X writes it; ``%p`` in other languages; abbreviations of
time zones.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

_DAY = np.timedelta64(24 * 3600 * 10**9, "ns")
_DAY_OF_EXCEL = re.compile(r"(?<=^\d{4}-\d\d-\d\d) 00:00:00(?= \d)")
_CARRIES_OFFSET = re.compile(
    r":\d{2}(?:[.,]\d+)?\s*(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$|T\d{2,6}(?:[Zz]|[+-]\d{2}:?\d{2})$"
)
_ISO_HOUR_24 = re.compile(r"(\d{4}-?\d{2}-?\d{2}[T ]+)24((?::?00){0,2}(?:[.,]0+)?(?:\s*[Zz]|\s*[+-]\d{2}:?\d{2})?)")
_WORD = r"[^\W\d_]+(?:[+-]\d{1,2}(?::?\d{2})?)?"
_ISO_WORD = re.compile(rf"(.*\d)\s*({_WORD})")
#: A format whose date stands before its time, without a zone.
_DATE_AND_TIME = re.compile(r"((?:%[YymdjbB]|[^%])+?)[\sT]+%[HI](?:%[MSfp]|[^%])*")
#: How the parts of a format look in a text; others are whatever stands there.
_PARTS = {
    "%Y": r"\d{4}",
    "%y": r"\d{2}",
    "%j": r"\d{1,3}",
    "%f": r"\d+",
    "%p": r"[^\d:]+?",
    "%Z": rf"{_WORD}|[+-]\d{{2}}(?::?\d{{2}})?",  # zones without an abbreviation are called "-03"
    **dict.fromkeys(("%m", "%d", "%H", "%I", "%M", "%S"), r"\d{1,2}"),
}
NOON = 12
#: Words for before and after noon, without points and blanks: German, Spanish, French, Swedish, Hungarian, Greek, …
_MORNING = ("am", "a", "vorm", "vormittags", "fm", "de", "πμ", "上午", "午前", "오전", "ص", "sa")
_AFTERNOON = ("pm", "p", "nachm", "nachmittags", "em", "du", "μμ", "下午", "午後", "오후", "م", "ch")
_NOON = dict.fromkeys(_MORNING, "AM") | dict.fromkeys(_AFTERNOON, "PM")


@dataclass(frozen=True)
class Stamps:
    """Times of texts.

    Attributes
    ----------
    times
        (text) ``datetime64[ns]``: UTC where a text carries its offset, else as on the clock; NaT where unreadable.
    carried
        (text) Whether a text carries its offset from UTC as a number.
    words
        (text) The abbreviation of a time zone; empty where there is none.
    """

    times: np.ndarray
    carried: np.ndarray
    words: np.ndarray


@lru_cache(maxsize=4)  # the files of many sensors have the same stamps, and each is read twice
def read_stamps(texts: tuple[str, ...], pattern: str | None) -> Stamps:
    """Read texts (text) as a format has it; None is ISO 8601.

    Examples
    --------
    >>> read_stamps(("2021 1 30", "2021 1 2400"), "%Y %j %H%M").times.astype("datetime64[m]")
    array(['2021-01-01T00:30', '2021-01-02T00:00'], dtype='datetime64[m]')
    """
    plain, days, words = (
        np.array(texts, dtype=object),
        np.zeros(len(texts), dtype=int),
        np.full(len(texts), "", object),
    )
    if pattern is not None and _needs_care(pattern):
        rows = list(range(len(texts)))
    else:
        times = _parse(plain, pattern)
        rows = np.flatnonzero(np.isnat(times)).tolist()
    if rows:
        regex = _as_regex(pattern) if pattern is not None else None
        for row in rows:
            plain[row], days[row], words[row] = _iso(texts[row]) if regex is None else _rewritten(texts[row], regex)
        times = _parse(plain, pattern and pattern.replace("%Z", "").strip()) + days * _DAY
    if pattern is not None and (match := _DATE_AND_TIME.fullmatch(pattern)) and np.isnat(times).any():
        # R writes a midnight as the date alone.
        times = np.where(np.isnat(times), _parse(np.array(texts, dtype=object), match[1]), times)
    if pattern is None:
        carried = np.array([_carries_offset(text) for text in plain], dtype=bool)
    else:
        carried = np.full(len(texts), "%z" in pattern)
    for array in (times, carried, words):
        array.flags.writeable = False
    return Stamps(times, carried, words)


def without_midnight(text: str) -> str:
    """Return the text of a day and a time, joined: in Excel a day has a midnight, which is none where a time follows.

    Examples
    --------
    >>> without_midnight("2021-06-01 00:00:00 14:30:00")
    '2021-06-01 14:30:00'
    """
    return _DAY_OF_EXCEL.sub("", text)


def _carries_offset(text: str) -> bool:
    behind = text[len("2013-02-01") :]  # most texts have nothing there that could be an offset
    may = "Z" in behind or "+" in behind or "-" in behind or "z" in behind
    return may and _CARRIES_OFFSET.search(text.strip()) is not None


def _parse(texts: np.ndarray, pattern: str | None) -> np.ndarray:
    column = pd.Series(texts, dtype=object)
    if pattern is None:
        # "2013" and "201301" are read by pandas, but nobody stamps readings like that.
        column = column.where(column.str.len() >= len("20130101"))
    parsed = pd.to_datetime(column, format=pattern or "ISO8601", utc=True, errors="coerce")
    within = parsed.dt.year.between(1700, 2250)
    if pattern is not None and "%j" in pattern:  # day 366 of a year that has none would be the next year's first
        within &= ~((parsed.dt.day_of_year == 1) & column.str.contains("366"))
    times: np.ndarray = parsed.where(within).dt.tz_localize(None).to_numpy().astype("datetime64[ns]")
    return times


def _iso(text: str) -> tuple[str, int, str]:
    """Return a text as pandas reads it, the days to add, and its abbreviation of a time zone."""
    word = ""
    if match := _ISO_WORD.fullmatch(text.strip()):
        text, word = match.groups()
        if word in {"Z", "z"}:
            text, word = text + word, ""
    if match := _ISO_HOUR_24.fullmatch(text.strip()):
        return f"{match[1]}00{match[2]}", 1, word
    return text, 0, word


def _tokens(pattern: str) -> list[str]:
    """Split a format into its parts; ``%H%M`` (and ``%S``) between other marks is one of them."""
    tokens = re.findall(r"%.|\s+|[^%\s]+", pattern)
    for at in range(len(tokens) - 1):
        if tokens[at : at + 2] == ["%H", "%M"] and (at == 0 or tokens[at - 1][0] != "%"):
            width = 3 if tokens[at + 2 : at + 3] == ["%S"] else 2
            return [*tokens[:at], "".join(tokens[at : at + width]), *tokens[at + width :]]
    return tokens


def _needs_care(pattern: str) -> bool:
    """Return whether pandas misreads such texts: "130" would be 13 h."""
    return ("%p" in pattern and "%H" in pattern) or any(
        token == "%Z" or token.startswith("%H%M") for token in _tokens(pattern)
    )


def _as_regex(pattern: str) -> re.Pattern[str]:
    """Return what a text in a format looks like, with groups of what may need care."""
    parts = []
    for token in _tokens(pattern):
        if token.startswith("%H%M"):
            parts.append(rf"(?P<clock{len(token)}>\d{{1,{len(token)}}})")
        elif token in {"%H", "%M", "%S", "%p", "%Z"}:
            parts.append(f"(?P<{token[1]}>{_PARTS[token]})")
        elif token.isspace():
            parts.append(r"\s+")
        else:
            parts.append(_PARTS.get(token, ".+?") if token[0] == "%" else re.escape(token))
    return re.compile("".join(parts))


def _rewritten(text: str, regex: re.Pattern[str]) -> tuple[str, int, str]:
    match = regex.fullmatch(text.strip())
    if match is None:
        return "", 0, ""
    groups = {name: group for name, group in match.groupdict().items() if group is not None}
    new, day = dict(groups), 0
    for name in groups.keys() & {"clock4", "clock6"}:
        new[name] = groups[name].zfill(int(name[-1]))
    hour = next((name for name in ("H", "clock4", "clock6") if name in new), "")
    digits = "".join(new.get(name, "") for name in (hour, "M", "S"))
    if hour and digits.startswith("24") and not digits[2:].strip("0"):
        new[hour], day = new[hour].replace("24", "00", 1), 1
    if "p" in new:
        bare = re.sub(r"[.\s]", "", new["p"]).lower()
        new["p"] = _NOON.get(bare, new["p"])
        if "H" in new and (new["p"].upper() == "PM") != (int(new["H"]) >= NOON):
            return "", 0, ""  # "01:00 PM" as %H would be at night
    word = new.get("Z", "")
    if word:
        new["Z"] = ""
    text = match.string
    for name in sorted(groups, key=match.start, reverse=True):
        text = text[: match.start(name)] + new[name] + text[match.end(name) :]
    return text.strip(), day, word
