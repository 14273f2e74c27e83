"""What a data file of the International Soil Moisture Network holds: times, readings, flags."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from thetamix.network.schema import FLAGS

#: Codes of missing values are below this in every variable of the archive.
LOWEST = -999.0
#: No reading is larger than this.
LARGEST = 1e6
#: Times outside are not those of a sensor.
CENTURIES = pd.Timestamp("1900-01-01"), pd.Timestamp("2200-01-01")
#: Flags of the archive that say nothing against a reading.
FINE = {"", "G", "U", "OK", "NAN"}
MISSING = "M"
HOUR = np.timedelta64(3600 * 10**9, "ns")


@dataclass(frozen=True)
class Record:
    """What a data file holds.

    Attributes
    ----------
    time
        UTC (row), increasing, each once.
    values
        (row), float32; NaN is missing.
    flags
        Bits of :data:`thetamix.network.schema.FLAGS` (row).
    dropped
        Rows that were left out: off the full hour, or with a time that was there before.
    unknown
        Flags that nothing is known of.
    """

    time: np.ndarray
    values: np.ndarray
    flags: np.ndarray
    dropped: int
    unknown: frozenset[str]


def to_record(frame: pd.DataFrame, variable: str) -> Record:
    """Convert what the package ismn reads to a record.

    Parameters
    ----------
    frame
        Rows by time, UTC, with the columns ``variable`` and ``variable_flag``.
    variable
        What is measured.

    Returns
    -------
    Record
        Readings at full hours. Flags are the archive's; what it calls missing, and codes from -999 down, is NaN.

    Raises
    ------
    ValueError
        If a time or a value cannot be one.
    """
    time = frame.index.to_numpy().astype("datetime64[ns]")
    values = np.array(pd.to_numeric(frame[variable]), dtype=np.float64)
    if np.isnat(time).any():
        raise ValueError(f"row {int(np.argmax(np.isnat(time))) + 1} has no time")
    if ((time < CENTURIES[0].to_datetime64()) | (time > CENTURIES[1].to_datetime64())).any():
        raise ValueError(f"its times run from {time.min()} to {time.max()}")
    if (np.abs(values) > LARGEST).any():
        raise ValueError(f"{values[np.argmax(np.abs(values) > LARGEST)]:g} is no {variable}")
    # A reading without a flag is one that nobody found fault with.
    flag = frame[f"{variable}_flag"].astype(object)
    codes, words = pd.factorize(flag.where(flag.notna(), "").astype(str).to_numpy())
    meanings = [_meaning(word) for word in words]
    missing = np.array([is_missing for _, is_missing, _ in meanings], dtype=bool)[codes]
    values[missing | (values <= LOWEST)] = np.nan
    bits = np.array([bit for bit, _, _ in meanings], dtype=np.int32)[codes]
    flags = np.where(np.isfinite(values), bits, 0).astype(np.int32)
    keep = time.astype(np.int64) % HOUR.astype(np.int64) == 0
    order = np.flatnonzero(keep)[np.argsort(time[keep], kind="stable")]
    first = np.ones(order.size, dtype=bool)
    first[1:] = np.diff(time[order]) > np.timedelta64(0)
    order = order[first]
    unknown = frozenset[str]().union(*(strange for _, _, strange in meanings))
    return Record(time[order], values[order].astype(np.float32), flags[order], time.size - order.size, unknown)


def _meaning(word: str) -> tuple[int, bool, set[str]]:
    """Return a flag's bits, whether it says missing, and parts of it that nothing is known of."""
    parts = {part.strip().upper() for part in word.split(",")}
    flags = parts & FLAGS.keys()
    return sum(FLAGS[flag][0] for flag in flags), MISSING in parts, parts - flags - FINE - {MISSING}
