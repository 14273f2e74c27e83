"""Clocks with summer time: IANA zones, abbreviations, and the hours that are shown twice or never."""

import re
import zoneinfo
from collections.abc import Callable

import numpy as np

from thetamix.system.clock_switches import Switches, switches_between
from thetamix.system.errors import nearest

HOUR = np.timedelta64(3600 * 10**9, "ns")
#: Abbreviations that mean one offset [h].
_OFFSETS = {
    "UTC": 0,
    "GMT": 0,
    "UT": 0,
    "Z": 0,
    "WET": 0,
    "WEZ": 0,
    "WEST": 1,
    "CET": 1,
    "MEZ": 1,
    "CEST": 2,
    "MESZ": 2,
    "EET": 2,
    "OEZ": 2,
    "EEST": 3,
    "MSK": 3,
    "SAST": 2,
    "CAT": 2,
    "WAT": 1,
    "EAT": 3,
    "PKT": 5,
    "JST": 9,
    "KST": 9,
    "HKT": 8,
    "SGT": 8,
    "AWST": 8,
    "ACST": 9.5,
    "ACDT": 10.5,
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
    "NST": -3.5,
    "NDT": -2.5,
    "EST": -5,
    "EDT": -4,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "IDT": 3,
    "AKST": -9,
    "AKDT": -8,
    "HST": -10,
    "BRT": -3,
    "ART": -3,
    "CLT": -4,
    "CLST": -3,
}
#: Abbreviations of several clocks: offset [h] -> a zone that has it.
_AMBIGUOUS: dict[str, dict[float, str]] = {
    "CST": {-6: "America/Chicago", 8: "Asia/Shanghai", -5: "America/Havana"},
    "CDT": {-5: "America/Chicago", -4: "America/Havana"},
    "IST": {5.5: "Asia/Kolkata", 2: "Asia/Jerusalem", 1: "Europe/Dublin"},
    "BST": {1: "Europe/London", 6: "Asia/Dhaka"},
    "AST": {-4: "America/Halifax", 3: "Asia/Riyadh"},
    "ADT": {-3: "America/Halifax", 4: "Asia/Baghdad"},
    "GST": {4: "Asia/Dubai", 10: "Pacific/Guam"},
    "SST": {-11: "Pacific/Pago_Pago", 8: "Asia/Singapore"},
}
#: One zone for each standard time and rule of summer time that clocks go by, or went by in this century.
SUMMER_ZONES = (
    *("Europe/Berlin", "Europe/London", "Europe/Helsinki", "Atlantic/Azores", "America/New_York", "America/Chicago"),
    *("America/Denver", "America/Los_Angeles", "America/Anchorage", "America/Halifax", "America/St_Johns"),
    *("America/Santiago", "America/Sao_Paulo", "America/Asuncion", "America/Mexico_City", "Asia/Jerusalem"),
    *("Asia/Beirut", "Asia/Tehran", "Africa/Cairo", "Australia/Sydney", "Australia/Adelaide"),
    *("Australia/Lord_Howe", "Pacific/Auckland"),
)


def find_zone(name: str) -> str:
    """Return the name of an IANA time zone, checked.

    Raises
    ------
    ValueError
        If there is no such zone, or its name misleads.
    """
    if re.match(r"Etc/|GMT|UTC|UCT|[+-]?\d", name) or "/" not in name:
        raise ValueError(
            f"{name!r} is not the name of a time zone such as Europe/Berlin; of a clock that is the same all year, "
            "say utc_offset: '+01:00' instead"
        )
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        names = (zone for zone in zoneinfo.available_timezones() if "/" in zone)
        hint = nearest(name, names).partition("known are")
        raise ValueError(
            f"{name!r} is not a time zone of the IANA data base; {hint[0] or 'write it like Europe/Berlin'}"
        ) from error
    return name


def switches(zone: str, local: np.ndarray) -> Switches:
    """Return the switches of a zone in the years of some times (row), none of them NaT, and around."""
    if not local.size:
        return switches_between(zone, 2000, 2000)
    first, last = (int(str(time)[:4]) for time in (local.min(), local.max()))
    return switches_between(zone, first, last)


