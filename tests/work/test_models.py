"""What a step of a study is told."""

from types import SimpleNamespace

import pytest

from thetamix.resolve import parse_study
from thetamix.work.models import _threads

LSTM = {"kind": "lstm"}


@pytest.mark.parametrize(
    ("workers", "models", "seeds", "threads"),
    [
        (1, 1, 1, 1),
        (2, 1, 1, 2),  # alone, with all cores
        (2, 2, 1, 2),  # the last one has those that the other left
        (2, 2, 3, 1),
        (16, 2, 1, 16),
        (16, 2, 3, 5),
        (16, 2, 40, 1),
    ],
)
def test_forecasts_share_the_cores(tmp_path, workers, models, seeds, threads):
    entries = {f"model {number}": LSTM for number in range(models)} | {"cycle": {"kind": "annual_cycle"}}
    raw = {
        "name": "study",
        "network": "network.nc",
        "inputs": {"forcing": ["precipitation"]},
        "training": {"preset": "paper"},
        "forecasters": entries,
        "seeds": list(range(seeds)),
        "split": {"scheme": "blocks"},
    }
    bench = SimpleNamespace(study=parse_study(raw, "study.yml", tmp_path), workers=workers)
    assert _threads(bench) == threads
