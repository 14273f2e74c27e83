"""Printed output in one piece.

A cell's magic ``%%bash`` passes on what a command prints in pieces of a hundred characters. myst-nb ends each piece
with a line break when it joins them, in the middle of words; here they are joined as they are.
"""

from typing import Any

from myst_nb.core import render


def join_streams(outputs: list[Any]) -> list[Any]:
    """Join the pieces of each stream, in the order in which streams began."""
    joined: list[Any] = []
    streams: dict[str, Any] = {}
    for output in outputs:
        name = output["name"] if output["output_type"] == "stream" else None
        if name in streams:
            streams[name]["text"] += output["text"]
        else:
            joined.append(output)
            if name is not None:
                streams[name] = output
    return joined


def setup(_app: object) -> dict[str, object]:
    """Replace myst-nb's function."""
    assert hasattr(render, "coalesce_streams"), "myst-nb has changed: look whether this is still needed"
    render.coalesce_streams = join_streams
    return {"parallel_read_safe": True, "version": "1"}
