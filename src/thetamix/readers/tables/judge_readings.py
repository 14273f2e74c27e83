"""Are these readings soil moisture, in the unit that the mapping says? The whole record of each sensor is judged."""

from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise

import numpy as np

from thetamix.network.limits import LARGEST_FRACTION, REPEATABLE, SOIL_MOISTURE
from thetamix.network.plausibility import as_code, is_impossible, repeated, tally
from thetamix.network.unit_change import unit_changes
from thetamix.network.units import Conversion
from thetamix.readers.tables.clocks.times import Axis, minute
from thetamix.readers.tables.series_tables import SeriesSource
from thetamix.system.errors import InputError, first_ten

#: No soil has a median below this but in a desert [m3 m-3]: readings in percent may be fractions with the wrong unit.
SMALLEST_FRACTION = 0.01
#: Of fractions, so many may be more than soil has [1].
FEW = 0.01
#: So many times, and this share of what mineral soil hardly has, is a number that is told.
LEAST_TIMES, MOST = 10, 0.5
#: How readings come by another unit than others of their file.
OWN_FILE = "Put them into a file of their own, and say that table and its unit in the mapping"
#: Where a record goes on at a hundredth of its level, within a tenth, its unit has changed.
HUNDRED = (90.0, 111.0)


def judge_readings(readings: Mapping[str, np.ndarray], sources: Sequence[SeriesSource], axis: Axis) -> list[str]:
    """Refuse or put right what is no soil moisture in the network's unit.

    Parameters
    ----------
    readings
        Sensor -> readings (time) [m3 m-3], changed in place: what cannot be is missing, and where a logger went from
        percent to fractions, or back, its readings go on at their level.
    sources
        The tables that they come from.
    axis
        Their time axis.

    Returns
    -------
    list of str
        What a careful user wants to know, a sentence for each sensor.

    Raises
    ------
    InputError
        If a sensor's readings are raw counts, percent called fractions or fractions called percent, or hold a code
        for missing values that the mapping does not name.
    """
    notes: list[str] = []
    for _, tables in groupby(sorted(sources, key=_unit), key=_unit):
        records = {sensor: (source, readings[sensor]) for source in tables for sensor in sorted(source.sensors)}
        for sensor, (source, values) in records.items():
            notes += _go_on(values, sensor, source, axis)
            _require_level(values, sensor, source, records)
        notes += _dry(records)
        for sensor, (source, values) in records.items():
            notes += _leave_out(values, sensor, source, axis)
    return notes


def _unit(source: SeriesSource) -> tuple[str, list[float]]:
    return source.keys.unit, list(source.keys.linear or ())


def _go_on(values: np.ndarray, sensor: str, source: SeriesSource, axis: Axis) -> list[str]:
    """Find where a record (time) goes from percent to fractions, or back, and let it go on at its level."""
    is_percent = source.conversion.factor < 1
    other = (values > 0) & (values < source.conversion.factor) if is_percent else values > LARGEST_FRACTION
    if not other.any():
        return []
    notes = []
    original = values.copy()
    changes = [*unit_changes(original).tolist(), values.size]
    what = "fractions, no percent" if is_percent else "percent, no fractions"
    for begin, end in pairwise(changes):
        before, after = (part[np.isfinite(part)] for part in (original[:begin], original[begin:end]))
        ratio = float(np.median(before[-3:]) / np.median(after[:3]))
        moment = f"{minute(axis.ends[begin])} UTC"
        if source.keys.linear is not None or not HUNDRED[0] < max(ratio, 1 / ratio) < HUNDRED[1]:
            times = f"{ratio:.3g} times smaller" if ratio > 1 else f"{1 / ratio:.3g} times larger"
            notes.append(
                f"sensor {sensor!r}: from {moment} on its readings are {times}: are they in another unit? {OWN_FILE}"
            )
            continue
        after_it = (ratio > 1) == is_percent
        if after_it or begin == changes[0]:
            wrong = slice(begin, end) if after_it else slice(0, begin)
            values[wrong] = original[wrong] * (100 if is_percent else 0.01)
            span = f"from {moment} on" if after_it else f"before {moment}"
            notes.append(f"sensor {sensor!r}: {span} its readings are {what}, and are converted as such")
    return notes


