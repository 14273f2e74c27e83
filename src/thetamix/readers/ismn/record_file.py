"""What a data file of the International Soil Moisture Network says of every hour: readings and flags."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from thetamix.network.schema import FLAGS
from thetamix.readers.ismn.data_file import RawRows

#: Codes of missing values are below this in every variable of the archive.
LOWEST = -999.0
#: Times outside are not those of a sensor.
CENTURIES = pd.Timestamp("1900-01-01"), pd.Timestamp("2200-01-01")
#: Flags of the archive that say nothing against a reading.
FINE = {"", "G", "U", "OK", "NAN", "NA"}
MISSING = "M"
HOUR = np.timedelta64(3600 * 10**9, "ns")


@dataclass(frozen=True)
class Record:
    """What a data file holds.

    Attributes
    ----------
    time
        Full hours, UTC (row), increasing, each once.
    values
        (row), float64; NaN is missing.
    flags
        Bits of :data:`thetamix.network.schema.FLAGS` (row).
    notes
        What was done with rows that are not one at each full hour, and flags that nothing is known of.
    """

    time: np.ndarray
    values: np.ndarray
    flags: np.ndarray
    notes: list[str]


def to_record(rows: RawRows, variable: str) -> Record:
    """Bring the rows of a file to full hours.

    Parameters
    ----------
    rows
        As the file has them.
    variable
        What is measured.

    Returns
    -------
    Record
        Flags are the archive's; what it calls missing, and codes from -999 down, is NaN. Of rows with the same time
        the first holds. Rows between full hours belong to the hour that they end in: where that has no row of its
        own, it gets their mean, and rain of parts of an hour is summed.

    Raises
    ------
    ValueError
        If a time cannot be one.
    """
    time, values = rows.time, rows.values
    if np.isnat(time).any():
        raise ValueError(f"row {int(np.argmax(np.isnat(time))) + 1} has no time")
    if ((time < CENTURIES[0].to_datetime64()) | (time > CENTURIES[1].to_datetime64())).any():
        raise ValueError(f"its times run from {time.min()} to {time.max()}")
    # A reading without a flag is one that nobody found fault with.
    codes, words = pd.factorize(np.array(rows.flags, dtype=object))
    meanings = [_meaning(word.decode("ascii", "replace")) for word in words]
    missing = np.array([is_missing for _, is_missing, _ in meanings], dtype=bool)[codes]
    values = np.where(missing | (values <= LOWEST), np.nan, values)
    bits = np.array([bit for bit, _, _ in meanings], dtype=np.int32)[codes]
    flags = np.where(np.isfinite(values), bits, 0).astype(np.int32)
    notes = ["the file is cut within its last line, which is left out"] if rows.cut else []
    order = np.argsort(time, kind="stable")
    order = order[np.diff(time[order], prepend=np.datetime64("NaT", "ns")) != np.timedelta64(0)]
    if order.size < time.size:
        notes.append(f"{time.size - order.size} row(s) with the time of another are left out")
    time, values, flags = time[order], values[order], flags[order]
    between = time.astype(np.int64) % HOUR.astype(np.int64) != 0
    if between.any():
        time, values, flags, how = _to_hours(time, values, flags, between, variable)
        notes.append(f"{int(between.sum())} row(s) between full hours {how}")
    unknown = frozenset[str]().union(*(strange for _, _, strange in meanings))
    if unknown:
        notes.append(f"unknown flag(s) {', '.join(sorted(unknown))} are not kept")
    return Record(time, values, flags, notes)


def end_of_hour(time: np.datetime64) -> np.datetime64:
    """Return the full hour that a time belongs to: it ends not before."""
    return time + -(time - np.datetime64(0, "ns")) % HOUR


def _to_hours(
    time: np.ndarray, values: np.ndarray, flags: np.ndarray, between: np.ndarray, variable: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, str]:
    """Join rows (time increasing) of which not all are at full hours; return how as the end of a sentence."""
    ends, hour = np.unique(-(-time.astype(np.int64) // HOUR.astype(np.int64)), return_inverse=True)
    steps, often = np.unique(np.diff(time), return_counts=True)
    step = steps[often.argmax()] if steps.size else HOUR
    if variable == "precipitation" and step < HOUR:
        use, how = np.ones(time.size, dtype=bool), "are parts of an hour's sum"
        enough = np.bincount(hour) * step >= HOUR
    else:
        own = np.zeros(ends.size, dtype=bool)
        own[hour[~between]] = True
        use, how = np.isfinite(values) & ~(between & own[hour]), "fill hours without a row of their own, as means"
        enough = np.bincount(hour[use], minlength=ends.size) > 0
    joined: np.ndarray = np.bincount(hour[use], weights=values[use], minlength=ends.size)
    if variable != "precipitation" or step >= HOUR:
        joined = joined / np.maximum(np.bincount(hour[use], minlength=ends.size), 1)
    bits = np.zeros(ends.size, dtype=np.int32)
    np.bitwise_or.at(bits, hour[use], flags[use])
    values = np.where(enough, joined, np.nan)
    hours = (ends * HOUR.astype(np.int64)).astype("datetime64[ns]")
    return hours, values, np.where(np.isfinite(values), bits, 0).astype(np.int32), how


def _meaning(word: str) -> tuple[int, bool, set[str]]:
    """Return a flag's bits, whether it says missing, and parts of it that nothing is known of."""
    parts = {part.strip().upper() for part in word.split(",")}
    flags = parts & FLAGS.keys()
    return sum(FLAGS[flag][0] for flag in flags), MISSING in parts, parts - flags - FINE - {MISSING}
