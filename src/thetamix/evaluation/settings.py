"""How scores are grouped and resampled, as users write it."""

from typing import Literal

from pydantic import Field, model_validator

from thetamix.system.settings import Settings


class Bootstrap(Settings):
    """The paper's resampling of time steps, and the blocks' for intervals."""

    draws: int = Field(50, ge=1)
    share: float = Field(0.8, gt=0, le=1)
    block_draws: int = Field(1000, ge=1)


class Evaluation(Settings):
    """How scores are grouped and resampled."""

    group_by: list[Literal["geology", "depth"]] = ["geology", "depth"]
    bootstrap: Bootstrap = Bootstrap()

    @model_validator(mode="after")
    def _depths_are_kept_apart(self) -> "Evaluation":
        if "depth" not in self.group_by:
            raise ValueError("group_by: depths are always kept apart; write [geology, depth] or [depth]")
        return self
