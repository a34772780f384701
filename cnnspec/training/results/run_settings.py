"""All settings that decide the outcome of a run, by the names under which a command line takes them. No torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cnnspec.declarations.declaration import Declaration, signature
from cnnspec.network.network import Network
from cnnspec.recipe.recipe import REPEATED
from cnnspec.recipe.stored import to_json
from cnnspec.training.run_folder.stored_run import StoredRun

NONE = "-"
_OPTIONS = ("device", "precision", "weights")


def run_settings(stored: StoredRun) -> dict[str, Any]:
    """Returns values by the names of options (`--data`) and of what `--set` takes (`width`, `train.optimizer.lr`).

    `spec` is the beginning of the SHA-256 sum of its text. Data is a line as `--data` takes it, `train.augment` a list of such.
    """
    recipe, network = to_json(stored.recipe), stored.network
    data, augment = stored.recipe.data, stored.recipe.augment
    recipe["augment"] = [_line(kind, plain) for kind, plain in zip(augment, recipe["augment"], strict=True)]
    line = None if recipe["data"] is None or data is None else _line(data, recipe["data"])
    options = stored.options.as_json()
    return {
        "spec": hashlib.sha256(network.source.text.encode()).hexdigest()[:7],
        "--input": _input(network),
        **network.settings,
        "--data": line,
        **{name: value for key in recipe if key != "data" for name, value in _flat(f"train.{key}", recipe[key]).items()},
        **{f"--{name}": options[name] for name in _OPTIONS},
    }


def as_typed(name: str, value: Any) -> str:
    """Returns a value as the command line takes it; `-` where there is nothing to give.

    Augmentations with arguments, which only a spec can say, are its lines.
    """
    if name == "train.augment" and any("," in line for line in value):
        return "; ".join(value)
    setting = name.removeprefix("train.")
    if setting in REPEATED:
        return f"[{', '.join(value)}]"
    if isinstance(value, str):
        is_plain = name == "spec" or name.startswith(("--", "train.")) or value.isidentifier()
        return value if is_plain else _text(value)  # of parameters, only words go without quotes
    if value is None and name.startswith("--"):
        return NONE
    return _text(value)


def _input(network: Network) -> str:
    return " ".join(f"{given.name}={given.shape}" if given.name else str(given.shape) for given in network.inputs)


def _line(kind: Declaration, plain: Mapping[str, Any]) -> str:
    """Returns a kind with all arguments that are not what they are by themselves: `csv, path="t.csv", test=0.1`."""
    given = [
        f"{argument.name}={_text(plain[argument.name])}"
        for argument in signature(type(kind))
        if argument.required or getattr(kind, argument.name) != argument.default
    ]
    return ", ".join((kind.keyword, *given))


def _text(value: Any) -> str:
    """Returns a value in the language, whose literals are those of JSON but for `none`."""
    return "none" if value is None else json.dumps(value, ensure_ascii=False)


def _flat(name: str, value: Any) -> dict[str, Any]:
    """Returns a value by paths: `{"kind": "sgd", "lr": 0.1}` of `optimizer` is `optimizer` and `optimizer.lr`."""
    if not isinstance(value, Mapping):
        return {name: value}
    kind = {name: value["kind"]} if "kind" in value else {}
    return {**kind, **{f"{name}.{key}": item for key, item in value.items() if key != "kind"}}
