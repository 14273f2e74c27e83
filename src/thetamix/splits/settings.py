"""How readings are shared out to training and evaluation, as users write it."""

from typing import Any, Literal, get_args

import numpy as np
from pydantic import Field, model_validator

from thetamix.system.durations import parse_duration
from thetamix.system.settings import Date, Duration, Settings

Scheme = Literal["blocks", "calendar", "clusters", "networks", "period", "regions", "replicates"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)


class EvaluationPeriod(Settings):
    """The period that is evaluated: ``start <= t < end``."""

    start: Date
    end: Date

    @model_validator(mode="after")
    def _in_order(self) -> "EvaluationPeriod":
        if not self.start < self.end:  # text, but ISO 8601 sorts as time does
            raise ValueError(f"ends before it starts: {self.start} to {self.end}")
        return self


class Split(Settings):
    """How readings are shared out to training and evaluation."""

    scheme: Scheme = "blocks"
    block: Duration = "90d"
    evaluation_share: float = Field(0.4, gt=0, lt=1)
    gap: Duration = "0d"
    period: EvaluationPeriod | None = None
    square: float = Field(5.0, gt=0, le=90)
    folds: int = Field(5, ge=2)
    kept_out: list[str] = []

    @property
    def keeps_clusters_out(self) -> bool:
        """Whether each cluster lies on one side as a whole."""
        return self.scheme in ("clusters", "networks", "regions")

    def key_settings(self) -> dict[str, Any]:
        """Return what a draw depends on, as JSON can hold it: a key of another scheme makes no split another one."""
        of_scheme = {"square": "regions", "folds": "regions", "kept_out": "networks"}
        return self.model_dump(
            mode="json", exclude={key for key, scheme in of_scheme.items() if scheme != self.scheme}
        )

    @model_validator(mode="after")
    def _blocks_have_a_length(self) -> "Split":
        if parse_duration(self.block) == np.timedelta64(0):
            raise ValueError("block: has no length; write such as 90d")
        return self

    @model_validator(mode="after")
    def _networks_kept_out_by_their_scheme(self) -> "Split":
        if self.kept_out and self.scheme != "networks":
            raise ValueError("kept_out: names of networks for scheme networks; the other schemes have none")
        return self

    @model_validator(mode="after")
    def _period_where_needed(self) -> "Split":
        if (self.scheme == "period") != (self.period is not None):
            raise ValueError("scheme period needs `period: {start: …, end: …}`, the other schemes have none")
        return self
