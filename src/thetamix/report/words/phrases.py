"""Plain words: what the top of the page holds, and how numbers stand in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

UNIT = "m³ m⁻³"
#: Stands in captions for what groups of clusters are called.
GROUP = "{group}"


def of_groups(text: str, group_name: str) -> str:
    """Write what groups of clusters are called into a caption.

    Examples
    --------
    >>> of_groups("CRPS by {group}.", "land_use")
    'CRPS by land use.'
    """
    return text.replace(GROUP, group_name.replace("_", " "))


@dataclass
class Headline:
    """One number that a reader takes home.

    Attributes
    ----------
    value
        The number.
    text
        What it is.
    unit
        Of the number.
    """

    value: str
    text: str
    unit: str = ""


@dataclass
class Summary:
    """The plain words at the top of the page.

    Attributes
    ----------
    tiles
        A few numbers.
    good, poor, distrust, soil
        Sentences: what is good, what is poor, what to distrust, and what the data say about the soil.
    """

    tiles: list[Headline] = field(default_factory=list)
    good: list[str] = field(default_factory=list)
    poor: list[str] = field(default_factory=list)
    distrust: list[str] = field(default_factory=list)
    soil: list[str] = field(default_factory=list)


def percent(share: float) -> str:
    """Write a share in percent.

    Examples
    --------
    >>> percent(0.234), percent(0.034), percent(0.0)
    ('23%', '3.4%', '0%')
    """
    return f"{share:.1%}" if 0 < abs(share) < 0.0995 else f"{share:.0%}"


def moisture(value: float) -> str:
    """Write a soil moisture with its unit.

    Examples
    --------
    >>> moisture(0.0321)
    '0.0321 m³ m⁻³'
    """
    return "undefined" if np.isnan(value) else f"{value:.4f} m³ m⁻³"


def signed(value: float, decimals: int) -> str:
    """Write a number with its sign; what rounds to 0 has none.

    Examples
    --------
    >>> signed(-0.12, 2), signed(0.5, 1), signed(0.001, 2)
    ('−0.12', '+0.5', '0.00')
    """
    text = f"{abs(value):.{decimals}f}"
    if float(text) == 0:
        return text
    return f"{'−' if value < 0 else '+'}{text}"


def joined(parts: Sequence[str]) -> str:
    """Join parts of a sentence.

    Examples
    --------
    >>> joined(["a", "b", "c"])
    'a, b and c'
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def typographic(text: str) -> str:
    """Write units with superscripts.

    Examples
    --------
    >>> typographic("RMSE [m3 m-3], MSE [m6 m-6]")
    'RMSE [m³ m⁻³], MSE [m⁶ m⁻⁶]'
    """
    for plain, set_well in (("m3 m-3", "m³ m⁻³"), ("m6 m-6", "m⁶ m⁻⁶"), ("m3 s-1", "m³ s⁻¹"), ("h-1", "h⁻¹")):
        text = text.replace(plain, set_well)
    return text
