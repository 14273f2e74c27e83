"""Several networks as a single one: common names, depths, replicates and attributes."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from thetamix.network.depth_groups import depth_groups
from thetamix.network.schema import MAX_DEPTHS
from thetamix.system.errors import InputError

Networks = Mapping[str, xr.Dataset]


def cluster_names(networks: Networks) -> tuple[list[str], list[str]]:
    """Return the names of all clusters, and those of several networks, which have the network's in front."""
    own = {source: [str(name) for name in network["cluster_id"].to_numpy()] for source, network in networks.items()}
    counted: dict[str, int] = {}
    for names in own.values():
        for name in names:
            counted[name] = counted.get(name, 0) + 1
    repeated = [name for name, count in counted.items() if count > 1]
    everywhere = [
        f"{source} {name}" if counted[name] > 1 else name for source, names in own.items() for name in names
    ]
    return everywhere, repeated


def joined_depths(networks: Networks) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the depths of networks that become a single one, and where those of each are among them.

    Depths that are meant to be one are one; those of the same network stay apart.

    Returns
    -------
    depths : numpy.ndarray
        Increasing (depth) [m].
    positions : dict
        Of each network: position of each of its depths (its depth).

    Raises
    ------
    InputError
        If there are too many.
    """
    own = {source: network["depth"].to_numpy().astype(np.float64) for source, network in networks.items()}
    if len(own) == 1:
        (source, depths), *_ = own.items()
        return depths, {source: np.arange(depths.size)}
    names: list[float] = []
    nearest: dict[float, float] = {}
    for name, members in depth_groups(np.concatenate(list(own.values()))):
        apart = any(np.isin(depths.round(4), members).sum() > 1 for depths in own.values())
        nearest |= {float(depth): float(depth) if apart else name for depth in members}
        names += members.tolist() if apart else [name]
    if len(names) > MAX_DEPTHS:
        raise InputError(
            f"network: {', '.join(own)} have {len(names)} depths together, at most {MAX_DEPTHS}: "
            f"{', '.join(f'{depth:g}' for depth in names)} m; import them with fewer (depths, or --depths)"
        )
    order = sorted(names)
    return np.array(order), {
        source: np.array([order.index(nearest[round(float(depth), 4)]) for depth in depths])
        for source, depths in own.items()
    }


def joined_values(
    name: str, networks: Networks, shape: Sequence[int], where: Mapping[str, tuple[np.ndarray, ...]]
) -> np.ndarray:
    """Join the values of a variable that does not change in time; missing where a network has none.

    Parameters
    ----------
    name
        Of the variable.
    networks
        Some of which have it.
    shape
        Of the result.
    where
        Of each network: its positions in the result.

    Raises
    ------
    InputError
        If it is numbers in one network and text in another.
    """
    own = {source: network[name].to_numpy() for source, network in networks.items() if name in network}
    texts = {source: values.dtype.kind not in "fiub" for source, values in own.items()}
    if len(set(texts.values())) > 1:
        text, number = next(s for s in own if texts[s]), next(s for s in own if not texts[s])
        raise InputError(f"network: {name} is text in {text} and a number in {number}; import them alike")
    if not any(texts.values()) and len(own) == len(networks) == 1:
        return next(iter(own.values()))
    joined = np.full(shape, "", dtype=object) if any(texts.values()) else np.full(shape, np.nan)
    for source, values in own.items():
        joined[where[source]] = values.astype(joined.dtype)
    return joined


def common_attributes(name: str, networks: Networks) -> dict[str, object]:
    """Return the attributes of a variable, from the first network that has it.

    Raises
    ------
    InputError
        If networks have it in several units.
    """
    own = {source: network[name] for source, network in networks.items() if name in network}
    units = {source: values.attrs.get("units") for source, values in own.items()}
    first, *others = own
    for other in others:
        if units[other] != units[first]:
            raise InputError(
                f"network: {name} is in {units[first]!r} in {first} and in {units[other]!r} in {other}; convert one"
            )
        if own[other].dims != own[first].dims:
            raise InputError(
                f"network: {name} has dimensions ({', '.join(map(str, own[first].dims))}) in {first} and "
                f"({', '.join(map(str, own[other].dims))}) in {other}; rename one of them"
            )
    return dict(own[first].attrs)
