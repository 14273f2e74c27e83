"""A trained LSTM as a forecaster."""

from collections.abc import Callable
from typing import Any, ClassVar, Literal, Self

import numpy as np
import xarray as xr
from pydantic import Field, field_validator

from thetamix.forecasters.base import FitContext, ForecastContext, PlannedFit, Role, TrainedForecaster
from thetamix.inputs.settings import Inputs
from thetamix.network.by_series import Mask
from thetamix.prediction.prediction_file import write_prediction
from thetamix.quality.checks.study_record import Answers, Needs, Sides, Silence
from thetamix.system.errors import nearest
from thetamix.training.schedule import may_stop, shards
from thetamix.training.settings import Training


class LSTM(TrainedForecaster):
    """A trained LSTM with a mixture head."""

    role: ClassVar[Role] = "model"
    version: ClassVar[int] = 2
    on_demand: ClassVar[bool] = True
    inherits: ClassVar[tuple[str, ...]] = ("inputs", "training")
    fit_version: ClassVar[int] = 6
    fit_files: ClassVar[tuple[str, ...]] = ("model.safetensors", "model.json", "history.csv")

    kind: Literal["lstm"]
    components: int = Field(3, ge=1)
    condition_on_replicate: bool = False
    head: str = "gaussian_mixture"
    inputs: Inputs
    training: Training

    @field_validator("head")
    @classmethod
    def _head_exists(cls, value: str) -> str:
        if value != cls.model_fields["head"].default:
            from thetamix.model.heads import HEADS  # torch: only where it is needed

            if value not in HEADS:
                raise ValueError(f"unknown head {value!r}; {nearest(value, HEADS)}")
        return value

    @field_validator("inputs")
    @classmethod
    def _has_forcing(cls, value: Inputs) -> Inputs:
        if not value.forcing:
            raise ValueError(
                "an LSTM learns how soil answers to weather: name some in inputs.forcing (`thetamix import forcing` "
                "adds it to a network), or leave forecasters of kind lstm out"
            )
        return value

    def resolved(self, step: np.timedelta64) -> Self:
        """Return the entry with its lengths of time in steps and as durations."""
        return self.model_copy(update={"training": self.training.resolved(step)})

    def needs(self, name: str) -> Needs:
        """Return its inputs, and the length of its windows."""
        return Needs(
            name,
            forcing=tuple(self.inputs.forcing_and_optional),
            attributes=tuple(self.inputs.attributes),
            sequence=self.training.sequence.count,
            silence=Silence(
                self._answers,
                "no window of complete forcing ends where it is evaluated",
                "fill the forcing there, shorten training.sequence, or declare a variable optional",
            ),
        )

    def _answers(self, sides: Sides) -> Answers:
        """Mark where windows of complete forcing end."""
        from thetamix.inputs.window_ends import window_ends

        ends = window_ends(sides.network, self.inputs.forcing_and_optional, self._length)
        return lambda key: ends[key[0]]

    @property
    def _length(self) -> int:
        """Steps with forcing up to the first that is predicted."""
        sequence, warm_up = self.training.sequence, self.training.warm_up
        return sequence.count if warm_up is None else warm_up.count + 1

    def key_settings(self) -> dict[str, Any]:
        """Return the settings without where it is computed, and what its settings are called.

        Nor the head that all models had before there was a choice: their files are as they were.
        """
        plain = self.model_dump(mode="json")
        del plain["training"]["device"], plain["training"]["preset"]
        if self.head == type(self).model_fields["head"].default:
            del plain["head"]
        return plain

    def fit_settings(self) -> dict[str, Any]:
        """Return the settings without what only forecasts look at."""
        plain = self.key_settings()
        del plain["inputs"]["unseen"]
        return plain

    def fit(self, context: FitContext, report: Callable[[float, str], None]) -> str:
        """Train the model, and write its weights, its card and its history."""
        from thetamix.system.workers import cores_to_spare
        from thetamix.training.loop import FitJob
        from thetamix.training.train import train_lstm

        trained, held_back = self.training_parts(context)
        threads = min(context.threads, shards(self.training.batch))
        job = FitJob(context.folder, context.key, context.seed, threads=threads, spare=cores_to_spare)
        return train_lstm(context.network, context.readings, trained, held_back, self, job, report)

    def plan(self, context: FitContext) -> PlannedFit:
        """Return the epochs, the windows of the training part, and whether the fit is begun."""
        from thetamix.training.checkpoint import load_checkpoint

        checkpoint = context.folder / "checkpoint"
        return PlannedFit(
            epochs=self.training.epochs,
            may_stop=may_stop(self.training),
            windows=self._count_windows(context.network, self.training_parts(context)[0]),
            per_epoch=self.training.windows_per_epoch,
            unit="windows" if self.training.warm_up is None else "stretches",
            begun=checkpoint.exists() and load_checkpoint(checkpoint, context.key) is not None,
        )

    def _count_windows(self, network: xr.Dataset, trained: Mask) -> int:
        from thetamix.inputs.stretches import count_stretches
        from thetamix.inputs.window_ends import count_windows, window_ends

        forcing, sequence, warm_up = self.inputs.forcing_and_optional, self.training.sequence, self.training.warm_up
        if warm_up is None:
            ends = window_ends(network, forcing, sequence.count)
            return count_windows(trained, ends, by_replicate=self.condition_on_replicate)
        complete = window_ends(network, forcing, 1)
        return count_stretches(
            trained, complete, sequence.count, warm_up.count, by_replicate=self.condition_on_replicate
        )

    def training_parts(self, context: FitContext) -> tuple[Mask, Mask | None]:
        """Separate the readings that a fit is trained on from those that choose its best epoch.

        Parameters
        ----------
        context
            What it is trained on.

        Returns
        -------
        trained
            The training part.
        held_back
            The validation part; None where there is none.

        Raises
        ------
        InputError
            If the network lacks an input of the model.
        """
        from thetamix.inputs.requirements import find_forcing, find_inputs
        from thetamix.inputs.window_ends import window_ends
        from thetamix.training.hold_back import hold_back

        settings, forcing = self.training, self.inputs.forcing_and_optional
        required, optional = ([name for name, may_miss in forcing if may_miss == kind] for kind in (False, True))
        find_inputs(context.network, required, self.inputs.attributes, optional)
        find_forcing(context.network, required)
        if settings.validation_share == 0:
            return context.trained, None
        # Only readings that can be scored at all choose the blocks.
        scorable = context.trained.within(window_ends(context.network, forcing, self._length))
        held = hold_back(
            scorable, context.blocks, settings.validation_share, context.seed, by_series=context.blocks_by_series
        )
        if not held:
            return context.trained, None
        return context.trained.map(lambda own, away: own & ~away, held), held

    def forecast(self, context: ForecastContext) -> None:
        """Predict every series of the network with the trained model; no reading is looked at."""
        import torch

        from thetamix.model.model_file import load_model
        from thetamix.network.series import series
        from thetamix.prediction.block import predict_series, replicate_of_components
        from thetamix.prediction.model_inputs import read_inputs
        from thetamix.system.device import card_has_room, choose_device, prepare_processor

        prepare_processor()
        model, card = load_model(context.fit)
        device = choose_device(self.training.device)
        torch.manual_seed(context.seed)  # the notebook's variant leaves dropout on
        encoded = read_inputs(context.network, card, self.inputs.unseen)
        everything = list(series(context.network))
        replicate = replicate_of_components(card)
        components = len(replicate or range(card.architecture.components))
        title = f"LSTM with {card.architecture.components} Gaussian(s)"
        with (
            card_has_room("Run again to go on, once there is room"),
            write_prediction(
                context.output, context.network, components, replicate=replicate, title=title
            ) as prediction,
        ):
            model.to(device)
            done = 0
            # With dropout left on, the draws of a step depend on the steps before it.
            asked = None if card.dropout_at_prediction else context.asked
            given = model, card, encoded, everything
            for members, mixture, _ in predict_series(*given, threads=context.threads, asked=asked):
                for entry, *parameters in zip(members, *mixture, strict=True):
                    prediction.write(entry.cluster, entry.depth, *parameters)
                done += len(members)
                context.report(done / len(everything))
