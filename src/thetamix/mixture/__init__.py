"""Mixtures of Gaussians, exact.

``GaussianMixture`` works on plain arrays. ``thetamix.mixture.loss`` (torch) and
``thetamix.mixture.accessor`` (xarray) are imported by those who need them.
"""

from thetamix.mixture.gaussian_mixture import GaussianMixture
from thetamix.mixture.modality import Modes
from thetamix.mixture.verification import Verification

__all__ = ["GaussianMixture", "Modes", "Verification"]
