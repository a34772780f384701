"""The reference of the vocabulary, derived from the declarations: signatures, defaults, shape formulas, examples."""

from __future__ import annotations

import textwrap
from itertools import groupby
from pathlib import Path
from typing import Any

from cnnspec.backends.reference_arguments import WIDTH, arguments_text, call_text, requirement
from cnnspec.backends.reference_settings import setting_words
from cnnspec.backends.reference_words import merge_facts, merge_list, merge_list_markdown, words
from cnnspec.declarations.declaration import description, signature
from cnnspec.diagnostics.nearest import nearest
from cnnspec.layers.base import Layer
from cnnspec.layers.registry import all_kinds, known_words, lookup

PAGES = Path(__file__).parent.parent / "diagnostics" / "pages"
GROUPS = {
    "E010": "Notation",
    "E011": "Notation of YAML and JSON files",
    "E02": "Names, arguments and structure",
    "E03": "Layers and shapes",
    "E040": "Training settings",
    "E041": "Training settings and networks that do not fit",
    "E042": "Training data",
    "E043": "Training runs",
    "E044": "Training settings that make no sense",
    "W050": "Warnings about training",
    "W051": "Warnings about layers in their places",
    "W052": "Warnings about networks as a whole",
    "W053": "Warnings about data, and settings for it",
    "W054": "Warnings before the first step",
    "W06": "Warnings about names and results",
    "N07": "Notes",
}  # by the beginning of the code
FAMILIES = ("weights", "pooling", "normalization", "activation", "regularization", "shape", "padding", "other")


def layer_page(word: str) -> str | None:
    """Returns the page of one layer, by its keyword or one of torch's spellings; None where there is no such layer."""
    found = lookup(word)
    if found is None:
        return None
    kind = found.kind
    about = [textwrap.fill(paragraph, WIDTH) for paragraph in description(kind).split("\n\n")]
    parts = [
        kind.keyword + (" " + call if (call := call_text(kind)) else ""),
        "\n\n".join(about),
        arguments_text(kind),
        textwrap.fill(f"Output shape  {kind.formula}", WIDTH, subsequent_indent=" " * 14),
        _ranks(kind),
        "Example\n" + "\n".join(f"  {example}" for example in kind.examples),
        f"PyTorch  {', '.join(f'nn.{name}' for name in kind.torch_names)}" if kind.torch_names else "",
    ]
    return "\n\n".join(part for part in parts if part)


def code_page(code: str) -> str | None:
    """Returns the page of a diagnostic's code, None where there is no such code."""
    page = PAGES / f"{code}.md"
    if not code.isalnum() or not page.is_file():
        return None
    return page.read_text(encoding="utf-8").rstrip("\n")


def code_group(beginning: str) -> str | None:
    """Returns the codes that begin so (`W06`, `E`) with their titles, None where there are none."""
    found = [f"{code}  {title}" for code, title in code_titles().items() if code.startswith(beginning)]
    if not found:
        return None
    return "\n".join([*found, "", "`cnnspec explain CODE` shows one of them with an example and its repair."])


def codes() -> list[str]:
    """Returns all codes that have a page."""
    return sorted(page.stem for page in PAGES.glob("[EWN]*.md"))


def code_titles() -> dict[str, str]:
    """Returns what each code means, in the words of its page's title."""
    titles = {}
    for code in codes():
        with (PAGES / f"{code}.md").open(encoding="utf-8") as page:
            titles[code] = page.readline().removeprefix(f"# {code}:").strip()
    return titles


def code_groups() -> list[tuple[str, dict[str, str]]]:
    """Returns the codes and their titles by group."""
    titles = code_titles()
    return [
        (name, {code: title for code, title in titles.items() if code.startswith(prefix)}) for prefix, name in GROUPS.items()
    ]


