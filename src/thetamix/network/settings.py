"""Which readings of a network count, as users write it."""

from pydantic import model_validator

from thetamix.network.observations import ReplicateRule
from thetamix.network.schema import FLAGS
from thetamix.system.errors import nearest
from thetamix.system.settings import Settings


class Quality(Settings):
    """Which readings count."""

    reject: list[str] = []
    replicates: ReplicateRule = "all"

    @model_validator(mode="after")
    def _flags_exist(self) -> "Quality":
        for flag in self.reject:
            if flag not in FLAGS:
                raise ValueError(f"unknown flag {flag!r}; {nearest(flag, FLAGS)}")
        return self
