"""Reading a mapping file: YAML, checked, with errors in the user's words."""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from thetamix.readers.tables.mapping import Mapping, Matching
from thetamix.system.errors import InputError
from thetamix.system.files import require_file

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
    path = require_file(Path(path), "mapping")
    try:
        content = yaml.load(path.read_text(encoding="utf-8-sig"), _Loader)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2020-13-01
        raise InputError(f"{path}: is not YAML: {' '.join(str(error).split())}") from error
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


class _Loader(yaml.SafeLoader):
    """YAML that refuses a key that stands twice, and to which +10:00 is not the number 600."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # the parent says so
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


# YAML 1.1 reads 10:30 to base 60, in whole numbers and in fractions: leave both as text.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith((":int", ":float"))]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)
