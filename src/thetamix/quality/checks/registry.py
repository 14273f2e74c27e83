"""All checks by name, with the worst that each can say and where it comes from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from thetamix.quality.checks import attribute_checks as attributes
from thetamix.quality.checks import clocks, needs
from thetamix.quality.checks import rain_checks as rain
from thetamix.quality.checks import sensor_checks as sensors
from thetamix.quality.checks import study_checks as studies
from thetamix.quality.checks import unit_checks as units
from thetamix.quality.checks.findings import Finding, Severity

Scope = Literal["cluster", "network", "study"]


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes
    ----------
    function
        Of a :class:`~thetamix.quality.checks.location.Place` (``cluster``), an
        :class:`~thetamix.quality.checks.location.Overview` (``network``) or a
        :class:`~thetamix.quality.checks.study_checks.Case` (``study``); yields findings that are not named yet.
    scope
        Which of the three.
    worst
        The worst severity that it can find.
    reference
        Where the idea or the threshold comes from.
    shared
        True where clusters mostly have the cause in common, a table of forcing: then it is told once.
    """

    function: Callable[[Any], Iterator[Finding]]
    scope: Scope
    worst: Severity
    reference: str
    shared: bool = False

    @property
    def name(self) -> str:
        """The name that findings carry."""
        return self.function.__name__


_PHYSICS = "units of the network file"
_OURS = "our choice; thresholds in the module"
_SUN = "FAO-56, equations 31-33: the sun's clock"
_ALL = (
    Check(units.percent_or_counts, "cluster", "error", _PHYSICS),
    Check(units.hundredths, "cluster", "warning", _OURS),
    Check(units.centimetres, "cluster", "warning", _OURS, shared=True),
    Check(units.infinite_values, "cluster", "error", _PHYSICS),
    Check(units.negative_rain, "cluster", "error", _PHYSICS, shared=True),
    Check(units.kelvin, "cluster", "error", _PHYSICS, shared=True),
    Check(units.accumulated_rain, "cluster", "error", "ERA5-Land: accumulations from 00 UTC", shared=True),
    Check(units.repeated_daily_values, "cluster", "warning", _OURS, shared=True),
    Check(units.yearly_sums, "cluster", "warning", _OURS, shared=True),
    Check(units.constant_forcing, "cluster", "warning", _OURS, shared=True),
    Check(clocks.radiation_clock, "cluster", "warning", _SUN, shared=True),
    Check(clocks.summer_time, "cluster", "warning", _SUN, shared=True),
    Check(clocks.pet_clock, "cluster", "warning", _SUN, shared=True),
    Check(clocks.temperature_clock, "cluster", "warning", _SUN, shared=True),
    Check(
        clocks.soil_temperature_phase,
        "cluster",
        "warning",
        "conduction of the daily wave of temperature",
        shared=True,
    ),
    Check(clocks.rain_response, "network", "warning", _OURS),
    Check(
        rain.impossible_rain,
        "cluster",
        "warning",
        "World Meteorological Organization: records of rain",
        shared=True,
    ),
    Check(rain.rises_without_rain, "cluster", "warning", "Dorigo et al. 2013, doi:10.2136/vzj2012.0097: D04"),
    Check(rain.silent_gauges, "network", "warning", _OURS),
    Check(rain.disagreeing_gauges, "network", "warning", _OURS),
    Check(sensors.empty_sensors, "cluster", "note", _OURS),
    Check(sensors.not_physical, "cluster", "warning", "Dorigo et al. 2013, doi:10.2136/vzj2012.0097: C01, C02"),
    Check(sensors.negative_readings, "cluster", "warning", "Dorigo et al. 2013, doi:10.2136/vzj2012.0097: C01"),
    Check(sensors.stuck_sensors, "cluster", "warning", _OURS),
    Check(sensors.jumping_sensors, "cluster", "warning", _OURS),
    Check(sensors.missing_readings, "cluster", "note", _OURS),
    Check(sensors.copied_sensors, "cluster", "warning", _OURS),
    Check(sensors.unsynchronised_replicates, "cluster", "warning", _OURS),
    Check(attributes.missing_attributes, "network", "warning", _OURS),
    Check(attributes.identical_attributes, "network", "note", _OURS),
    Check(needs.missing_inputs, "study", "error", _OURS),
    Check(needs.missing_for_rivals, "study", "error", _OURS),
    Check(needs.uninformative_attributes, "study", "warning", _OURS),
    Check(studies.flags_not_set, "study", "warning", _OURS),
    Check(studies.empty_parts, "study", "error", _OURS),
    Check(studies.one_sided_series, "study", "warning", _OURS),
    Check(studies.few_blocks, "study", "warning", _OURS),
    Check(studies.lost_windows, "study", "error", _OURS),
    Check(studies.leakage, "study", "note", "the leakage audit of splits"),
)

#: The checks by name, in the order in which findings of one severity are told.
CHECKS: dict[str, Check] = {check.name: check for check in _ALL}
