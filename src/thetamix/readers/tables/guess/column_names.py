"""How columns are called in the tables of loggers and weather services, and the units that they hint at."""

import re
from collections.abc import Iterable, Sequence

from thetamix.network.limits import LARGEST_FRACTION, LEAST_KELVIN

_IGNORE = re.IGNORECASE
#: Soil moisture: VWC_10cm, swc, SM, theta, soil_moisture, swvl1.
MOISTURE = re.compile(
    r"vwc|moist|theta|swc|swvl\d|water[_ ]?content|wassergehalt|^A\d+\(\d+\)$|teneur[_ ]en[_ ]eau|% ?vol|vol\.?[- ]?%"
    r"|m(\^?3|³) ?/ ?c?m(\^?3|³)|(^|[_ ])(sm|wc|vw|sms)([_ .]|\d|$)|bodenfeuchte",
    _IGNORE,
)
#: Numbers that are no measurement of what their name says.
_OTHER = re.compile(r"group|flag|code|qual|[_ ]qc$|[_ ](sd|std|se|n|count)$|soil|boden|\d ?cm", _IGNORE)

#: Variable -> how its columns are called, the surest first.
_NAMES: dict[str, tuple[str, ...]] = {
    "precipitation": (
        r"rainfall|(?<![a-z])rain|precip|prcp|niederschlag",
        r"prec(?!is)|ppt|^(p|tp|pr|rr)(_\d+)*$|^p[_ ]mm",
    ),
    "maximum_air_temperature": (r"^t[_ ]?(air[_ ]?)?max|max.*temp|temp.*max|^tx$",),
    "minimum_air_temperature": (r"^t[_ ]?(air[_ ]?)?min|min.*temp|temp.*min|^tn$",),
    "dew_point_temperature": (r"dew|^td(ew)?$|^d2m$",),
    "air_temperature": (
        r"air.*temp|temp.*air|lufttemp|^t[_ ]?air|^ta([_ ]|$)|^t2m?([_ ]|$)|2m[_ ]temp|temp[_ ]?2m?|^tas$",
        r"^t(emp(erature)?)?[_ ]?(mean|avg|ave|average)|(mean|avg|average)[_ ]temp",
        r"^temp(erature)?([_ ]?(deg[_ ]?)?[ckf])?$|^t([_ ](deg[_ ]?)?[ckf])?$",
    ),
    "potential_evapotranspiration": (
        r"(^|[_ ])(pet|pev|eto|et0|et[_ ]?ref|etp)([_ ]|\d|$)|potential.*evap|ref.*evap",
        r"^et$|^(?!.*actual).*evapo",
    ),
    "relative_humidity": (r"(^|[_ ])rh([_ ]|\d|$)|hum",),
    "wind_speed": (r"wind[_ ]?(sp|vel)|wspd|wnd[_ ]?spd|(^|[_ ])ws([_ ]|\d|$)|^u2?$", r"^wind(?!.*(dir|gust|max))"),
    "shortwave_radiation": (r"short.*rad|solar|srad|ssrd|sw[_ ]?(in|down)|global.*rad|^r[sg]$|^sr$", r"^rad"),
    "discharge": (r"disch|streamflow|runoff|abfluss|^q([_ ]|$)|(?<![a-z])flow",),
}
_PATTERNS = {name: [re.compile(word, _IGNORE) for word in words] for name, words in _NAMES.items()}
#: Variable -> the unit that is most frequent.
_UNITS = {
    "precipitation": "mm",
    "potential_evapotranspiration": "mm",
    "relative_humidity": "percent",
    "wind_speed": "m s-1",
    "shortwave_radiation": "W m-2",
    "discharge": "m3 s-1",
}
_RATES = (
    (re.compile(r"mm[_ /]*(per[_ ]*)?(d|day)(-1)?$", _IGNORE), "mm d-1"),
    (re.compile(r"mm[_ /]*(per[_ ]*)?(h|hr|hour)(-1)?$", _IGNORE), "mm h-1"),
    (re.compile(r"inch(es)?$|[_ ]in$|[(\[]in(ch(es)?)?[)\]]", _IGNORE), "inch"),
)


def weather_columns(columns: Iterable[str]) -> dict[str, str]:
    """Return what columns of numbers hold by their names: variable -> column, no column twice.

    Examples
    --------
    >>> weather_columns(["rain_mm", "temp", "temp_5cm", "eto", "wind_dir"])
    {'precipitation': 'rain_mm', 'air_temperature': 'temp', 'potential_evapotranspiration': 'eto'}
    """
    left = [column for column in columns if not MOISTURE.search(column) and not _OTHER.search(column)]
    held: dict[str, str] = {}
    for variable, patterns in _PATTERNS.items():
        named = (column for pattern in patterns for column in left if pattern.search(column))
        column = next(named, None)
        if column is not None:
            held[variable] = column
            left.remove(column)
    return held


def weather_unit(variable: str, column: str, median: float) -> str:
    """Return the unit that a variable's column and the median of its first values (or NaN) hint at.

    Examples
    --------
    >>> weather_unit("precipitation", "rain_mm_per_day", 0.0), weather_unit("air_temperature", "t2m", 284.0)
    ('mm d-1', 'K')
    """
    if variable.endswith("temperature"):
        if median > LEAST_KELVIN:
            return "K"
        return "degF" if re.search(r"(deg ?|°|[_ (\[])F([)\]]|$)", column, _IGNORE) else "degC"
    if _UNITS[variable] == "mm":
        return next((unit for pattern, unit in _RATES if pattern.search(column)), "mm")
    return _UNITS[variable]


def moisture_unit(medians: Sequence[float]) -> str:
    """Return the unit of readings, ``percent`` where most columns' medians are no fraction, else ``m3 m-3``.

    Examples
    --------
    >>> moisture_unit([24.1, 0.3, 31.0])
    'percent'
    """
    large = sum(median > LARGEST_FRACTION for median in medians)
    return "percent" if large > len(medians) / 2 else "m3 m-3"
