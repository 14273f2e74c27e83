"""Steps: what is out of date, and who may work in a folder.

A step declares the part of the study that it depends on, the steps before it and its outputs. Its key is the hash
of all that; the key is written after the outputs, so a step that was killed is simply not done. Nothing else in
thetamix decides what is out of date.
"""

import contextlib
import hashlib
import json
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from thetamix.system.errors import InputError, ThetamixError
from thetamix.system.files import TEMPORARY, write_text
from thetamix.system.locks import held
from thetamix.system.workers import WorkerPool

KEYS = ".steps"
LOCK = ".lock"


@dataclass(frozen=True)
class Step:
    """One step of a study.

    Attributes
    ----------
    name
        Unique in the study; also the name of the key's file.
    settings
        The part of the study, or the hash of a file, that the step depends on: anything JSON can hold.
    after
        Names of earlier steps whose outputs are read.
    outputs
        What is written, relative to the run folder; ``name/`` is all that lies in a folder.
    work
        Does it; takes the step's key, for checkpoints that must not outlive it.
    version
        Raised when the code gives different results for the same settings.
    waits_for
        Names of earlier steps whose outputs are read, but what they depend on is in the settings already.
    apart
        True where it may run in a process of its own, beside others.
    costly
        True where the outputs stay when the step leaves the study: it may come back.
    """

    name: str
    settings: Any
    after: Sequence[str]
    outputs: Sequence[str]
    work: Callable[[str], None] = field(compare=False)
    version: int = 1
    waits_for: Sequence[str] = ()
    apart: bool = False
    costly: bool = False


def step_key(step: Step, keys: dict[str, str]) -> str:
    """Hash everything that a step's outputs depend on.

    Parameters
    ----------
    step
        The step.
    keys
        Of the steps before it.

    Returns
    -------
    str
        The key.
    """
    parts = [step.name, step.version, step.settings, [keys[name] for name in step.after]]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def run_steps(
    folder: Path,
    steps: Sequence[Step],
    say: Callable[[str], None],
    worker_pool: WorkerPool | None = None,
    foresee: Callable[[dict[str, str]], None] | None = None,
) -> list[str]:
    """Do what is missing or out of date: in order, or side by side where steps do not wait for each other.

    Where a step fails that may run apart, the others go on, as far as they do not wait for it.

    Parameters
    ----------
    folder
        The run folder.
    steps
        In order; a step comes after those that it names.
    say
        Takes one line about each step.
    worker_pool
        Takes the steps that may run apart, by folder, name and key; None: everything is done here.
    foresee
        Called once, before the first costly step begins, with the keys of all costly steps that are to be done.

    Returns
    -------
    list of str
        Names of the steps that were done.

    Raises
    ------
    ThetamixError
        If a step failed: at once, or where it may run apart, once the others are done.
    """
    keys: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for step in steps:
        keys[step.name] = step_key(step, keys)
        reason = _why_due(folder, step, keys[step.name])
        if reason is None:
            say(f"{step.name}: up to date")
        else:
            reasons[step.name] = reason
    due = [step for step in steps if step.name in reasons]
    waiting = list(due)
    undone = set(reasons)
    before = _before(steps)
    by_name = {step.name: step for step in steps}
    failures: dict[str, Exception] = {}

    def end(name: str, failure: Exception | None) -> None:
        undone.remove(name)
        if failure is None:
            _note(folder, by_name[name], keys[name])
            return
        failures[name] = failure
        lost = {step.name for step in waiting if name in before[step.name]}
        waiting[:] = [step for step in waiting if step.name not in lost]
        undone.difference_update(lost)
        if undone:
            say(f"{name}: failed ({str(failure) or repr(failure)}); the others go on")

    while undone:
        for step in [step for step in waiting if not undone & before[step.name]]:
            helper = worker_pool if step.apart and len(due) > 1 else None
            if helper is not None and helper.busy:
                continue
            if step.costly and foresee is not None:
                foresee({step.name: keys[step.name] for step in due if step.costly})
                foresee = None
            waiting.remove(step)
            say(f"{step.name}: {reasons[step.name]}")
            _record(folder, step.name).unlink(missing_ok=True)
            if helper is not None:
                helper.start(step.name, folder, step.name, keys[step.name])
            elif step.apart:
                end(step.name, _try(step, keys[step.name]))
            else:
                step.work(keys[step.name])
                end(step.name, None)
        if worker_pool is not None and not worker_pool.idle:
            for name, failure in worker_pool.next_done().items():
                end(name, failure)
    if failures:
        raise _all_of(failures)
    _forget_others(folder, steps, say)
    return [step.name for step in due]


