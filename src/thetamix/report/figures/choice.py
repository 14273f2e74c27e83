"""What a user asked to see, the series that is shown, and the answer that there is nothing to show."""

from dataclasses import dataclass

import numpy as np

from thetamix.system.errors import InputError


class NotApplicableError(InputError):
    """A figure that a run cannot have; the message says why in one line."""


@dataclass(frozen=True)
class Choice:
    """What a user asked to see; None leaves it to the figure.

    Attributes
    ----------
    cluster
        Name.
    depth
        [m].
    forecaster
        Name.
    seed
        Of the split and the fits.
    """

    cluster: str | None = None
    depth: float | None = None
    forecaster: str | None = None
    seed: int | None = None


@dataclass(frozen=True)
class FigureSeries:
    """One series of a network, as figures show it.

    Attributes
    ----------
    cluster, depth
        Positions in the network.
    name
        Fit to be shown: ``c01 at 10 cm``.
    time
        Ends of the steps (time).
    readings
        Accepted readings (replicate, time) [m3 m-3], float64, of the replicates that the series ever has.
    labels
        Of these replicates.
    part
        Of the split (time).
    """

    cluster: int
    depth: int
    name: str
    time: np.ndarray
    readings: np.ndarray
    labels: list[str]
    part: np.ndarray
