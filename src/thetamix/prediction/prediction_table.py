"""A prediction as a table: a row a cluster, depth and time, for whoever reads no NetCDF."""

from pathlib import Path

import numpy as np
import pandas as pd

from thetamix.mixture import GaussianMixture
from thetamix.prediction.layout import PARAMETERS
from thetamix.prediction.prediction_file import open_prediction
from thetamix.system.files import atomic_path, write_errors

LEVELS = (0.1, 0.5, 0.9)
COLUMNS = ["cluster", "depth", "time", "expectation", "sd", *(f"q{round(100 * level)}" for level in LEVELS)]


def write_prediction_table(prediction: Path, path: Path) -> None:
    """Write what a prediction file says of each place and time as CSV.

    Parameters
    ----------
    prediction
        The prediction file; a series is read at a time.
    path
        Of the table, with the columns :data:`COLUMNS`: depth [m], the end of the interval (UTC), expectation,
        standard deviation and quantiles [m3 m-3], empty where there is no prediction.
    """
    with open_prediction(prediction) as given, atomic_path(path) as temporary, write_errors(path):
        times, depths = given["time"].to_numpy(), given["depth"].to_numpy()
        with temporary.open("w", encoding="utf-8", newline="") as file:
            file.write(",".join(COLUMNS) + "\n")
            for cluster, name in enumerate(given["cluster_id"].to_numpy()):
                for number, depth in enumerate(depths):
                    mixture = GaussianMixture(*(given[each][cluster, number].to_numpy() for each in PARAMETERS))
                    values = (mixture.expectation(), np.sqrt(mixture.variance()), *mixture.quantile(LEVELS).T)
                    labels = (str(name), f"{depth:g}", times)
                    table = pd.DataFrame(dict(zip(COLUMNS, (*labels, *values), strict=True)))
                    table.to_csv(file, index=False, header=False, float_format="%.5f", lineterminator="\n")
