"""Mixtures in an xarray dataset: importing this module gives every dataset ``ds.mixture``.

The dataset holds ``component_weight``, ``component_mean`` and ``component_sd`` with a dimension
``component``; results keep its other dimensions, coordinates and units. Where they are dask arrays,
results are too, and nothing is computed.

* Dimensions ``member`` and ``draw`` are pooled with equal weights, a block at a time: a pool of many
  members is never in memory as a whole.
* A coordinate ``replicate`` along ``component`` says whose component it is. Results are those of all
  replicates together; ``ds.mixture.per_replicate()`` gives each its own mixture.
* What is compared must agree: coordinates that differ raise instead of being intersected.
* A component of sd 0 is a point forecast, and counts as one of 1e-9, a millionth of what a sensor resolves: quantiles
  are its mean, the CRPS is the absolute error. It has no density, and asking for one raises.

Examples
--------
>>> mixture = ("time", "component")
>>> ds = xr.Dataset({
...     "component_weight": (mixture, [[0.5, 0.5], [1.0, 0.0]]),
...     "component_mean": (mixture, [[0.1, 0.3], [0.2, 0.2]], {"units": "m3 m-3"}),
...     "component_sd": (mixture, [[0.02, 0.02], [0.02, 0.02]]),
... })
>>> ds.mixture.quantile([0.25, 0.75]).round(3).values
array([[0.1  , 0.3  ],
       [0.187, 0.213]])
>>> ds.mixture.expectation().units
'm3 m-3'
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from thetamix.mixture.gaussian_mixture import GaussianMixture
from thetamix.mixture.replicate_pool import split_by_replicate
from thetamix.mixture.rows import Floats

VARIABLES = ("component_weight", "component_mean", "component_sd")
POOLED = ("member", "draw")
POINT_SD = 1e-9
#: What a point has none of.
DENSITIES = ("pdf", "logpdf", "mode_count")
Value = xr.DataArray | float


@xr.register_dataset_accessor("mixture")  # type: ignore[no-untyped-call]
class MixtureAccessor:
    """Distribution of a dataset of mixtures; see :mod:`thetamix.mixture.accessor`.

    Parameters
    ----------
    dataset
        With the variables ``component_weight``, ``component_mean`` and ``component_sd``.
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        absent = [name for name in VARIABLES if name not in dataset]
        if absent:
            raise ValueError(f"not a dataset of mixtures: it has no variable {', '.join(absent)}")
        if "component" not in dataset.dims:
            raise ValueError("not a dataset of mixtures: it has no dimension component")
        self._dataset = dataset

    def gaussian_mixture(self) -> GaussianMixture:
        """Load the parameters as plain arrays, pooled, in the order of the dataset's dimensions."""
        parameters = xr.broadcast(*self._parameters())
        order = [*self._leading(), *self._core()]
        return _pooled(*(p.transpose(*order).values for p in parameters), core=len(self._core()))

    def per_replicate(self) -> xr.Dataset:
        """Return the mixture of each replicate's own components, along a dimension ``replicate``.

        Weights are divided by their replicate's sum; a replicate without weight is NaN.

        Returns
        -------
        Dataset
            The three variables, with ``.mixture`` like any other.

        Raises
        ------
        ValueError
            No coordinate ``replicate`` along ``component``.
        """
        return split_by_replicate(self._dataset[list(VARIABLES)])

    def expectation(self) -> xr.DataArray:
        """Mean; see :meth:`.GaussianMixture.expectation`."""
        return self._of("expectation", "expectation", 1)

    def variance(self) -> xr.DataArray:
        """Variance, in squared units; see :meth:`.GaussianMixture.variance`."""
        return self._of("variance", "variance", 2)

    def skewness(self) -> xr.DataArray:
        """Skewness; see :meth:`.GaussianMixture.skewness`."""
        return self._of("skewness", "skewness", 0)

    def pdf(self, x: Value) -> xr.DataArray:
        """Density at ``x``, a number or a DataArray; see :meth:`.GaussianMixture.pdf`."""
        return self._of("pdf", "probability density", -1, x)

    def logpdf(self, x: Value) -> xr.DataArray:
        """Natural logarithm of the density at ``x``; see :meth:`.GaussianMixture.logpdf`."""
        return self._of("logpdf", "natural logarithm of the probability density", 0, x)

    def cdf(self, x: Value) -> xr.DataArray:
        """Probability of a value below ``x``; see :meth:`.GaussianMixture.cdf`."""
        return self._of("cdf", "cumulative probability", 0, x)

    def sf(self, x: Value) -> xr.DataArray:
        """Probability of a value above ``x``; see :meth:`.GaussianMixture.sf`."""
        return self._of("sf", "probability of exceedance", 0, x)

    def probability_below(self, x: Value) -> xr.DataArray:
        """Probability of a value below ``x``; see :meth:`.GaussianMixture.cdf`."""
        return self._of("probability_below", _worded("probability below", x), 0, x)

    def probability_above(self, x: Value) -> xr.DataArray:
        """Probability of a value above ``x``; see :meth:`.GaussianMixture.sf`."""
        return self._of("probability_above", _worded("probability above", x), 0, x)

    def probability_between(self, low: Value, high: Value) -> xr.DataArray:
        """Probability between two values; see :meth:`.GaussianMixture.probability_between`."""
        return self._of("probability_between", "probability between two values", 0, low, high)

    def crps(self, obs: Value) -> xr.DataArray:
        """Continuous ranked probability score of readings; see :meth:`.GaussianMixture.crps`.

        Readings with a further dimension, such as ``replicate``, are all scored under the mixture
        of their row.
        """
        return self._of("crps", "continuous ranked probability score", 1, obs)

    def mode_count(self, dip: float | None = None) -> xr.DataArray:
        """Count modes; see :meth:`.GaussianMixture.modes` for the dip rule."""
        return self._of("mode_count", "number of modes", 0, keywords={"dip": dip})

    def quantile(self, levels: ArrayLike) -> xr.DataArray:
        """Quantiles, with a last dimension ``quantile`` where the levels are an array.

        See :meth:`.GaussianMixture.quantile`.
        """
        p = np.asarray(levels, dtype=np.float64)
        dims = {"quantile": p.size} if p.ndim else {}
        result = self._of("quantile", "quantile", 1, keywords={"levels": p}, new=dims)
        level = xr.Variable(list(dims), p, {"long_name": "quantile level", "units": "1"})
        return result.assign_coords(quantile=level)

    def interval(self, level: float) -> tuple[xr.DataArray, xr.DataArray]:
        """Ends of the central interval of a probability; see :meth:`.GaussianMixture.interval`."""
        return self.quantile(0.5 - 0.5 * level), self.quantile(0.5 + 0.5 * level)

    def modes(self, dip: float | None = None, most: int = 3) -> xr.Dataset:
        """Find modes; see :meth:`.GaussianMixture.modes`.

        Parameters
        ----------
        dip
            The dip rule.
        most
            Length of the dimension ``mode``: a lazy result must know it beforehand.

        Returns
        -------
        Dataset
            ``mode_count``, all of them; ``mode_place`` and ``mode_height`` of the ``most`` highest,
            in order of place.
        """

        def find(mixture: GaussianMixture) -> tuple[Floats, Floats, Floats]:
            modes = mixture.modes(dip)
            lacking = [(0, 0)] * len(mixture.shape) + [(0, most)]
            place, height = (np.pad(a, lacking, constant_values=np.nan) for a in (modes.place, modes.height))
            highest = np.sort(np.argsort(-height, axis=-1, kind="stable")[..., :most], axis=-1)
            place, height = (np.take_along_axis(a, highest, axis=-1) for a in (place, height))
            return np.asarray(modes.count), place, height

        count, place, height = self._apply(find, (), ({}, {"mode": most}, {"mode": most}), points=False)
        return xr.Dataset(
            {
                "mode_count": self._described(count, "number of modes", 0),
                "mode_place": self._described(place, "place of the mode", 1),
                "mode_height": self._described(height, "probability density at the mode", -1),
            }
        )

    def _of(
        self,
        method: str,
        long_name: str,
        power: int,
        *arguments: Value,
        keywords: Mapping[str, Any] | None = None,
        new: Mapping[str, int] | None = None,
    ) -> xr.DataArray:
        """Call a method of the pooled mixtures block by block and label what it gives."""

        def call(mixture: GaussianMixture, *values: Any) -> Floats:
            return np.asarray(getattr(mixture, method)(*values, **(keywords or {})))

        result = cast(xr.DataArray, self._apply(call, arguments, (new or {},), points=method not in DENSITIES))
        return self._described(result, long_name, power).rename(method)

    def _apply(
        self,
        function: Callable[..., Any],
        arguments: tuple[Value, ...],
        new: tuple[Mapping[str, int], ...],
        *,
        points: bool,
    ) -> Any:
        for value in arguments:
            if not isinstance(value, xr.DataArray) and np.ndim(value):
                raise ValueError("an array must be a DataArray: its dimensions say what it goes with")
        core = self._core()
        given = len(arguments)

        def block(*arrays: Any) -> Any:
            weight, mean, sd = arrays[given:]
            sd = np.where(sd == 0, POINT_SD, sd) if points else sd
            return function(_pooled(weight, mean, sd, core=len(core)), *arrays[:given])

        results = xr.apply_ufunc(
            block,
            *arguments,
            *self._parameters(),
            input_core_dims=[[]] * given + [core] * len(VARIABLES),
            output_core_dims=[list(sizes) for sizes in new],
            dask="parallelized",
            output_dtypes=[np.float64] * len(new),
            dask_gufunc_kwargs={"output_sizes": {k: n for sizes in new for k, n in sizes.items()}},
            join="exact",
        )
        leading = self._leading()
        labelled = [a for a in arguments if isinstance(a, xr.DataArray)]
        # the order of a DataArray that has all our dimensions, else ours and then the rest
        order = next((a.dims for a in labelled if set(leading) <= set(a.dims)), tuple(leading))
        ordered = [
            r.transpose(*order, *(d for d in r.dims if d not in order and d not in sizes), *sizes)
            for r, sizes in zip(results if len(new) > 1 else [results], new, strict=True)
        ]
        return ordered if len(new) > 1 else ordered[0]

    def _parameters(self) -> list[xr.DataArray]:
        """Weight, mean and sd with all pooled dimensions, each in one chunk, and no labels there."""
        core = self._core()
        parameters = [self._dataset[name].drop_vars(core, errors="ignore") for name in VARIABLES]
        full = xr.broadcast(*parameters, exclude=self._leading())
        return [p.chunk(dict.fromkeys(core, -1)) if p.chunks else p for p in full]

    def _core(self) -> list[str]:
        dims = {d for name in VARIABLES for d in self._dataset[name].dims}
        return [d for d in POOLED if d in dims] + ["component"]

    def _leading(self) -> list[Any]:
        dims = dict.fromkeys(d for name in VARIABLES for d in self._dataset[name].dims)
        return [d for d in dims if d not in self._core()]

    def _described(self, result: xr.DataArray, long_name: str, power: int) -> xr.DataArray:
        """Attach attributes; the units are a power of the mean's."""
        source = self._dataset["component_mean"].attrs
        result.attrs = {"long_name": long_name}
        if power == 1 and "standard_name" in source and long_name in ("expectation", "quantile"):
            result.attrs["standard_name"] = source["standard_name"]
        if power == 0:
            result.attrs["units"] = "1"
        elif "units" in source:
            result.attrs["units"] = _raised(str(source["units"]), power)
        return result


def _pooled(weight: Any, mean: Any, sd: Any, *, core: int) -> GaussianMixture:
    """Join the last ``core`` axes into one of components, with equal weights of members and draws."""
    members = int(np.prod(mean.shape[-core:-1], dtype=int))
    joined = [a.reshape(*a.shape[:-core], -1) for a in (weight, mean, sd)]
    if members > 1:
        joined[0] = joined[0] / members
    return GaussianMixture(*joined)


def _raised(units: str, power: int) -> str:
    """Raise a unit to a power in the notation of UDUNITS.

    Examples
    --------
    >>> _raised("m3 m-3", 2), _raised("mm", -1), _raised("1", 2)
    ('(m3 m-3)2', 'mm-1', '1')
    """
    if power == 1 or units == "1":
        return units
    return f"{units}{power}" if units.isalpha() else f"({units}){power}"


def _worded(what: str, x: Value) -> str:
    return what if isinstance(x, xr.DataArray) else f"{what} {x:g}"
