"""The network of the file's own tests: flags are looked at on the same one."""

import pytest
import xarray as xr

from ...network.conftest import make_network


@pytest.fixture
def network() -> xr.Dataset:
    return make_network()