def zone_offset(word: str, stated: np.timedelta64 | None) -> np.timedelta64:
    """Return what an abbreviation of a time zone is ahead of UTC [ns].

    Parameters
    ----------
    word
        The abbreviation; ``UTC+1`` and ``-03`` are some, too.
    stated
        Offset that the mapping states; it decides between several clocks of one abbreviation.

    Raises
    ------
    ValueError
        If an abbreviation is of several clocks or of none, or contradicts what is stated.

    Examples
    --------
    >>> zone_offset("CEST", None) / HOUR
    np.float64(2.0)
    """
    offsets = abbreviation_offsets(word)
    agree = [offset for offset in offsets if offset == stated]
    if len(offsets) > 1 and not agree:
        zones = [f"timezone: {zone}" for zone in _AMBIGUOUS[word.upper()].values()]
        raise ValueError(f"{word} is the time of several zones; say which in the mapping: {' or '.join(zones)}")
    offset = agree[0] if agree else offsets[0]
    if stated is not None and offset and abs(offset - stated) > HOUR:
        raise ValueError(
            f"{word} is {offset / HOUR:+g} h from UTC, utc_offset in the mapping {stated / HOUR:+g} h; correct it, "
            "or leave it out: the stamps say it"
        )
    return offset


def abbreviation_offsets(word: str) -> list[np.timedelta64]:
    """Return what the clocks with an abbreviation may be ahead of UTC [ns].

    Raises
    ------
    ValueError
        If it is none that is known.
    """
    name = word.upper()
    if match := re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?", name):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return [np.timedelta64((-minutes if match[1] == "-" else minutes) * 60 * 10**9, "ns")]
    if name in {"AM", "PM"}:
        raise ValueError(f"{word} stands behind the time; say how it is written: time_format with %I and %p")
    hours = list(_AMBIGUOUS.get(name, [_OFFSETS[name]] if name in _OFFSETS else []))
    if not hours:
        raise ValueError(
            f"{word} is no abbreviation of a time zone that is known; write it as it stands into time_format "
            f"(such as '%Y-%m-%d %H:%M {word}'), and say utc_offset or timezone"
        )
    return [np.timedelta64(round(hour * 3600) * 10**9, "ns") for hour in hours]


def summer_zone(times: np.ndarray, offset: np.timedelta64) -> str | None:
    """Return a zone whose clocks show all of some times twice, when summer ends.

    Parameters
    ----------
    times
        On the clock (row).
    offset
        What the clock is said to be ahead of UTC: of several zones, the one with that standard time is returned.
    """

    def shows_twice(rule: Switches) -> bool:
        early, late = rule.stretches(times)
        return bool((early < late).all())

    return _best_zone(times, offset, shows_twice)


def zone_of_missing_hours(
    times: np.ndarray, step: np.timedelta64, offset: np.timedelta64
) -> tuple[str, np.datetime64] | None:
    """Return a zone whose clocks never show what is missing, when summer begins, and the first of these times.

    Parameters
    ----------
    times
        On the clock (row), increasing, each once.
    step
        From one to the next.
    offset
        As in :func:`summer_zone`.
    """

    def explains(rule: Switches) -> bool:
        begin, end = rule.before[rule.before < rule.after], rule.after[rule.before < rule.after]
        at = np.searchsorted(times, begin)
        inside = (at > 0) & (at < times.size)
        begin, end, at = begin[inside], end[inside], at[inside]
        skipped = times[at] - times[at - 1] == step + (end - begin)
        return bool(skipped.any() and (times[at] >= end).all())

    gaps = np.diff(times)
    if not np.isin(gaps, [step + HOUR, step + HOUR // 2]).any():
        return None
    zone = _best_zone(times, offset, explains)
    if zone is None:
        return None
    rule = switches(zone, times)
    begin = rule.before[rule.before < rule.after]
    at = np.searchsorted(times, begin)
    return zone, begin[(at > 0) & (at < times.size)][0]


def _best_zone(times: np.ndarray, offset: np.timedelta64, fits: Callable[[Switches], bool]) -> str | None:
    rules = {zone: switches(zone, times) for zone in SUMMER_ZONES}
    fitting = [zone for zone, rule in rules.items() if fits(rule)]
    return min(fitting, key=lambda zone: abs(rules[zone].offsets.min() - offset), default=None)
