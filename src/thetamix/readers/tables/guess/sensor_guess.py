"""Which columns of undescribed tables are soil moisture, and what their names say of cluster, depth and replicate."""

import re
from collections.abc import Sequence

from thetamix.readers.tables.guess.column_names import MOISTURE

#: Columns beside readings: their quality, their spread, their salt, and what is no water content.
_NO_READING = re.compile(
    r"flag|qual|[_ ]qc|q[fm](sci|$)|[_ ](sd|std|se|n|count)$|temp|uncert|variance|std|numpts|min(imum)?$|max(imum)?$"
    r"|vsic|range|persist|step|null|gap|spike|alpha|beta|conduct|tension|potential|deficit",
    re.IGNORECASE,
)
#: METER's names of probes say all that they measure; what a column holds follows.
_PROBE = re.compile(r"moisture/temp\S*", re.IGNORECASE)
#: Depths [cm] at which people put sensors: a number that is none of them is something else.
_USUAL = {2.5, 5, 7.5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 70, 75, 80, 90, 100, 110, 120, 140, 150, 180, 200}
#: Names of columns, the unit of the depth in them, whether that unit stands there, and whether the cluster does.
_TEMPLATES = (
    (r"(?P<cluster>.+ \(\d+\)) Soil Moisture Percent -(?P<depth>\d+)in.*", "inch", True, True),
    (r"Soil Moisture Percent -(?P<depth>\d+)in.*", "inch", True, False),
    (r"SMS\.I[-_]\d+:-(?P<depth>\d+).*", "inch", True, False),
    (r"(?P<cluster>[^_ ]+)[_ ](?P<replicate>[A-Z]|\d)[_ ](?P<depth>\d+(?:\.\d+)?) ?cm", "cm", True, True),
    (r"(?P<cluster>[^_ ]+)[_ ](?P<replicate>[A-Z])[_ ](?P<depth>\d+)", "cm", False, True),
    (r".*?(?<![\d.])(?<!\d-)(?P<depth>\d+(?:\.\d+)?)[_ ]?cm.*", "cm", True, False),
    (r".*?(?<![\d.])(?<!\d-)(?P<depth>\d+(?:\.\d+)?)[_ ]?mm(?![a-z]).*", "mm", True, False),
    (r".*?(?<![\d.])(?<!\d-)(?P<depth>\d+(?:\.\d+)?)[_ ]?in(?:ch(?:es)?)?(?![a-z]).*", "inch", True, False),
    (r"A\d+\((?P<depth>\d+)\)", "cm", True, False),  # Sentek IrriMAX
    (r"\D+_(?P<depth>\d+)_(?P<replicate>\d+).*", "cm", False, False),
    (r"\D*(?P<depth>\d+)[^/\d]*", "cm", False, False),
)


def is_moisture(label: str) -> bool:
    """Return whether what stands above a column says soil moisture.

    Examples
    --------
    >>> is_moisture("Port 1 TEROS 12 m³/m³ Water Content"), is_moisture("Port 1 TEROS 12 °C Soil Temperature")
    (True, False)
    >>> is_moisture("Port 1 5TM Moisture/Temp m³/m³ VWC"), is_moisture("Port 1 5TM Moisture/Temp °C Temp")
    (True, False)
    >>> is_moisture("VSWCMean"), is_moisture("VSWCFinalQF"), is_moisture("LW_IN")
    (True, False, False)
    """
    label = _PROBE.sub("", label)
    return MOISTURE.search(label) is not None and _NO_READING.search(label) is None


def sensor_pattern(columns: Sequence[str]) -> tuple[str, str, bool] | None:
    r"""Return what the names of sensors in wide tables say.

    Returns
    -------
    tuple or None
        Regular expression, unit of the depth, and whether the cluster stands in the names, or else must stand in
        the name of the file. None where the names do not say the depth.

    Examples
    --------
    >>> sensor_pattern(["P_A_10", "P_B_10"])
    ('(?P<cluster>[^_ ]+)[_ ](?P<replicate>[A-Z])[_ ](?P<depth>\\d+)', 'cm', True)
    >>> sensor_pattern(["SWC_1_1_1", "SWC_1_2_1"]) is None
    True
    >>> sensor_pattern(["VWC (0-15cm)", "VWC (15-30cm)"]) is None  # 15 is the end of a range
    True
    """
    for pattern, unit, says_unit, says_cluster in _TEMPLATES:
        matches = [re.fullmatch(pattern, column) for column in columns]
        depths = [float(match["depth"]) for match in matches if match is not None]
        if len(depths) < len(columns) or not depths:
            continue
        places = {tuple(match.groups()) for match in matches if match is not None}
        if len(places) == len(columns) and (says_unit or set(depths) <= _USUAL):
            return pattern, unit, says_cluster
    return None


def depth_unit(column: str, depths: Sequence[float]) -> str:
    """Return the unit of a column of depths by its name, else by its numbers: no sensor is 3 m deep.

    Examples
    --------
    >>> depth_unit("depth", [10, 50]), depth_unit("depth", [0.1, 0.5]), depth_unit("depth_mm", [100])
    ('cm', 'm', 'mm')
    """
    for unit, pattern in (
        ("cm", r"cm|centim"),
        ("mm", r"mm|millim"),
        ("inch", r"inch|[_ (]in\b"),
        ("m", r"[_ (\[]m\b"),
    ):
        if re.search(pattern, column, re.IGNORECASE):
            return unit
    largest = max(map(abs, depths), default=0.0)
    return "m" if largest < 3 else "cm" if largest < 300 else "mm"
