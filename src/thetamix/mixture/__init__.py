"""Mixtures of Gaussians, exact.

``GaussianMixture`` works on plain arrays. ``thetamix.mixture.loss`` (torch) and
``thetamix.mixture.accessor`` (xarray) are imported by those who need them.
"""

from .gaussian_mixture import GaussianMixture
from .modality import Modes
from .verification import Verification

__all__ = ["GaussianMixture", "Modes", "Verification"]
