"""Runs in neuralhydrology's own environment: its trainer and its tester, measured as they are.

python peer_side.py train|predict CONFIGURATION
"""

import os
import sys
import time
from pathlib import Path

from measure import serve
from neuralhydrology.evaluation import get_tester
from neuralhydrology.training.basetrainer import BaseTrainer
from neuralhydrology.utils.config import Config


def train(path: Path) -> None:
    cfg = Config(path)
    cfg.update_config({"experiment_name": f"benchmark-{os.getpid()}"})  # a folder for each process
    trainer = BaseTrainer(cfg)
    trainer.initialize_training()
    pace = 10.0  # batches per second, until it is known better

    def measure(seconds: float) -> dict[str, float]:
        nonlocal pace
        trainer._max_updates_per_epoch = max(int(pace * seconds), 1)
        began = time.perf_counter()
        trainer._train_epoch(epoch=1)
        spent = time.perf_counter() - began
        pace = trainer._max_updates_per_epoch / spent
        return {"value": pace * cfg.batch_size}

    serve(measure)


def predict(path: Path) -> None:
    cfg = Config(path)
    cfg.update_config({"experiment_name": f"benchmark-{os.getpid()}"})  # a folder for each process
    trainer = BaseTrainer(cfg)
    trainer.initialize_training()
    trainer.train_and_validate()
    tester = get_tester(cfg=cfg, run_dir=cfg.run_dir, period="test", init_model=True)
    everything = tester.basins

    def measure(seconds: float) -> dict[str, float]:
        done, began = 0, time.perf_counter()
        for basin in everything:
            tester.basins = [basin]
            result = tester.evaluate(save_results=False, metrics=[])
            done += sum(one["xr"].sizes["date"] for one in result[basin].values())
            if time.perf_counter() - began > seconds:
                break
        return {"value": done / (time.perf_counter() - began)}

    serve(measure)


if __name__ == "__main__":
    {"train": train, "predict": predict}[sys.argv[1]](Path(sys.argv[2]))
