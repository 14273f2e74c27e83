"""The ensemble: the equal pool of other forecasters' mixtures (the paper's section 4.2 proposes it)."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from thetamix.forecasters.base import ForecastContext
from thetamix.network.series import series
from thetamix.prediction.prediction_file import PARAMETERS, open_prediction, write_prediction


def forecast_ensemble(context: ForecastContext, *, members: Sequence[Path]) -> None:
    """Write the equal pool of several prediction files.

    Parameters
    ----------
    context
        The network.
    members
        Prediction files. Where one of them has no prediction, neither has the pool: a pool of changing members
        would jump.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(open_prediction(member)) for member in members]
        components = sum(file.sizes["component"] for file in files)
        names = ", ".join(member.stem for member in members)
        everything = list(series(context.network))
        with write_prediction(
            context.output, context.network, components, title=f"equal pool of {names}"
        ) as prediction:
            for number, one in enumerate(everything):
                parts = [
                    [file[name].isel(cluster=one.cluster, depth=one.depth).to_numpy() for file in files]
                    for name in PARAMETERS
                ]
                weight, mean, sd = (np.concatenate(part, axis=-1) for part in parts)
                known = np.where(np.isfinite(mean).all(axis=-1, keepdims=True), 1.0, np.nan)
                prediction.write(one.cluster, one.depth, weight * known / len(files), mean * known, sd * known)
                context.report((number + 1) / len(everything))
