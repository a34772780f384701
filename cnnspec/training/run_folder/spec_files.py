"""The files that a network was made from, as they lie in a run folder: the spec, and what it imports where it finds it."""

from __future__ import annotations

import os
from collections.abc import Container
from pathlib import Path
from typing import NamedTuple

from cnnspec.compiler import YAML_ENDINGS, is_yaml
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.source import Source


class SpecFiles(NamedTuple):
    """Texts by their paths in the run folder; `spec` is the path of the spec itself, the others are imported."""

    spec: str
    texts: dict[str, str]


def spec_files(network: Network, reserved: Container[str]) -> SpecFiles:
    """Returns the files of a network; raises UsageError where an imported file has one of the `reserved` names."""
    base = Path(network.source.name).parent
    texts = {}
    for source in network.imported:
        name = os.path.normpath(Path(source.name).relative_to(base))
        if name in reserved:
            raise UsageError(f"the imported file {name} has a name that a run folder needs for itself: rename it")
        texts[name] = source.text
    spec = _free_name(network.source, texts)
    return SpecFiles(spec, {spec: network.source.text, **texts})


def _free_name(source: Source, taken: Container[str]) -> str:
    """Returns `spec.cnn`, or the first of `spec-2.cnn`, `spec-3.cnn` ... that no imported file has."""
    named = next((ending for ending in YAML_ENDINGS if source.name.lower().endswith(ending)), ".yaml")
    ending = named if is_yaml(source) else ".cnn"
    name, number = f"spec{ending}", 1
    while name in taken:
        number += 1
        name = f"spec-{number}{ending}"
    return name
