"""What a model was told about its inputs: names, scaling, categories. Kept in ``model.json``."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Scale:
    """A standardisation: ``(value - mean) / sd``.

    Attributes
    ----------
    name
        The variable of the network.
    mean, sd
        In the variable's unit; an sd of 0 was replaced by 1.
    lowest, highest
        Of the values that were trained on; None where there was none.
    unit
        Of the variable, as its network has it; None where it has none, or the model is of 0.1.
    """

    name: str
    mean: float
    sd: float
    lowest: float | None
    highest: float | None
    unit: str | None = None


@dataclass(frozen=True)
class ForcingInput:
    """A forcing input.

    Attributes
    ----------
    scale
        Its standardisation.
    optional
        True where the model can do without: a missing value is 0 and a second input says whether it is there.
    """

    scale: Scale
    optional: bool


@dataclass(frozen=True)
class Category:
    """A text attribute as one input a category.

    Attributes
    ----------
    name
        The variable of the network.
    values
        The categories that were trained on, sorted.
    """

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class InputSpec:
    """All inputs of a model, in order, and its target.

    Attributes
    ----------
    forcing
        Over time.
    numbers
        Numeric attributes; the depth is the first.
    categories
        Text attributes.
    replicates
        Names of the replicates the model is conditioned on; empty where it is not.
    target
        Standardisation of the soil moisture.
    """

    forcing: tuple[ForcingInput, ...]
    numbers: tuple[Scale, ...]
    categories: tuple[Category, ...]
    replicates: tuple[str, ...]
    target: Scale

    @property
    def required(self) -> list[str]:
        """Names of the forcing that must not be missing."""
        return [entry.scale.name for entry in self.forcing if not entry.optional]

    @property
    def dynamic_size(self) -> int:
        """Number of inputs that change in time."""
        return sum(2 if entry.optional else 1 for entry in self.forcing)

    @property
    def static_size(self) -> int:
        """Number of inputs that do not."""
        return len(self.numbers) + sum(len(c.values) for c in self.categories) + len(self.replicates)

    def to_json(self) -> dict[str, Any]:
        """Write as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> "InputSpec":
        """Read from plain values.

        Parameters
        ----------
        plain
            As :meth:`to_json` writes it.

        Returns
        -------
        InputSpec
            The same.
        """
        return cls(
            forcing=tuple(ForcingInput(Scale(**f["scale"]), f["optional"]) for f in plain["forcing"]),
            numbers=tuple(Scale(**number) for number in plain["numbers"]),
            categories=tuple(Category(c["name"], tuple(c["values"])) for c in plain["categories"]),
            replicates=tuple(plain["replicates"]),
            target=Scale(**plain["target"]),
        )