def _try(step: Step, key: str) -> Exception | None:
    try:
        step.work(key)
    except Exception as failure:
        cause: BaseException | None = failure
        while cause is not None:  # what it held must not stay in memory while the others go on
            traceback.clear_frames(cause.__traceback__)
            cause = cause.__cause__ or cause.__context__
        return failure
    return None


def _before(steps: Sequence[Step]) -> dict[str, set[str]]:
    """Name all steps that each has to wait for, at first or second hand: what lies between may be up to date."""
    before: dict[str, set[str]] = {}
    for step in steps:
        direct = {*step.after, *step.waits_for}
        before[step.name] = direct.union(*(before[name] for name in direct))
    return before


def _all_of(failures: dict[str, Exception]) -> Exception:
    """Join several errors into one, unless one is a defect; what went wrong in the same way is said once."""
    for failure in failures.values():
        if not isinstance(failure, ThetamixError):
            return failure
    kind = InputError if all(isinstance(failure, InputError) for failure in failures.values()) else ThetamixError
    messages: dict[str, list[str]] = {}
    for name, failure in failures.items():
        messages.setdefault(str(failure), []).append(name)
    error = kind("; and ".join(f"{', '.join(names)}: {message}" for message, names in messages.items()))
    error.__cause__ = next(iter(failures.values()))
    return error


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep every other process out of a run folder while the block runs.

    Parameters
    ----------
    folder
        The run folder; it is made.

    Yields
    ------
    None

    Raises
    ------
    InputError
        If another process holds the folder; the message says who.
    """
    with held(folder / LOCK, folder, "--out"):
        _sweep(folder)
        yield
        _sweep(folder)


def _sweep(folder: Path) -> None:
    """Remove what a killed process was writing: the lock is ours, so nobody is writing now."""
    for leftover in folder.rglob(TEMPORARY):
        leftover.unlink(missing_ok=True)


def _note(folder: Path, step: Step, key: str) -> None:
    """Record that a step is done: written last, so that a step that was killed is simply not done."""
    record = {
        "key": key,
        "settings": step.settings,
        "outputs": _sizes(folder, step),
        "costly": step.costly,
    }
    write_text(_record(folder, step.name), json.dumps(record))


def _why_due(folder: Path, step: Step, key: str) -> str | None:
    record = _record(folder, step.name)
    if not record.exists():
        return "to do"
    kept = _read(record)
    if kept is None:
        return "to do again (its record is unreadable)"
    if kept["key"] != key:
        changed = _changed(kept["settings"], json.loads(json.dumps(step.settings)))
        return f"out of date ({changed} changed)"
    for name, size in kept["outputs"].items():
        if not (folder / name).exists():
            return f"to do again ({name} is missing)"
        if size is not None and (folder / name).stat().st_size != size:
            return f"to do again ({name} is not what was written)"
    return None


def _sizes(folder: Path, step: Step) -> dict[str, int | None]:
    """Return the size of each file that was written; None where a user, or another command, may write it anew."""
    sizes: dict[str, int | None] = {}
    for name in step.outputs:
        path = folder / name
        if name.endswith("/"):
            sizes |= {str(file.relative_to(folder)): None for file in _files(path)}
        elif path.exists():  # some tables are not of every study
            sizes[name] = path.stat().st_size if step.apart else None
    return sizes


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _changed(old: Any, new: Any) -> str:
    if isinstance(old, dict) and isinstance(new, dict):
        names = [name for name in [*new, *(n for n in old if n not in new)] if old.get(name) != new.get(name)]
        if names:
            return ", ".join(names)
    return "what it reads" if old == new else "settings"


def _record(folder: Path, name: str) -> Path:
    return folder / KEYS / f"{name.replace('/', '_')}.json"


def _read(record: Path) -> dict[str, Any] | None:
    try:
        kept = json.loads(record.read_text(encoding="utf-8"))
    except ValueError:  # no JSON, or no text
        return None
    whole = isinstance(kept, dict) and kept.keys() >= {"key", "settings", "outputs"}
    return kept if whole and isinstance(kept["outputs"], dict) else None


def _forget_others(folder: Path, steps: Sequence[Step], say: Callable[[str], None]) -> None:
    """Remove what a forecaster or seed that is no longer in the study left behind: it must not look current."""
    current = {_record(folder, step.name) for step in steps}
    kept = {name for step in steps for name in step.outputs}
    for record in sorted((folder / KEYS).glob("*.json")):
        before = _read(record) or {"outputs": []}
        if record in current or before.get("costly"):
            continue
        for name in before["outputs"]:
            if name not in kept:
                say(f"removing {name}: it is not of this study any more")
                (folder / name).unlink(missing_ok=True)
        record.unlink()
