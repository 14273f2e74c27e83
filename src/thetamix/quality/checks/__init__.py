"""What a careful colleague would see before training: findings about a network, and about a study of it."""

from thetamix.quality.checks.examine import examine, open_unchecked
from thetamix.quality.checks.findings import Finding, to_json, to_table, worst
from thetamix.quality.checks.plan import FitPlan, RivalPlan, StudyPlan
from thetamix.quality.checks.registry import CHECKS

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
