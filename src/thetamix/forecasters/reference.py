"""Another model's soil moisture as a forecaster: ERA5-Land, or any other that the network carries.

A point forecast has no spread. It is scored as it is (its CRPS is the mean absolute error), and dressed with a
Gaussian of its training residuals, for each series: about the reference itself, or about its bias-corrected self.
"""

from typing import ClassVar, Literal

import numpy as np

from thetamix.forecasters.base import ForecastContext, Forecaster, Role
from thetamix.network.by_series import Key
from thetamix.prediction.prediction_file import write_prediction
from thetamix.quality.checks.study_record import Answers, Needs, Sides, Silence
from thetamix.system.errors import InputError

Dress = Literal["none", "raw", "bias_corrected"]
#: The forms that one entry without a dress stands for, and what is added to its name.
FORMS: dict[Dress, str] = {"none": "", "raw": " (dressed)", "bias_corrected": " (bias-corrected)"}


class Reference(Forecaster):
    """Another model's soil moisture: as it is, or dressed with its training residuals."""

    role: ClassVar[Role] = "reference"

    kind: Literal["reference"]
    dress: Dress | None = None

    @property
    def point(self) -> bool:
        """True where it is not dressed: a point forecast has standard deviation 0."""
        return self.dress == "none"

    def forms(self, name: str) -> dict[str, Forecaster]:
        """Return all three forms where the dress is open: a reference is scored as it is and dressed in two ways."""
        if self.dress is not None:
            return {name: self}
        return {name + suffix: self.model_copy(update={"dress": dress}) for dress, suffix in FORMS.items()}

    def needs(self, name: str) -> Needs:
        """Return the reference's moisture."""
        dressed = self.dress not in (None, "none")
        why = "no value of reference_soil_moisture is evaluated" + (
            " in a series with training readings beside it, whose residuals dress it" if dressed else ""
        )
        instead = "take dress: none, or a split that trains on every cluster" if dressed else "match it to the depths"
        return Needs(name, variables=("reference_soil_moisture",), silence=Silence(self._answers, why, instead))

    def _answers(self, sides: Sides) -> Answers:
        """Mark the values of a series, where there are residuals to dress them."""

        def answer(key: Key) -> np.ndarray:
            given = sides.network["reference_soil_moisture"].isel(cluster=key[0], depth=key[1]).to_numpy()
            there: np.ndarray = np.isfinite(given)
            dressed = self.point or (there & sides.trained[key]).any()
            return there & dressed

        return answer

    def forecast(self, context: ForecastContext) -> None:
        """Write the reference of the network, dressed by the training residuals of each series."""
        network, dress = context.network, self.dress or "none"
        if "reference_soil_moisture" not in network:
            raise InputError("the network has no reference_soil_moisture; leave forecasters of kind reference out")
        with write_prediction(context.output, network, 1, title=f"reference, dress: {dress}") as prediction:
            for series in context.each_series():
                given = network["reference_soil_moisture"].isel(cluster=series.cluster, depth=series.depth).to_numpy()
                shift, sd = residuals(given, *context.of(series), dress)
                mean = (given + shift)[:, None]
                valid = np.where(np.isfinite(mean), 1.0, np.nan)
                prediction.write(series.cluster, series.depth, valid, mean * valid, sd * valid)


def residuals(
    reference: np.ndarray,
    readings: np.ndarray,
    trained: np.ndarray,
    dress: Dress,
) -> tuple[float, float]:
    """Learn a shift and a spread from the training readings of one series.

    Parameters
    ----------
    reference
        Of the series (time) [m3 m-3].
    readings
        Of its replicates (replicate, time) [m3 m-3].
    trained
        Which of them are trained on, boolean.
    dress
        ``none``: no spread. ``raw``: the root mean square of the training residuals. ``bias_corrected``: a shift by
        their mean, and their standard deviation.

    Returns
    -------
    shift, sd : float
        [m3 m-3]; NaN where nothing was trained on.
    """
    if dress == "none":
        return 0.0, 0.0
    difference = (readings - reference).astype(np.float64)[trained]
    difference = difference[np.isfinite(difference)]
    if difference.size == 0:
        return np.nan, np.nan
    if dress == "raw":
        return 0.0, float(np.sqrt(np.mean(difference**2)))
    return float(difference.mean()), float(difference.std())
