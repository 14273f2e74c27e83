"""The data files of the International Soil Moisture Network: what stands in their names, first lines and rows.

A row is ``date time value flag flag-of-the-provider``. In one format a first line says where the sensor is; in the
other (CEOP) every row does, in ten fields between time and value. The package ismn reads both, but not names with a
slash, and gives a row whose flag is missing that of the provider.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

#: Network, station, and the name of a sensor's file: a slash in the instrument's name makes it a file in a folder.
SENSOR_FILE = re.compile(
    r"(?:^|.*/)(?P<network>[^/]+)/(?P<station>[^/]+)/[^/]*_(?P<code>[a-z]+)"
    r"_(?P<upper>-?\d+\.\d+)_(?P<lower>-?\d+\.\d+)_(?P<instrument>.*?)(_\d{8}_\d{8})?\.stm$",
    re.IGNORECASE,
)
_STAMP = re.compile(rb"\d{4}/\d\d/\d\d\s")
#: Position of the value in a row, by whether every row says where the sensor is.
_VALUE = {False: 2, True: 12}
#: More than the first lines and the last ones have [bytes].
_ENDS = 4096
_IS_DIGIT = np.array([letter.isdigit() for letter in "2020/01/31T05:00"])
#: Times beyond cannot be held as nanoseconds.
_EARLIEST, _LATEST = np.datetime64("1700-01-01", "s"), np.datetime64("2262-01-01", "s")
#: So much of a file is split into words at once [bytes].
_BLOCK = 1 << 17


@dataclass(frozen=True)
class FileHead:
    """Where a sensor is (texts: latitude, longitude, elevation, perhaps its depths), and its first and last time."""

    place: list[str]
    first: np.datetime64
    last: np.datetime64


@dataclass(frozen=True)
class RawRows:
    """What a file holds: times (row), UTC; values (row), float64; flags (row), b"" where there is none; a cut end."""

    time: np.ndarray
    values: np.ndarray
    flags: list[bytes]
    cut: bool


def read_head(path: Path) -> FileHead:
    """Read the first lines of a file, and the last.

    Raises
    ------
    ValueError
        If they are not those of the ISMN.
    """
    with path.open("rb") as opened:
        start = opened.read(_ENDS)
        opened.seek(max(path.stat().st_size - _ENDS, 0))
        end = opened.read()
    lines = _lines(start)
    if len(lines) < 2:
        raise ValueError("is empty")
    every = _in_every_row(start)
    fields = lines[0].split()
    place = fields[7:10] if every else fields[3:8]
    if len(place) < (3 if every else 5):
        raise ValueError("its first line does not say where it is")
    last, _ = _without_cut_end(end, _VALUE[every])
    words = [*lines[not every].split()[:2], *_lines(last)[-1].split()[:2]]
    first_time, last_time = _times(words[0::2], words[1::2])
    return FileHead([word.decode("ascii") for word in place], first_time, last_time)


def read_rows(path: Path) -> RawRows:
    """Read the rows of a file.

    Raises
    ------
    ValueError
        If a time or a value cannot be one.
    """
    content = path.read_bytes()
    value = _VALUE[_in_every_row(content)]
    content, cut = _without_cut_end(content, value)
    if value == _VALUE[False]:
        content = content[len(content[:_ENDS].splitlines()[0]) if content else 0 :]
    once: dict[bytes, bytes] = {}
    times, values, flags = [np.empty(0, dtype="datetime64[ns]")], [np.empty(0)], []
    for block in _blocks(content):
        dates, clocks, numbers, words = _columns(block, value)
        times.append(_times(dates, clocks))
        values.append(_numbers(numbers))
        flags += [once.setdefault(word, word) for word in words]
    return RawRows(np.concatenate(times), np.concatenate(values), flags, cut)


def _lines(content: bytes) -> list[bytes]:
    return [line for line in content.splitlines() if line.strip()]


def _in_every_row(content: bytes) -> bool:
    return _STAMP.match(content) is not None


def _without_cut_end(content: bytes, value: int) -> tuple[bytes, bool]:
    """Leave out the last line where it is cut: without an end and flags, with fewer decimals than that above."""
    if content.endswith((b"\n", b"\r")):
        return content, False
    lines = _lines(content[-_ENDS:])
    rows = [line.split() for line in lines[-2:]]
    last, above = (row[value] if len(row) > value else b"" for row in (rows[-1], rows[0]))
    if len(rows[-1]) > value + 1 or len(last.partition(b".")[2]) >= len(above.partition(b".")[2]):
        return content, False
    return content[: len(content) - len(lines[-1])], True


def _blocks(content: bytes) -> Iterator[bytes]:
    """Yield lines of a file, not too many at once: their words take much more memory than the file."""
    start = 0
    while start < len(content):
        end = content.find(b"\n", start + _BLOCK) + 1 or len(content)
        yield content[start:end]
        start = end


def _columns(content: bytes, value: int) -> list[list[bytes]]:
    """Return dates, times, values and flags of rows (column, row)."""
    width = value + 3
    if b", " in content:  # of two categories of a flag, which are one word
        content = re.sub(rb", +", b",", content)
    words = content.split()
    # All rows are whole where every date stands in its place: a row with a field less moves those that follow.
    if len(words) % width or not set(map(len, words[::width])) <= {10}:
        words = [word for line in _lines(content) for word in _padded(line, value)]
    return [words[at::width] for at in (0, 1, value, value + 1)]


def _numbers(words: list[bytes]) -> np.ndarray:
    try:
        return np.array(list(map(float, words)))
    except ValueError:
        return np.array([np.nan if word in (b"", b"NA") else float(word) for word in words])


def _padded(line: bytes, value: int) -> list[bytes]:
    """Split a row, and put empty texts where fields lack."""
    fields = line.split(None, value + 2)
    # Of two flags the first lacks where two blanks are before the other.
    if len(fields) == value + 2 and re.search(rb"\s\s\S+\s*$", line):
        fields.insert(value + 1, b"")
    return fields + [b""] * (value + 3 - len(fields))


def _times(dates: list[bytes], clocks: list[bytes]) -> np.ndarray:
    """Return times (row), datetime64[ns], of dates such as 2020/01/31 and times of the day."""
    if not dates:
        return np.empty(0, dtype="datetime64[ns]")
    day, clock = (np.array(words).view(np.uint8).reshape(len(words), -1) for words in (dates, clocks))
    stamps = np.hstack([day, np.full((len(day), 1), ord("T"), dtype=np.uint8), clock])
    # Digits behind a minute would be an offset from UTC to numpy.
    digits, minute = np.isin(stamps, list(b"0123456789")), _IS_DIGIT.size
    whole = minute <= stamps.shape[1] <= minute + len(":00") and (digits[:, :minute] == _IS_DIGIT).all()
    whole = whole and not digits[:, minute : minute + 1].any()
    if not (whole and np.isin(day, list(b"0123456789/-")).all() and np.isin(clock, list(b"0123456789:\0")).all()):
        raise ValueError("its times are not all as 2020/01/31 05:00")
    stamps[stamps == ord("/")] = ord("-")
    times = stamps.view(f"S{stamps.shape[1]}").ravel().astype("datetime64[s]")
    if times.min() < _EARLIEST or times.max() > _LATEST:
        raise ValueError(f"its times run from {times.min()} to {times.max()}")
    return times.astype("datetime64[ns]")
