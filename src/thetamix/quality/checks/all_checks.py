"""All checks by name: those of the modules listed here."""

from thetamix.quality.checks import (
    clock_checks,
    depth_checks,
    forcing_checks,
    input_checks,
    place_checks,
    rain_checks,
    replicate_checks,
    season_checks,
    sensor_checks,
    split_checks,
    summer_time_checks,
    unit_checks,
)
from thetamix.quality.checks.declare import Check

#: In the order in which findings of one severity are told.
MODULES = (
    unit_checks,
    forcing_checks,
    place_checks,
    depth_checks,
    season_checks,
    clock_checks,
    summer_time_checks,
    rain_checks,
    sensor_checks,
    replicate_checks,
    input_checks,
    split_checks,
)
CHECKS: dict[str, Check] = {
    name: check for module in MODULES for name, check in vars(module).items() if isinstance(check, Check)
}
