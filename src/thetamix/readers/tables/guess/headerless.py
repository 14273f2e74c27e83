"""Files of loggers and archives that have no header: what their columns are, by their number."""

from dataclasses import replace

from thetamix.readers.tables.files.table_keys import BLANKS
from thetamix.readers.tables.guess.first_rows import FirstRows

_TOMST = "number time timezone soil_temp surface_temp temp_15cm soil_moisture_counts shake error"
_USCRN = "WBANNO UTC_DATE UTC_TIME LST_DATE LST_TIME CRX_VN LONGITUDE LATITUDE"
_HOURLY = (
    "T_CALC AIR_TEMP_AVG T_MAX T_MIN PRECIPITATION SOLAR FLAG_1 SOLAR_MAX FLAG_2 SOLAR_MIN FLAG_3 SURFACE_TYPE "
    "SUR_TEMP FLAG_4 SUR_TEMP_MAX FLAG_5 SUR_TEMP_MIN FLAG_6 RH FLAG_7 SOIL_MOISTURE_5 SOIL_MOISTURE_10 "
    "SOIL_MOISTURE_20 SOIL_MOISTURE_50 SOIL_MOISTURE_100 SOIL_TEMP_5 SOIL_TEMP_10 SOIL_TEMP_20 SOIL_TEMP_50 "
    "SOIL_TEMP_100"
)
_SUBHOURLY = (
    "AIR_TEMP PRECIPITATION SOLAR FLAG_1 SURFACE_TEMP TYPE FLAG_2 RH FLAG_3 SOIL_MOISTURE_5 SOIL_TEMP_5 WETNESS "
    "FLAG_4 WIND_SPEED FLAG_5"
)
#: Delimiter and columns. TOMST: the manual of the TMS-4. USCRN: the readme files of hourly02 and subhourly01.
_FILES = (
    (";", _TOMST),
    (";", f"{_TOMST} end"),
    (BLANKS, f"{_USCRN} {_HOURLY}"),
    (BLANKS, f"{_USCRN} {_SUBHOURLY}"),
)


def with_labels(first_rows: FirstRows) -> FirstRows:
    """Return first rows with what its columns are, where it has no header and is a file that is familiar."""
    if first_rows.keys.get("header_line") != 0:
        return first_rows
    for delimiter, columns in _FILES:
        labels = columns.split()
        if first_rows.keys.get("delimiter", ",") == delimiter and len(labels) == len(first_rows.names):
            return replace(first_rows, labels=labels)
    return first_rows
