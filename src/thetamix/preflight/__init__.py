"""What a careful colleague would see before training: findings about a network, and about a study of it."""

from thetamix.preflight.examine import examine, open_unchecked
from thetamix.preflight.findings import Finding, to_json, to_table, worst
from thetamix.preflight.plan import FitPlan, RivalPlan, StudyPlan
from thetamix.preflight.registry import CHECKS

__all__ = [
    "CHECKS",
    "Finding",
    "FitPlan",
    "RivalPlan",
    "StudyPlan",
    "examine",
    "open_unchecked",
    "to_json",
    "to_table",
    "worst",
]
