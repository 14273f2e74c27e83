"""A trained LSTM as a forecaster."""

from pathlib import Path

import torch

from thetamix.forecasters.base import ForecastContext
from thetamix.model.model_file import load_model
from thetamix.network.series import series
from thetamix.prediction.model_inputs import read_inputs
from thetamix.prediction.prediction_file import write_prediction
from thetamix.prediction.series_prediction import predict_series, replicate_of_components
from thetamix.system.device import card_has_room, choose_device, prepare_processor


def forecast_lstm(context: ForecastContext, *, model: Path, unseen: str, device: str, threads: int) -> None:
    """Predict every series of a network with a trained model.

    Parameters
    ----------
    context
        The network; its readings are not looked at.
    model
        Folder of the model.
    unseen
        ``error`` or ``zero``: what to do with a category that was not trained on.
    device
        ``auto`` (a graphics card where there is one), ``cpu`` or ``cuda``.
    threads
        Series that are predicted at a time on the processor.

    Raises
    ------
    InputError
        If the network lacks an input, has another time step or an unseen category, or a graphics card is asked for
        and there is none.
    """
    prepare_processor()
    network = context.network
    trained, card = load_model(model)
    place = choose_device(device)
    torch.manual_seed(context.seed)  # the notebook's variant leaves dropout on
    inputs = read_inputs(network, card, unseen)
    members = list(series(network))
    replicate = replicate_of_components(card)
    with (
        card_has_room("Run again to go on, once there is room"),
        write_prediction(
            context.output,
            network,
            len(replicate or range(card.architecture.components)),
            replicate=replicate,
            title=f"LSTM with {card.architecture.components} Gaussian(s)",
        ) as prediction,
    ):
        trained.to(place)
        for number, (one, mixture) in enumerate(predict_series(trained, card, inputs, members, threads)):
            prediction.write(one.cluster, one.depth, *mixture)
            context.report((number + 1) / len(members))
