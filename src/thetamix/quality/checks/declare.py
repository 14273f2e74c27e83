"""How a check is declared: what it looks at, the worst that it can find, and what to do about it."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from thetamix.quality.checks.findings import SEVERITIES, Finding, Severity, Unchecked
from thetamix.quality.checks.records import ClusterRecord, NetworkRecord, SensorRecord

OURS = "our choice; thresholds in the module"


@dataclass(frozen=True)
class Check:
    """One check; ``@partial(Check, worst, unit, advice)`` above a function makes it one.

    The function's signature says what it looks at: a :class:`~thetamix.quality.checks.records.SensorRecord`, a
    ``ClusterRecord``, a ``NetworkRecord`` or a :class:`~thetamix.quality.checks.study_record.StudyRecord`. Further
    parameters of a check of clusters are named as the forcing that it looks at (time); a cluster without it is passed
    over. A check that needs more than is there yields an :class:`~thetamix.quality.checks.findings.Unchecked`.

    Attributes
    ----------
    worst
        The severity of its findings, where they have no milder one.
    unit
        Of its evidence.
    advice
        What to do.
    look
        Yields findings; its docstring says what it looks for.
    source
        Where the idea or the threshold comes from.
    shared
        True where clusters mostly have the cause in common, a table of forcing: then it is told once.
    keep
        Makes what a check of the network needs of each cluster, its second argument, a list (cluster); a network with
        a cluster of which there is None is passed over.
    subject
        What stays unchecked where it cannot look, in words; empty where that goes without saying.
    """

    worst: Severity
    unit: str
    advice: str
    look: Callable[..., Iterator[Finding | Unchecked]]
    source: str = OURS
    shared: bool = False
    keep: Callable[[ClusterRecord], Any] | None = None
    subject: str = ""

    @property
    def name(self) -> str:
        """The name that its findings carry."""
        return self.look.__name__

    @property
    def purpose(self) -> str:
        """What it looks for, in words."""
        return (inspect.getdoc(self.look) or "").split("\n\n")[0]

    @cached_property
    def _parameters(self) -> dict[str, Any]:
        return {name: parameter.annotation for name, parameter in inspect.signature(self.look).parameters.items()}

    @property
    def about(self) -> type:
        """The class of what it looks at."""
        subject: type = next(iter(self._parameters.values()))
        return subject

    def __call__(self, record: object) -> Iterator[Finding | Unchecked]:
        """Look at a record, or at all sensors of a cluster."""
        if self.about is SensorRecord and isinstance(record, ClusterRecord):
            for sensor in record.sensors:
                yield from self(sensor)
            return
        arguments = self._arguments(record)
        absent = [name for name, argument in arguments.items() if argument is None]
        answers: Iterable[Finding | Unchecked] = (
            [Unchecked(f"no {absent[0]}")] if absent else self.look(record, *arguments.values())
        )
        for finding in answers:
            if isinstance(finding, Unchecked):
                cluster = record.name if isinstance(record, ClusterRecord) else ""
                if self.subject:
                    yield replace(finding, subject=self.subject, cluster=finding.cluster or cluster)
                continue
            yield replace(
                finding,
                check=self.name,
                severity=max(finding.severity, self.worst, key=SEVERITIES.index),
                advice=finding.advice or self.advice,
                evidence=float(finding.evidence),
                unit=finding.unit or self.unit,
            )

    def _arguments(self, record: object) -> dict[str, Any]:
        names = list(self._parameters)[1:]
        if isinstance(record, ClusterRecord):
            return {name: record.forcing.get(name) for name in names}
        if isinstance(record, NetworkRecord) and self.keep is not None:
            kept = record.kept[self.keep]
            return {names[0]: None if any(values is None for values in kept) else kept}
        return {}
