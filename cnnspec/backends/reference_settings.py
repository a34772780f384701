"""The reference of what `train { }` may say: its settings, and the kinds of each."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from cnnspec.backends.reference_arguments import WIDTH, arguments_text, call_text, requirement
from cnnspec.declarations.declaration import Declaration, description, signature
from cnnspec.recipe.recipe import REPEATED, SETTINGS, Recipe

_TORCH = {"loss": "nn", "optimizer": "optim", "schedule": "optim.lr_scheduler"}  # where torch has classes of the same name


def setting_words() -> list[str]:
    """Returns all settings and all kinds."""
    kinds = [word for table in SETTINGS.values() for word in table or ()]
    return list(dict.fromkeys([*SETTINGS, *kinds]))


def setting_page(word: str) -> str | None:
    """Returns the page of a setting, or of a kind (of several settings, where they have one of this name); None for others."""
    if word in SETTINGS:
        return _setting(word)
    pages = [_kind(setting, table[word]) for setting, table in SETTINGS.items() if table is not None and word in table]
    return "\n\n\n".join(pages) if pages else None


def _setting(name: str) -> str:
    table, field = SETTINGS[name], Recipe.model_fields[name]
    meaning = textwrap.fill(field.description or "", WIDTH)
    several = " There may be several lines of it." if name in REPEATED else ""
    if table is None:
        argument = next(argument for argument in signature(Recipe) if argument.name == name)
        first = f"A setting of `train`: {requirement(argument)}.{several}"
        return "\n\n".join([name, textwrap.fill(first, WIDTH), meaning, _examples(field.examples or ())])
    kinds = [f"  {word}  {description(kind).partition(chr(10))[0]}" for word, kind in table.items()]
    lines = [textwrap.fill(line, WIDTH, subsequent_indent="      ") for line in kinds]
    first = f"A setting of `train`: a kind and its arguments.{several} `cnnspec explain KIND` shows one of them."
    return "\n\n".join([name, textwrap.fill(first, WIDTH), meaning, "Kinds\n" + "\n".join(lines)])


def _kind(setting: str, kind: type[Declaration]) -> str:
    about = [textwrap.fill(paragraph, WIDTH) for paragraph in description(kind).split("\n\n")]
    call = call_text(kind)
    parts = [
        textwrap.fill(f"{setting} {kind.keyword}" + (f", {call}" if call else ""), WIDTH, subsequent_indent="    "),
        "\n\n".join(about),
        arguments_text(kind),
        _examples(kind.examples),
    ]
    if setting == "init":
        parts.append(f"PyTorch  nn.init.{kind.keyword}_")
    elif setting in _TORCH:
        parts.append(f"PyTorch  {_TORCH[setting]}.{kind.torch_name}")  # type: ignore[attr-defined]
    return "\n\n".join(parts)


def _examples(lines: Sequence[str]) -> str:
    return ("Example\n" if len(lines) == 1 else "Examples\n") + "\n".join(f"  {line}" for line in lines)
