"""What does not change at the stations of an ISMN archive, without numbers that cannot be."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from thetamix.network.plausibility import cannot_be
from thetamix.places.slips import doubtful_places
from thetamix.readers.ismn.ismn_station import Station
from thetamix.readers.ismn.record_file import HOUR
from thetamix.system.errors import first_ten

#: Static variable of the archive, a mass fraction in percent -> attribute of the network.
FRACTIONS = {
    "clay_fraction": "clay",
    "sand_fraction": "sand",
    "silt_fraction": "silt",
    "organic_carbon": "organic_carbon",
}
#: Places of a station's files further apart [m] are worth a remark.
WIDE = 1000.0


def without_impossible_attributes(stations: Sequence[Station]) -> tuple[list[Station], list[str]]:
    """Leave out elevations, porosities and fractions that cannot be.

    Returns
    -------
    stations : list of Station
        The same stations.
    notes : list of str
        Which station had which; and what is strange about where stations are.
    """
    cleaned: list[Station] = []
    bad: dict[str, list[str]] = {}
    for station in stations:
        elevation, static = station.elevation, dict(station.static)
        if _cannot_be("elevation", elevation):
            bad.setdefault("elevation", []).append(f"{station} ({elevation:g})")
            elevation = np.nan
        for name, attribute in {"saturation": "porosity", **FRACTIONS}.items():
            value = static.get(name)
            if isinstance(value, int | float) and _cannot_be(attribute, float(value)):
                bad.setdefault(attribute, []).append(f"{station} ({value:g})")
                del static[name]
        cleaned.append(replace(station, elevation=elevation, static=static))
    notes = [
        f"{len(words)} station(s) with a number that cannot be {attribute}, which is missing: {first_ten(words)}"
        for attribute, words in bad.items()
    ]
    return cleaned, notes + _places(stations)


def _places(stations: Sequence[Station]) -> list[str]:
    """Return what is strange about where the stations of each network are."""
    wide = [f"{each} ({each.spread / 1000:,.1f} km)" for each in stations if each.spread > WIDE]
    notes = [f"{len(wide)} station(s) of which files have different places, the first is taken: {first_ten(wide)}"]
    notes = notes if wide else []
    for network in dict.fromkeys(station.network for station in stations):
        members = [station for station in stations if station.network == network]
        where = np.array([(station.latitude, station.longitude) for station in members]).T
        notes += doubtful_places([str(station) for station in members], *where)
    return notes


def _cannot_be(attribute: str, value: float) -> bool:
    if attribute in FRACTIONS.values():
        return not 0 <= value <= 100 and np.isfinite(value)
    return bool(cannot_be(attribute, np.array([value]), HOUR)[0])
