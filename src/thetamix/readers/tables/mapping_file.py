"""Reading a mapping file: YAML, checked, with errors in the user's words."""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from thetamix.readers.tables.mapping import Mapping, Matching
from thetamix.system.errors import InputError
from thetamix.system.yaml_files import read_yaml

Model = TypeVar("Model", bound=Matching)


def load_mapping(path: Path) -> Mapping:
    """Read and check the mapping of a folder of tables: :func:`load` as :class:`Mapping`."""
    return load(path, Mapping)


def load(path: Path, model: type[Model]) -> Model:
    """Read and check a mapping file.

    Parameters
    ----------
    path
        The YAML file.
    model
        What it must be.

    Returns
    -------
    Model
        The mapping.

    Raises
    ------
    InputError
        If it is missing, not YAML, or says something that is not understood.
    """
    path = Path(path)
    content = read_yaml(path, "mapping")
    if not isinstance(content, dict):
        raise InputError(f"{path}: is not a mapping file: it must hold keys such as sensors, soil_moisture, step")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{path}: {_say(error)}") from error


def _say(error: ValidationError) -> str:
    sentences = []
    for one in error.errors():
        where = ".".join(str(part) for part in one["loc"] if not str(part).startswith("<"))
        what = one["msg"].removeprefix("Value error, ")
        if one["type"] == "missing":
            what = "is missing; add it"
        elif one["type"] == "string_type":
            what = f"must be text, found {one['input']!r}; put it in quotes"
        sentences.append(f"{where}: {what}" if where else what)
    return "; ".join(sentences[:3]) + (f"; and {len(sentences) - 3} more" if len(sentences) > 3 else "")