def _require_level(
    values: np.ndarray, sensor: str, source: SeriesSource, records: Mapping[str, tuple[SeriesSource, np.ndarray]]
) -> None:
    values = values[np.isfinite(values)]
    if not values.size or (median := float(np.median(values))) <= LARGEST_FRACTION:
        return
    raw = _as_written(np.array([median]), source.conversion)[0]
    where = f"{source.path}: sensor {sensor!r} has a median of {raw:.4g}"
    broken = "or leave a broken sensor out of the table of sensors"
    if source.keys.linear is not None:
        raise InputError(
            f"{where}, {median:.3g} m3 m-3 as linear {source.keys.linear} and unit {source.keys.unit!r} say: correct "
            f"linear (value = a + b × raw) in the mapping, {broken}"
        )
    if raw > 100:
        raise InputError(
            f"{where}: neither percent nor a fraction of volume, but raw counts of a probe, its voltage or "
            "permittivity, or millimetres of water; give the calibration of the probe in the mapping, linear: [a, b] "
            f"with the unit of a + b × raw (of mm in a layer of 200 mm: linear: [0, 0.005], unit: m3 m-3), {broken}"
        )
    levels = {
        other: float(np.median(there)) for other, (_, v) in records.items() if (there := v[np.isfinite(v)]).size
    }
    fraction = next((other for other, level in levels.items() if 0 < level <= LARGEST_FRACTION), None)
    advice = "say unit: percent in the mapping"
    if fraction is not None:
        advice = f"but {fraction!r} has fractions. {OWN_FILE}"
    raise InputError(
        f"{where} m3 m-3 as unit {source.keys.unit!r} is understood: this looks like percent; {advice}, {broken}"
    )


def _dry(records: Mapping[str, tuple[SeriesSource, np.ndarray]]) -> list[str]:
    """Judge all sensors of a unit together: readings in percent that are hardly above zero may be fractions."""
    medians, shares = {}, []
    for sensor, (source, values) in records.items():
        there = values[np.isfinite(values)]
        if source.conversion.factor >= 1 or source.keys.linear is not None or not there.size:
            continue
        medians[sensor] = float(np.median(there))
        shares.append(float((there > SOIL_MOISTURE[1] * source.conversion.factor).mean()))
    dry = [sensor for sensor, median in medians.items() if 0 < median < SMALLEST_FRACTION]
    if not dry:
        return []
    source, _ = records[dry[0]]
    unit = f"as unit {source.keys.unit!r} is understood"
    largest = max(medians.values())
    if largest >= SMALLEST_FRACTION:
        return [
            f"sensor(s) {first_ten(dry)} have medians below {SMALLEST_FRACTION:g} m3 m-3 {unit}, others have "
            f"not: are these fractions? {OWN_FILE}"
        ]
    if max(shares) > FEW:
        return [
            f"no sensor has a median above {largest:.3g} m3 m-3 {unit}: very dry, but as fractions these readings "
            "would be wetter than soil can be"
        ]
    raise InputError(
        f"{source.path}: no sensor has a median above {largest:.3g} m3 m-3 {unit}, drier than nearly all soils: "
        "where these are fractions, say unit: m3 m-3 in the mapping; where they are percent of a desert, say "
        "linear: [0, 0.01] with unit: m3 m-3"
    )


def _leave_out(values: np.ndarray, sensor: str, source: SeriesSource, axis: Axis) -> list[str]:
    """Refuse codes, leave out what cannot be soil moisture, and tell what soil hardly has."""
    least, most = REPEATABLE["soil_moisture"]
    odd = np.flatnonzero((values < least) | (values > most))  # NaN is neither
    if not odd.size:
        return _often(values, sensor, source)
    often = repeated("soil_moisture", values)
    if often.size:
        codes = np.isin(values, often)
        written = ", ".join(as_code(number) for number in _as_written(often, source.conversion))
        raise InputError(
            f"{source.path}: sensor {sensor!r} has {tally(_as_written(values[codes], source.conversion))}, first at "
            f"{minute(axis.ends[int(np.argmax(codes))])} UTC, which soil cannot have: a code for a missing value, or "
            f"a probe that is not there; say missing: [{written}] in the mapping"
        )
    bad = is_impossible("soil_moisture", values, axis.step)
    notes, lost = [], int(bad.sum())
    if lost:
        words = tally(_as_written(values[bad], source.conversion))
        notes.append(f"sensor {sensor!r}: {lost} number(s) that cannot be soil moisture are missing: {words}")
        values[bad] = np.nan
    if odd.size > lost:
        notes.append(
            f"sensor {sensor!r}: {odd.size - lost} reading(s) below {least:g} or above {most:g} m3 m-3, which no "
            "soil has, are kept as read and flagged C01 or C02"
        )
    return notes


def _often(values: np.ndarray, sensor: str, source: SeriesSource) -> list[str]:
    """Tell a number that mineral soil hardly has, and that is most of such numbers: a code, or a scale's end."""
    least, most = SOIL_MOISTURE
    numbers, times = np.unique(values[(values < least) | (values > most)], return_counts=True)
    if not numbers.size or times.max() < max(LEAST_TIMES, MOST * times.sum()):
        return []
    number = _as_written(numbers[[times.argmax()]], source.conversion)[0]
    return [
        f"sensor {sensor!r}: {number:.7g} stands {times.max()} times: the end of a scale, and kept as read, or a "
        f"code for a missing value? Then say missing: [{as_code(number)}] in the mapping"
    ]


def _as_written(values: np.ndarray, how: Conversion) -> np.ndarray:
    """Return numbers as they stand in a file: the digits that float32 keeps."""
    raw = (values.astype(np.float64) - how.offset) / how.factor
    return np.array([float(f"{number:.6g}") if abs(number) < 1e6 else float(round(number)) for number in raw])
