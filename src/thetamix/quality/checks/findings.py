"""A finding: what a check saw, where and when, how sure it can be, and what to do about it."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pandas as pd

Severity = Literal["error", "warning", "note"]
#: From the worst on. An error makes what comes after meaningless or impossible; a warning is probably a mistake in
#: the data; a note is worth knowing.
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """What one check found at one place.

    Attributes
    ----------
    check
        Name of the check.
    severity
        ``error``, ``warning`` or ``note``.
    message
        What was seen, in words.
    advice
        What to do.
    cluster
        Name of the cluster; empty where it is about the whole network.
    depth
        [m], or None.
    replicate
        Label of the replicate, or empty.
    start, end
        When, UTC, or None.
    evidence
        The number that it rests on.
    unit
        Of the number.
    """

    check: str
    severity: Severity
    message: str
    advice: str
    cluster: str = ""
    depth: float | None = None
    replicate: str = ""
    start: np.datetime64 | None = None
    end: np.datetime64 | None = None
    evidence: float = math.nan
    unit: str = ""

    @property
    def place(self) -> str:
        """Where, in words: ``c01 at 0.1 m, A``."""
        words = self.cluster
        if self.depth is not None:
            words += f" at {self.depth:g} m"
        if self.replicate:
            words += f", {self.replicate}"
        return words or "network"

    @property
    def when(self) -> str:
        """The time span, in words; empty where there is none."""
        if self.start is None or self.end is None:
            return ""
        return f"{_stamp(self.start)} to {_stamp(self.end)}"


def study_finding(severity: Severity, message: str, advice: str, evidence: float, unit: str) -> Finding:
    """Say what was found of a study, which is not of one place.

    Parameters
    ----------
    severity, message, advice, evidence, unit
        See :class:`Finding`; the check's name is filled in when it is known.

    Returns
    -------
    Finding
        Without a place.
    """
    return Finding("", severity, message, advice, evidence=float(evidence), unit=unit)


def worst(findings: Sequence[Finding]) -> Severity | None:
    """Give the worst severity.

    Parameters
    ----------
    findings
        Any number.

    Returns
    -------
    str or None
        None where there is no finding.
    """
    present = {finding.severity for finding in findings}
    return next((severity for severity in SEVERITIES if severity in present), None)


def to_table(findings: Sequence[Finding]) -> pd.DataFrame:
    """List findings, the worst first.

    Parameters
    ----------
    findings
        Any number.

    Returns
    -------
    pandas.DataFrame
        Columns ``severity``, ``check``, ``place``, ``when``, ``evidence``, ``unit``, ``message``, ``advice``.
    """
    columns = ["severity", "check", "place", "when", "evidence", "unit", "message", "advice"]
    rows = [tuple(getattr(finding, name) for name in columns) for finding in in_order(findings)]
    return pd.DataFrame(rows, columns=columns)


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """Sort findings: the worst first, those of one check together.

    Parameters
    ----------
    findings
        Any number.

    Returns
    -------
    list of Finding
        Sorted; findings of one check keep their order.
    """
    first = {name: number for number, name in reversed(list(enumerate(f.check for f in findings)))}
    return sorted(findings, key=lambda finding: (SEVERITIES.index(finding.severity), first[finding.check]))


def to_json(findings: Sequence[Finding]) -> str:
    """Write findings for programs to read.

    Parameters
    ----------
    findings
        Any number.

    Returns
    -------
    str
        A JSON list, a finding a line; times as text, UTC; an evidence that is not a number is null.
    """
    lines = []
    for finding in in_order(findings):
        plain = asdict(finding)
        for name in ("start", "end"):
            plain[name] = None if plain[name] is None else f"{np.datetime_as_string(plain[name], 's')}Z"
        if not math.isfinite(finding.evidence):
            plain["evidence"] = None
        lines.append(json.dumps(plain, ensure_ascii=False))
    return "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"


def _stamp(time: np.datetime64) -> str:
    return str(np.datetime_as_string(time, "m"))
