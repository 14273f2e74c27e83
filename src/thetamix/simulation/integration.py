"""The soil through time: forcing in, moisture at the sensors and a ledger of the water out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from thetamix.simulation.column import LAYERS, THICKNESS, Profiles, field_capacity
from thetamix.simulation.richards import advance, prepare

STEPS_BETWEEN_REPORTS = 500
WET_SUBSTEPS = 4  # a wetting front needs shorter steps than a drying soil


@dataclass(frozen=True)
class Ledger:
    """The water balance of some profiles, one row a recorded step (time, profile).

    Attributes
    ----------
    input, runoff, evaporation, transpiration, drainage
        Water that crossed a border during the step [mm].
    storage
        Water in the soil at the end of the step [mm].
    moisture
        Of all layers, mean over the step (time, layer, profile) [m3 m-3], float32.
    """

    input: np.ndarray
    runoff: np.ndarray
    evaporation: np.ndarray
    transpiration: np.ndarray
    drainage: np.ndarray
    storage: np.ndarray
    moisture: np.ndarray


@dataclass(frozen=True)
class Course:
    """What an integration gives.

    Attributes
    ----------
    moisture
        At the observed layers (time, layer, profile) [m3 m-3], float32; mean over a recorded step.
    ledger
        Of the first ``ledger`` profiles.
    """

    moisture: np.ndarray
    ledger: Ledger


@dataclass(frozen=True)
class Recording:
    """What is kept of an integration.

    Attributes
    ----------
    observed
        Layers whose moisture is kept for all profiles.
    ledger
        For how many of the first profiles the balance is kept.
    skip
        Steps at the start that are not recorded: the soil forgets its initial state.
    every
        Steps that make one recorded step; the rest after ``skip`` must be a multiple.
    """

    observed: tuple[int, ...] = ()
    ledger: int = 0
    skip: int = 0
    every: int = 1


EVERY_STEP = Recording()


def integrate(
    profiles: Profiles,
    supply: np.ndarray,
    demand: np.ndarray,
    site: np.ndarray,
    *,
    step: float = 1.0,
    substeps: np.ndarray | None = None,
    record: Recording = EVERY_STEP,
    water: np.ndarray | None = None,
    progress: Callable[[float], None] | None = None,
) -> Course:
    """Follow the water of many profiles through time.

    Parameters
    ----------
    profiles
        Parameters (layer, profile).
    supply, demand
        Throughfall with melt, and what the air would take (time, site) [mm h-1].
    site
        Whose forcing each profile gets (profile).
    step
        Length of a forcing step [h].
    substeps
        In how many parts each step is taken (time); None is :data:`WET_SUBSTEPS` where any site has supply. Give
        it where profiles are simulated in several sets: then the sets do not matter.
    record
        What is kept.
    water
        Storage at the start (layer, profile) [mm]; None is field capacity. Not changed.
    progress
        Called every :data:`STEPS_BETWEEN_REPORTS` steps with the share that is done.
    """
    steps = supply.shape[0]
    if substeps is None:
        substeps = np.where(np.any(supply > 0, axis=1), WET_SUBSTEPS, 1)
    state = field_capacity(profiles) if water is None else water.copy()
    soil = prepare(profiles)
    ledger = record.ledger
    rows = (steps - record.skip) // record.every
    moisture = np.zeros((rows, len(record.observed), profiles.count), dtype=np.float32)
    book = _empty_ledger(rows, ledger)
    flows = [book.input, book.runoff, book.evaporation, book.transpiration, book.drainage]
    layers = list(record.observed)
    to_moisture = 1 / (THICKNESS[:, None] * 1e3 * record.every)
    to_observed = to_moisture[layers]
    wet = np.any(supply > 0, axis=1)
    for now in range(steps):
        if progress is not None and now % STEPS_BETWEEN_REPORTS == 0:
            progress(now / steps)
        count = int(substeps[now])
        falling = supply[now][site] if wet[now] else None
        drying = demand[now][site]
        row = (now - record.skip) // record.every
        for _ in range(count):
            exchange = advance(soil, state, falling, drying, step / count)
            if ledger and row >= 0:
                passed = (
                    exchange.input,
                    exchange.runoff,
                    exchange.evaporation,
                    exchange.transpiration,
                    exchange.drainage,
                )
                for kept, flow in zip(flows, passed, strict=True):
                    kept[row] += flow[:ledger]
        if row < 0:
            continue
        if layers:
            moisture[row] += state[layers] * to_observed
        if ledger:
            book.moisture[row] += state[:, :ledger] * to_moisture
            book.storage[row] = state[:, :ledger].sum(axis=0)
    return Course(moisture, book)


def _empty_ledger(rows: int, profiles: int) -> Ledger:
    moisture = np.zeros((rows, LAYERS, profiles), dtype=np.float32)
    entered, runoff, evaporation, transpiration, drainage, storage = (np.zeros((rows, profiles)) for _ in range(6))
    return Ledger(entered, runoff, evaporation, transpiration, drainage, storage, moisture)
