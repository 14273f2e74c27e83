"""What a careful colleague would see before training: findings about a network, and about a study of it."""

from thetamix.quality.checks.all_checks import CHECKS
from thetamix.quality.checks.declare import Check
from thetamix.quality.checks.examine import examine, open_unchecked
from thetamix.quality.checks.findings import Finding, Unchecked, to_json, to_table, worst
from thetamix.quality.checks.records import ClusterRecord, NetworkRecord, SensorRecord
from thetamix.quality.checks.study_record import Needs, StudyPlan

__all__ = [
    "CHECKS",
    "Check",
    "ClusterRecord",
    "Finding",
    "Needs",
    "NetworkRecord",
    "SensorRecord",
    "StudyPlan",
    "Unchecked",
    "examine",
    "open_unchecked",
    "to_json",
    "to_table",
    "worst",
]
