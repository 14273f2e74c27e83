"""How scores are grouped and resampled, as users write it."""

from pydantic import Field, model_validator

from thetamix.system.settings import Settings

#: Columns that tables have beside that of the groups: no attribute can give its name to a second one.
TAKEN = {
    *("forecaster", "seed", "cluster", "depth", "score", "value", "low", "high", "n", "n_undefined", "n_series"),
    *("kind", "state_kind", "state_low", "state_high", "component", "mean", "sd", "q10", "q25", "q50", "q75", "q90"),
    *("by", "level", "strict", "dip", "discharge", "rainy_share", "soil_moisture", "density", "seeds", "x"),
    *("one", "other", "correlation", "offset", "difference", "share_one_better", "flag", "meaning", "share"),
    *("month", "events", "responses", "non_sequential", "crps", "reliability", "resolution", "uncertainty"),
    *("time", "state", "expectation", "observed_belt", "predicted_belt", "matched_belt", "n_left_out"),
    *("one_run", "other_run"),
}


class Bootstrap(Settings):
    """The paper's resampling of time steps, and the blocks' for intervals."""

    draws: int = Field(50, ge=1)
    share: float = Field(0.8, gt=0, le=1)
    block_draws: int = Field(1000, ge=1)


class Evaluation(Settings):
    """How scores are grouped and resampled."""

    group_by: list[str] = ["geology", "depth"]
    bootstrap: Bootstrap = Bootstrap()

    @model_validator(mode="after")
    def _an_attribute_and_depth(self) -> "Evaluation":
        if "depth" not in self.group_by:
            raise ValueError("group_by: depths are always kept apart; write [geology, depth] or [depth]")
        if len(self.group_by) > 2 or len(set(self.group_by)) < len(self.group_by):
            raise ValueError("group_by: write a single attribute beside depth, such as [climate, depth]")
        return self

    @property
    def attribute(self) -> str | None:
        """The attribute that groups clusters; None where depths alone are kept apart."""
        return next((name for name in self.group_by if name != "depth"), None)

    @property
    def group_name(self) -> str:
        """What groups are called in tables and figures."""
        return "group" if self.attribute in TAKEN else self.attribute or "geology"
