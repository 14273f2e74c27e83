"""Another model's soil moisture as a forecaster: ERA5-Land, or any other that the network carries.

A point forecast has no spread. It is scored as it is (its CRPS is the mean absolute error), and dressed with a
Gaussian of its training residuals, for each series: about the reference itself, or about its bias-corrected self.
"""

from typing import Literal

import numpy as np

from thetamix.forecasters.base import ForecastContext
from thetamix.network.series import series
from thetamix.prediction.prediction_file import write_prediction
from thetamix.system.errors import InputError


def forecast_reference(context: ForecastContext, *, dress: Literal["none", "raw", "bias_corrected"]) -> None:
    """Write the reference of the network as a prediction file.

    Parameters
    ----------
    context
        The network and its training part.
    dress
        ``none``: a point forecast, standard deviation 0. ``raw``: with the root mean square of the training
        residuals. ``bias_corrected``: shifted by their mean, with their standard deviation.

    Raises
    ------
    InputError
        If the network has no reference.
    """
    network = context.network
    if "reference_soil_moisture" not in network:
        raise InputError("the network has no reference_soil_moisture; leave forecasters of kind reference out")
    members = list(series(network))
    with write_prediction(context.output, network, 1, title=f"reference, dress: {dress}") as prediction:
        for number, one in enumerate(members):
            reference = network["reference_soil_moisture"].isel(cluster=one.cluster, depth=one.depth).to_numpy()
            trained = context.trained[one.cluster, one.depth]
            shift, sd = residuals(reference, context.readings[one.cluster, one.depth], trained, dress)
            mean = (reference + shift)[:, None]
            known = np.where(np.isfinite(mean), 1.0, np.nan)
            prediction.write(one.cluster, one.depth, known, mean * known, sd * known)
            context.report((number + 1) / len(members))


def residuals(
    reference: np.ndarray,
    readings: np.ndarray,
    trained: np.ndarray,
    dress: Literal["none", "raw", "bias_corrected"],
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
        See :func:`forecast_reference`.

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
