"""What a run was made with: versions, processor, threads, the hash of its data."""

import json
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from thetamix._version import __version__
from thetamix.system.files import sha256, write_text

PACKAGES = (
    "torch",
    "numba",
    "llvmlite",
    "numpy",
    "pandas",
    "scipy",
    "xarray",
    "netCDF4",
    "pydantic",
    "safetensors",
)


def describe_environment(data_hash: str) -> dict[str, Any]:
    """Describe what results may depend on.

    Parameters
    ----------
    data_hash
        SHA-256 of the network file.

    Returns
    -------
    dict
        Plain values.
    """
    import torch

    from thetamix.system.device import THREADS

    return {
        "thetamix": __version__,
        "python": platform.python_version(),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
        "graphics_card": torch.cuda.is_available(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "threads": THREADS,
        "network_sha256": data_hash,
    }


def _version(package: str) -> str | None:
    """Return a package's version; None where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def hash_once(path: Path, cache: Path) -> str:
    """Hash a file, unless its size and date are those of the last time.

    Parameters
    ----------
    path
        The file.
    cache
        Where the last hash is kept.

    Returns
    -------
    str
        SHA-256.
    """
    stat = path.stat()
    stamp = [str(path), stat.st_size, stat.st_mtime_ns]
    try:
        kept = json.loads(cache.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # ValueError: damaged from outside
        kept = None
    if isinstance(kept, dict) and kept.get("stamp") == stamp:
        return str(kept["sha256"])
    value = sha256(path)
    write_text(cache, json.dumps({"stamp": stamp, "sha256": value}))
    return value
