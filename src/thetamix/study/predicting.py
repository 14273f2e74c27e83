"""What `thetamix predict` does: a prediction file for any network, and word of what is wanting."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.network.netcdf import reading
from thetamix.prediction.extrapolation import extrapolated
from thetamix.prediction.model_inputs import steps_needed
from thetamix.prediction.pieces import predict_in_pieces
from thetamix.prediction.prediction_file import open_prediction
from thetamix.prediction.prediction_table import write_prediction_table
from thetamix.prediction.predictor import Predictor
from thetamix.study.prepared_network import opened_at_step
from thetamix.study.run_folder import Run
from thetamix.system.errors import InputError, first_of
from thetamix.system.files import refuse_folder, refuse_input, require_file, sha256
from thetamix.system.locks import alone_with
from thetamix.system.progress import Progress


def choose_model(run: Run, model: str | None, state: Path | None, progress: Progress) -> str:
    """Return the model that predicts, and say which was taken and why where none was named.

    Parameters
    ----------
    run
        The run.
    model
        Its name, or None.
    state
        File of carried states, or None.
    progress
        Says it.
    """
    if model is not None:
        return run.model_name(model)
    left = None
    if state is not None and state.exists():
        with reading(state), xr.open_dataset(state, engine="netcdf4") as file:
            left = file.load()
    name = run.model_name(carried=state is not None, state=left)
    scored = run.crps()
    if name in scored and len(scored) > 1:
        each = ", ".join(f"{other} {value:.4f}" for other, value in scored.items())
        progress.say(f"taking {name} of the trained models, by their CRPS [m3 m-3]: {each}; --model takes another")
    return name


def predict_file(
    predictor: Predictor,
    network: Path,
    out: Path,
    title: str,
    progress: Progress,
    state: Path | None = None,
) -> None:
    """Predict every place, depth and time of a network into a prediction file, going on where it was interrupted.

    Parameters
    ----------
    predictor
        The models.
    network
        File with forcing and attributes; it needs no readings.
    out
        The prediction file; one that ends in ``.csv`` is a table, see
        :func:`thetamix.prediction.prediction_table.write_prediction_table`.
    title
        Of the file: what predicts.
    progress
        Says what is going on.
    state
        File of carried states, which the prediction goes on from and leaves ready for the next steps; where it does
        not exist, it begins here. None: nothing is carried on.

    Raises
    ------
    InputError
        If the network or the state is not one that the models can predict, or a file would be written over.
    """
    path = require_file(network, "network")
    written = [out] if state is None else [out, state]
    for number, file in enumerate(written):
        refuse_folder(file)
        refuse_input(file, [path, *written[number + 1 :]])
    with contextlib.ExitStack() as stack:
        places = stack.enter_context(
            opened_at_step(path, predictor.cards[0].step_hours, predictor.forcing, progress.say)
        )
        try:
            predictor.check(places, carried=state is not None)
        except InputError as error:
            raise InputError(f"predicting {path}: {error}") from error
        for file, option in zip(written, ("-o", "--state"), strict=False):
            stack.enter_context(alone_with(file, option))
        report = stack.enter_context(progress.task("predict"))
        sizes = ", ".join(f"{places.sizes[name]} {name}s" for name in ("cluster", "depth"))
        progress.say(f"predicting {sizes}, {places.sizes['time']} times: {title}")
        for line in extrapolated(places, [card.inputs for card in predictor.cards]):
            progress.say(line)
        mixtures = out.with_name(f".{out.name}.nc") if out.suffix.lower() == ".csv" else out
        there, without = predict_in_pieces(
            predictor, places, mixtures, network_hash=sha256(path), title=title, report=report, state=state
        )
        until = np.datetime_as_string(places["time"].to_numpy()[-1], "m")
    for line in _wanting(mixtures, without, steps_needed(predictor.cards)):
        progress.say(line)
    if mixtures != out:
        write_prediction_table(mixtures, out)
        mixtures.unlink()
    gone_on = f" ({there} pieces were there already)" if there else ""
    left = f"; the state of {until} is in {state}" if state is not None else ""
    progress.say(f"wrote {out}{gone_on}{left}")


def _wanting(out: Path, without: float, needed: int) -> Iterator[str]:
    """Say how much has no prediction, and whose forcing wants looking after: the state of a gap is lost."""
    if not without:
        return
    yield f"{without:.1%} of the steps have no prediction: one needs all forcing for {needed} steps in a row"
    with open_prediction(out) as prediction:
        last = prediction["component_mean"].isel(time=-1, component=0).isnull().any("depth").to_numpy()
        names = [str(name) for name in prediction["cluster_id"].to_numpy()[last]]
    if names:
        yield f"at the last step {len(names)} of {last.size} clusters have none: {first_of(names)}"