def topics() -> str:
    """Returns what can be explained: where the layers are listed, the words of the language, and all codes by group."""
    blocks = [f"{name}\n" + "\n".join(f"  {code}  {title}" for code, title in group.items()) for name, group in code_groups()]
    return "\n\n".join(
        [
            "`cnnspec explain E0301` shows what a code means, with an example and its repair.\n"
            "`cnnspec explain conv` shows a layer with its arguments; `cnnspec layers` lists all layers.\n"
            + textwrap.fill(f"`cnnspec explain repeat` shows a word of the language: {', '.join(words())}.", WIDTH)
            + "\n`cnnspec explain optimizer` lists the kinds of a setting, `cnnspec explain sgd` shows one.",
            *blocks,
        ]
    )


def code_list_markdown() -> str:
    """Returns all codes by group as Markdown, each with a link to its page."""
    folder = "../cnnspec/diagnostics/pages"
    blocks = ["# Codes", "What `cnnspec explain CODE` explains. Errors begin with E, warnings with W, notes with N."]
    for name, group in code_groups():
        rows = [f"| [{code}]({folder}/{code}.md) | {title} |" for code, title in group.items()]
        blocks += [f"## {name}", "\n".join(["| code | title |", "|---|---|", *rows])]
    return "\n\n".join(blocks)


def nearest_topic(word: str) -> str | None:
    """Returns the layer, word, setting or code that is nearest to a misspelt one."""
    return nearest(word, topic_names())


def topic_names() -> list[str]:
    """Returns all that can be explained: layers, words, settings with their kinds, and codes."""
    return [*known_words(), *words(), *setting_words(), *codes()]


def layer_list() -> str:
    """Returns all layers by family, one signature for each, and what merges values."""
    blocks = []
    for family, kinds in _families():
        lines = [
            textwrap.fill(f"{kind.keyword} {call_text(kind)}".rstrip(), WIDTH, initial_indent="  ", subsequent_indent="      ")
            for kind in kinds
        ]
        blocks.append(f"{family}\n" + "\n".join(lines))
    blocks.append(merge_list())
    return "\n\n".join(blocks) + "\n\n`cnnspec explain LAYER` shows one of them with its shape formula and an example."


def layer_list_markdown() -> str:
    """Returns all layers as Markdown: a section for each family, and for each layer its page."""
    blocks = ["# Layers"]
    for family, kinds in _families():
        blocks.append(f"## {family.capitalize()}")
        for kind in kinds:
            arguments = [f"| `{argument.name}` | {requirement(argument)} |" for argument in signature(kind)]
            table = ["| argument | value |", "|---|---|", *arguments] if arguments else []
            examples = ["```", *kind.examples, "```"]
            formula = f"Output shape: {kind.formula}."
            blocks.append(
                "\n".join(
                    [
                        f"### `{kind.keyword}`",
                        "",
                        description(kind),
                        "",
                        *table,
                        *([""] if table else []),
                        formula,
                        "",
                        *examples,
                    ]
                )
            )
    return "\n\n".join([*blocks, merge_list_markdown()])


def layer_facts() -> list[dict[str, Any]]:
    """Returns what the reference says as plain data, merges included."""
    return [
        {
            "keyword": kind.keyword,
            "family": family,
            "description": description(kind),
            "arguments": [
                {
                    "name": argument.name,
                    "required": argument.required,
                    "default": None if argument.required else argument.default,
                    "value": argument.says,
                    "positional": argument.positional,
                }
                for argument in signature(kind)
            ],
            "output": kind.formula,
            "examples": list(kind.examples),
            "torch": list(kind.torch_names),
        }
        for family, kinds in _families()
        for kind in kinds
    ] + merge_facts()


def _ranks(kind: type[Layer]) -> str:
    if not kind.ranks:
        return ""
    names = {0: "features", 1: "CxL", 2: "CxHxW", 3: "CxDxHxW"}
    return "Input  " + ", ".join(names[rank] for rank in kind.ranks)


def _families() -> list[tuple[str, list[type[Layer]]]]:
    ordered = sorted(all_kinds(), key=lambda kind: FAMILIES.index(kind.family))
    return [(family, list(kinds)) for family, kinds in groupby(ordered, key=lambda kind: kind.family)]
