"""Options that training scripts elsewhere have, in the words of this command line."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import click

_INSTEAD = {
    "cpu": "--device cpu",
    **dict.fromkeys("gpu gpus cuda use-gpu use-cuda".split(), "--device cuda"),
    **dict.fromkeys("no-cuda no-gpu disable-cuda".split(), "--device cpu"),
    **dict.fromkeys("fp16 half amp mixed-precision".split(), "--precision fp16"),
    **dict.fromkeys("bf16 bfloat16".split(), "--precision bf16"),
    **dict.fromkeys("fp64 double".split(), "--precision fp64"),
    **dict.fromkeys("dataset data-dir data-path".split(), "--data"),
    **dict.fromkeys("output output-dir save-dir log-dir".split(), "--out"),
    **dict.fromkeys("pretrained checkpoint".split(), "--weights"),
}
_LOADING = "workers num-workers dataloader-workers n-workers jobs n-jobs pin-memory"
_LEFT_OUT = dict.fromkeys(_LOADING.split(), "leave it out: samples are loaded in the fastest way")


def meant(mistake: click.NoSuchOption, arguments: Sequence[str]) -> str | None:
    """Returns what to do about an option that a command does not have: what to write in its place; None: nothing known."""
    own = set() if mistake.ctx is None else {name for item in mistake.ctx.command.params for name in item.opts}
    word = mistake.option_name.lstrip("-").lower().replace("_", "-")
    instead = _INSTEAD.get(word)
    if instead is not None:
        return f"write `{instead}`" if instead.partition(" ")[0] in own else None
    if word in _LEFT_OUT and "--device" in own:
        return _LEFT_OUT[word]
    if "--out" not in own or "--set" not in own:  # only `train` has settings to choose
        return None
    from cnnspec.recipe.elsewhere import INSTEAD, full_name

    setting = word.replace("-", "_")
    if setting in INSTEAD:
        return INSTEAD[setting]
    name = full_name(setting)
    if name is None or name == "train.data":
        return None
    return f"write `--set {name}={_value(mistake.option_name, arguments)}`"


def _value(option: str, arguments: Sequence[str]) -> str:
    """Returns what was given to an option, as a shell takes it: `32` of `--batch 32` and `--batch=32`."""
    for argument, behind in zip(arguments, (*arguments[1:], ""), strict=True):
        name, equals, value = argument.partition("=")
        if name == option:
            value = value if equals else behind if not behind.startswith("--") else ""
            return shlex.quote(value) if value else "..."
    return "..."
