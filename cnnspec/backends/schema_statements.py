"""JSON Schema of the statements: one word, and beside it what the word asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cnnspec.backends.reference_words import word_page, words
from cnnspec.backends.schema_calls import IDENTIFIER, SHAPE, VALUE
from cnnspec.declarations.json_schema import Schema
from cnnspec.syntax.yaml_words import COMPANIONS, EXAMPLES, MERGES, MODIFIERS, RESERVED

BLOCK_NAME = "^[A-Z]\\w*$"
OWN_WORD = "^(?!(" + "|".join(sorted(RESERVED)) + ")$)[^\\W\\d]\\w*$"  # what can be called, a parameter for instance


def body(of: str) -> Schema:
    """Returns the schema of a list of statements."""
    return {"type": "array", "items": {"$ref": f"#/definitions/{of}"}}


def statement(of: str, layers: Mapping[str, str], alone: Sequence[str], *, is_open: bool = False) -> Schema:
    """Returns the schema of one statement.

    `of` is the definition of its bodies, `layers` the words of layers with the keyword that each means, `alone` those that
    need no arguments. `is_open`: parameters may be called too.
    """
    own = OWN_WORD if is_open else BLOCK_NAME
    inner = {"$ref": f"#/definitions/{of}"}
    mapping: Schema = {
        "type": "object",
        "properties": {**_words(inner), **{word: {"$ref": f"#/definitions/layer.{layers[word]}"} for word in layers}},
        "patternProperties": {own: {"$ref": "#/definitions/call"}},
        "additionalProperties": False,
        "dependencies": _DEPENDENCIES,
        "oneOf": [
            *({"required": [word], **_LIMITS.get(word, {})} for word in COMPANIONS),
            *({"required": [word]} for word in layers if not re.match(own, word)),
            {"not": {"propertyNames": {"not": {"pattern": own}}}, "anyOf": _ALONE},
        ],
    }
    return {"anyOf": [{"enum": list(alone)}, {"type": "string", "pattern": own}, inner, mapping]}


def choice(of: str) -> Schema:
    """Returns the schema of a further `if` behind `else`; `of` is the definition of its bodies."""
    inner = {"$ref": f"#/definitions/{of}"}
    return {
        "type": "object",
        "properties": {"if": VALUE, "then": inner, "else": _else(inner)},
        "required": ["if", "then"],
        "additionalProperties": False,
    }


def _else(inner: Schema) -> Schema:
    return {"anyOf": [inner, {"$ref": inner["$ref"].replace("body", "choice")}]}


def _words(inner: Schema) -> dict[str, Schema]:
    """Returns the properties of a statement that are no layers."""
    branches: Schema = {
        "type": "object",
        "properties": {"branches": inner},
        "required": ["branches"],
        "additionalProperties": False,
    }
    merged: Schema = {"anyOf": [*_ONE_OR_MORE["anyOf"], branches]}
    number: Schema = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}]}
    one_call: Schema = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": {"$ref": "#/definitions/call"},
    }
    found: dict[str, Schema] = {
        "label": {"$ref": "#/definitions/label"},
        "expect": SHAPE,
        "layers": inner,
        "let": {"$ref": "#/definitions/constants"},
        "input": {"$ref": "#/definitions/inputs"},
        "call": {"anyOf": [{"type": "string"}, one_call]},
        "repeat": number,
        "for": {"anyOf": [NAMES, {"type": "array", "items": IDENTIFIER, "minItems": 1}]},
        "in": {"type": ["string", "array"], "items": VALUE},
        "as": IDENTIFIER,
        "if": {"type": ["string", "boolean"]},
        "then": inner,
        "else": _else(inner),
        "residual": inner,
        "shortcut": inner,
        **dict.fromkeys(MERGES, merged),
        "from": {"type": "string"},
        "reuse": {"type": "string"},
        "output": _ONE_OR_MORE,
        "require": _ONE_OR_MORE,
    }
    return {word: {"description": _about(word), "allOf": [data]} for word, data in found.items()}


def _about(word: str) -> str:
    """Returns what editors show of a word: its title in the reference, if it has one, and how it is written."""
    page = word_page(word) if word in words() else None
    title = "" if page is None else page.splitlines()[0].partition(": ")[2] + "\n\n"
    return f"{title}{EXAMPLES[word]}"


NAMES: Schema = {"type": "string", "pattern": "^[^\\W\\d]\\w*(\\s*,\\s*[^\\W\\d]\\w*)*$"}
_ONE_OR_MORE: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": VALUE, "minItems": 1}]}
_DEPENDENCIES: Schema = {
    "as": {"anyOf": [{"required": ["repeat"]}, {"required": ["for"]}]},
    "in": ["for"],
    "then": ["if"],
    "else": ["if"],
    "shortcut": ["residual"],
    "repeat": ["layers"],
    "for": ["in", "layers"],
    "if": ["then"],
}
_LIMITS: dict[str, Schema] = {
    "layers": {"not": {"anyOf": [{"required": ["repeat"]}, {"required": ["for"]}]}},
    "let": {"maxProperties": 1},
    "output": {"maxProperties": 1},
    "require": {"maxProperties": 1},
    "input": {"not": {"required": ["expect"]}},
}
_ALONE: list[Schema] = [  # one word, and the modifiers beside it
    {"maxProperties": 1},
    {"maxProperties": 2, "anyOf": [{"required": [modifier]} for modifier in MODIFIERS]},
    {"maxProperties": 3, "required": list(MODIFIERS)},
]
