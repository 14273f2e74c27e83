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

    A check yields it with message, evidence and where; what else the check says of itself is filled in.

    Attributes
    ----------
    check
        Name of the check.
    severity
        ``error``, ``warning`` or ``note``; at most the worst of the check.
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

    check: str = ""
    severity: Severity = "error"
    message: str = ""
    advice: str = ""
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
        return f"{np.datetime_as_string(self.start, 'm')} to {np.datetime_as_string(self.end, 'm')}"


@dataclass(frozen=True)
class Unchecked:
    """What a check could not look at, which must not be taken for right.

    A check yields it with the reason; the rest is filled in.

    Attributes
    ----------
    why
        The reason, in few words that fit many clusters: ``no coordinates``.
    subject
        What was not looked at.
    cluster
        Name of the cluster; empty where it is about the whole network.
    """

    why: str
    subject: str = ""
    cluster: str = ""


def worst(findings: Sequence[Finding]) -> Severity | None:
    """Return the worst severity, None where there is no finding."""
    present = {finding.severity for finding in findings}
    return next((severity for severity in SEVERITIES if severity in present), None)


def to_table(findings: Sequence[Finding]) -> pd.DataFrame:
    """Return findings as a table, the worst first.

    Returns
    -------
    pandas.DataFrame
        Columns ``severity``, ``check``, ``place``, ``when``, ``evidence``, ``unit``, ``message``, ``advice``.
    """
    columns = ["severity", "check", "place", "when", "evidence", "unit", "message", "advice"]
    rows = [tuple(getattr(finding, name) for name in columns) for finding in in_order(findings)]
    return pd.DataFrame(rows, columns=columns)


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """Sort findings: the worst first, those of one check together and in their order."""
    first = {name: number for number, name in reversed(list(enumerate(finding.check for finding in findings)))}
    return sorted(findings, key=lambda finding: (SEVERITIES.index(finding.severity), first[finding.check]))


def to_json(findings: Sequence[Finding]) -> str:
    """Write findings for programs to read.

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
