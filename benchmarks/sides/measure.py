"""How the benchmarks measure: sides that take turns, medians of their ratios, and a verdict that knows of noise.

Each side is a process, or several, that makes its data once and then waits: a line with a number of seconds on its
standard input starts one measurement, a line of JSON answers it. Only one side is at work at a time.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np

#: Share of the processors' time that others may have used before a verdict is refused.
NOISE = 0.05

HOLDS, FAILS, TOO_NOISY = 0, 1, 3


def serve(measure: Callable[[float], dict[str, float]]) -> None:
    """Answer each number of seconds on the standard input with a measurement; gives way at its end."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        values = measure(float(line))
        values["peak_gb"] = _peak_memory()
        print(json.dumps(values), file=answers, flush=True)


class Side:
    """Processes that measure the same at the same time; their values are added up.

    Parameters
    ----------
    command
        Starts one process, which calls :func:`serve`.
    processes
        How many.
    log
        Where their error output goes.
    """

    def __init__(self, command: Sequence[str], processes: int, log: Path) -> None:
        self.log = log
        with log.open("a", encoding="utf-8") as errors:
            self._processes = [
                subprocess.Popen(
                    list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
                )
                for _ in range(processes)
            ]
        for process in self._processes:
            while self._answer(process) != "ready\n":
                pass

    def measure(self, seconds: float) -> dict[str, float]:
        """Measure once; the values of all processes are summed."""
        for process in self._processes:
            assert process.stdin is not None
            print(seconds, file=process.stdin, flush=True)
        answers = [json.loads(self._answer(process)) for process in self._processes]
        return {key: sum(answer[key] for answer in answers) for key in answers[0]}

    def _answer(self, process: "subprocess.Popen[str]") -> str:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            sys.exit(f"a side ended without an answer:\n{self.log.read_text(encoding='utf-8')[-3000:]}")
        return line

    def close(self) -> None:
        """Let the processes end."""
        for process in self._processes:
            process.communicate()


class Sides:
    """Several sides by name, which take turns; closes them at the end of a block."""

    def __init__(self, sides: dict[str, Side]) -> None:
        self._sides = sides

    def __enter__(self) -> "Sides":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for side in self._sides.values():
            side.close()

    def take_turns(self, rounds: int, seconds: float) -> list[dict[str, dict[str, float]]]:
        """Measure every side once a round, in alternating order, after one that does not count."""
        for side in self._sides.values():
            side.measure(min(seconds, 2.0))
        measured = []
        for number in range(rounds):
            order = list(self._sides) if number % 2 == 0 else list(reversed(self._sides))
            one = {name: self._sides[name].measure(seconds) for name in order}
            measured.append({name: one[name] for name in self._sides})
            values = ", ".join(f"{name} {one[name]['value']:,.0f}" for name in self._sides)
            print(f"round {number + 1} of {rounds}: {values}", flush=True)
        return measured


@dataclass(frozen=True)
class Claim:
    """A ratio that has to be reached.

    Attributes
    ----------
    what
        Such as ``3G-LSTM / DataLoader loop``.
    ratios
        One a round.
    target
        That their median has to reach; None where it is only shown.
    """

    what: str
    ratios: list[float]
    target: float | None

    @property
    def median(self) -> float:
        """Of the ratios."""
        return statistics.median(self.ratios)

    @property
    def holds(self) -> bool:
        """True where the median reaches the target."""
        return self.target is None or self.median >= self.target

    def __str__(self) -> str:
        goal = f", target {self.target:g}" if self.target is not None else ""
        spread = f"{min(self.ratios):.2f} to {max(self.ratios):.2f}" if len(self.ratios) > 1 else "once"
        return f"{self.what}: median {self.median:.2f} ({spread}{goal})"


class Watch:
    """Watches the processors: how much of their time the host took, and how much other processes."""

    def __init__(self) -> None:
        self._before = _processors()
        self._own = _own_seconds()
        self._began = time.monotonic()

    def shares(self) -> tuple[float, float]:
        """Shares of all processors' time since the beginning: taken by the host, used by others.

        The others' share is known only once the processes of all sides have ended.
        """
        now = _processors()
        total = max(now["total"] - self._before["total"], 1)
        ticks = total / (time.monotonic() - self._began) / _processor_count()
        own = (_own_seconds() - self._own) * ticks
        busy = now["busy"] - self._before["busy"]
        return (now["stolen"] - self._before["stolen"]) / total, max(busy - own, 0) / total


def verdict(claims: Sequence[Claim], watch: Watch) -> int:
    """Print the claims and what disturbed them; gives the exit code."""
    stolen, others = watch.shares()
    print(f"processors' time: {stolen:.1%} taken by the host, {others:.1%} used by other processes")
    failed = [claim for claim in claims if not claim.holds]
    code = HOLDS if not failed else FAILS
    if stolen + others > NOISE:
        code = TOO_NOISY
    said = {HOLDS: "all hold", FAILS: f"{len(failed)} not reached", TOO_NOISY: "too noisy to say"}[code]
    print(f"{said}: " + "; ".join(str(claim) for claim in claims))
    return code


def peak_environment() -> list[str]:
    """Give the words before a command that measures the peak: one thread, and the widest units that there are.

    OpenBLAS takes narrower ones on some processors that have AVX-512, and so does torch.
    """
    wide = "avx512f" in Path("/proc/cpuinfo").read_text()
    return ["env", "OPENBLAS_NUM_THREADS=1", *(["OPENBLAS_CORETYPE=SkylakeX"] if wide else [])]


def peak_flops(seconds: float) -> float:
    """Float32 operations per second of one thread in a matrix product, the largest of several tries."""
    one = np.random.default_rng(1).random((1024, 1024), dtype=np.float32)
    best, end = 0.0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        one @ one
        best = max(best, 2 * 1024**3 / (time.perf_counter() - began))
    return best


def _peak_memory() -> float:
    """Peak resident memory of this program [GB]; getrusage would hold that of who started it against it."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024 / 1e9


def _processors() -> dict[str, int]:
    fields = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    user, nice, system, _, _, irq, softirq, stolen = fields
    return {"total": sum(fields), "busy": user + nice + system + irq + softirq, "stolen": stolen}


def _processor_count() -> int:
    return sum(line.startswith("cpu") for line in Path("/proc/stat").read_text().splitlines()) - 1


def _own_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
