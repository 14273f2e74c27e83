"""A labelled mixture whose components belong to replicates, taken apart again."""

import numpy as np
import xarray as xr


def split_by_replicate(dataset: xr.Dataset) -> xr.Dataset:
    """Return the mixture of each replicate's own components.

    Parameters
    ----------
    dataset
        ``component_weight``, ``component_mean`` and ``component_sd`` with a coordinate ``replicate``
        along ``component``.

    Returns
    -------
    Dataset
        The same variables with dimensions ``(..., replicate, component)``. Weights are divided by
        their replicate's sum; a replicate without weight is NaN. Where replicates have different
        numbers of components, the missing ones have weight zero.

    Raises
    ------
    ValueError
        No coordinate ``replicate`` along ``component``.

    Examples
    --------
    >>> ds = xr.Dataset(
    ...     {
    ...         "component_weight": ("component", [0.5, 0.5]),
    ...         "component_mean": ("component", [0.1, 0.3]),
    ...         "component_sd": ("component", [0.02, 0.02]),
    ...     },
    ...     coords={"replicate": ("component", ["A", "B"])},
    ... )
    >>> split_by_replicate(ds)["component_weight"].values
    array([[1.],
           [1.]])
    """
    if "replicate" not in dataset.coords or dataset["replicate"].dims != ("component",):
        raise ValueError("per_replicate: there is no coordinate replicate along component")
    owner = dataset["replicate"]
    labels = list(dict.fromkeys(owner.values.tolist()))
    members = [np.flatnonzero(owner.values == label) for label in labels]
    longest = max(len(m) for m in members)
    # a replicate with fewer components repeats its first, without weight
    index = np.array([np.pad(m, (0, longest - len(m)), constant_values=m[0]) for m in members])
    real = np.array([np.arange(longest) < len(m) for m in members])

    dims = ("replicate", "component")
    along = [name for name, c in dataset.coords.items() if "component" in c.dims]
    split = dataset.drop_vars(along).isel(component=xr.DataArray(index, dims=dims))
    split = split.transpose(..., *dims).assign_coords(replicate=("replicate", labels, owner.attrs))
    weight = split["component_weight"].where(xr.DataArray(real, dims=dims), 0.0)
    total = weight.sum("component", skipna=False)
    split["component_weight"] = (weight / total.where(total > 0.0)).assign_attrs(weight.attrs)
    return split
