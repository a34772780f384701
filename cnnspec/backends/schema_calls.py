"""JSON Schema of what stands behind the word of a layer, a block or a setting."""

from __future__ import annotations

from collections.abc import Mapping

from cnnspec.backends.reference_arguments import call_text
from cnnspec.declarations.declaration import Declaration, description, positional_names, signature
from cnnspec.declarations.json_schema import Schema, argument_schema
from cnnspec.layers.base import Layer
from cnnspec.recipe.recipe import REPEATED, SETTINGS, Recipe

IDENTIFIER: Schema = {"type": "string", "pattern": "^[^\\W\\d]\\w*$"}
VALUE: Schema = {"$ref": "#/definitions/value"}
SHAPE: Schema = {"$ref": "#/definitions/shape"}


def layer(kind: type[Layer]) -> dict[str, Schema]:
    """Returns the definitions of what stands behind the keyword of a layer, and of its arguments."""
    text = f"{description(kind)}\n\n{kind.keyword} {call_text(kind)}".rstrip()
    name = f"layer.{kind.keyword}"
    return {name: {"description": text, **_arguments(kind, name, {"expect": SHAPE})}, **_definitions(kind, name)}


def _definitions(kind: type[Declaration], name: str) -> dict[str, Schema]:
    """Returns one definition for each argument of a kind, and one for the names of all: a mapping among positional ones."""
    names: Schema = {"type": "object", "propertyNames": {"enum": list(_fields(kind))}}
    return {f"{name}.{argument.name}": argument_schema(kind, argument) for argument in signature(kind)} | {
        f"{name}-names": names
    }


def _fields(kind: type[Declaration]) -> dict[str, str]:
    """Returns the arguments that each name stands for, other spellings included."""
    return {argument.name: argument.name for argument in signature(kind)} | kind.aliases | kind.torch_axes


def _arguments(kind: type[Declaration], name: str, beside: Mapping[str, Schema]) -> Schema:
    """Returns the schema of a kind's arguments in all their forms; `beside` may stand among named ones."""
    fields = _fields(kind)
    named: Schema = {word: {"$ref": f"#/definitions/{name}.{field}"} for word, field in fields.items()}
    required = [argument.name for argument in signature(kind) if argument.required]
    mapping: Schema = {"type": "object", "properties": {**named, "args": VALUE, **beside}, "additionalProperties": False}
    if required:
        spellings = [[word for word, field in fields.items() if field == needed] for needed in required]
        given = [{"anyOf": [{"required": [word]} for word in words]} for words in spellings]
        mapping["anyOf"] = [{"required": ["args"]}, {"allOf": given}]
    in_list: Schema = {"$ref": f"#/definitions/{name}-names"}
    places = [VALUE] if kind.variadic is not None else [named[word] for word in positional_names(kind)]
    listed: Schema = {"type": "array", "items": {"anyOf": [VALUE, in_list]}, "minItems": 1 if required else 0}
    if kind.variadic is None:
        listed |= {"items": [{"anyOf": [place, in_list]} for place in places] or in_list, "additionalItems": in_list}
    forms = [mapping, listed]
    if places and len(required) <= 1:
        forms.append({"type": ["string", "number", "boolean"], **places[0]} if kind.variadic is not None else places[0])
    if not required:
        forms.append({"type": "null"})
    return {"anyOf": forms}


def takes_nothing(kind: type[Declaration]) -> bool:
    """Returns whether a declaration can do without arguments."""
    return not any(argument.required for argument in signature(kind))


def any_arguments() -> Schema:
    """Returns the schema of what stands behind the name of a block, whose parameters only its file knows."""
    named: Schema = {"type": "object", "additionalProperties": VALUE}
    return {
        "anyOf": [
            {"type": ["null", "string", "number", "boolean"]},
            {"type": "array", "items": {"anyOf": [VALUE, named]}},
            {"type": "object", "properties": {"expect": SHAPE}, "additionalProperties": VALUE},
        ]
    }


def settings() -> dict[str, Schema]:
    """Returns the definition of what stands behind `train`, with those of the arguments of all kinds."""
    mapping: Schema = {
        "type": "object",
        "properties": {"let": {"$ref": "#/definitions/constants"}, **{name: _lines(name) for name in SETTINGS}},
        "additionalProperties": False,
    }
    some: Schema = {"$ref": "#/definitions/settings"}
    kinds = {f"{name}.{word}": kind for name, table in SETTINGS.items() for word, kind in (table or {}).items()}
    return {
        "settings": mapping,
        "train": {"description": "How the network is trained.", "anyOf": [some, {"type": "array", "items": some}]},
        **{f"{name}-line": _line(name) for name in sorted(REPEATED)},
        **{key: schema for name, kind in kinds.items() for key, schema in _definitions(kind, name).items()},
    }


def _lines(name: str) -> Schema:
    """Returns the schema of a setting: of one line, or of a list of lines where there may be several."""
    if name not in REPEATED:
        return _setting(name)
    line: Schema = {"$ref": f"#/definitions/{name}-line"}
    return {"anyOf": [line, {"type": "array", "items": line}]}


def _line(name: str) -> Schema:
    """Returns the schema of one line of a setting of which there may be several."""
    return {"type": "string"} if SETTINGS[name] is None else _setting(name)


def _setting(name: str) -> Schema:
    kinds = SETTINGS[name]
    if kinds is None:
        return argument_schema(Recipe, next(argument for argument in signature(Recipe) if argument.name == name))
    alone = [word for word, kind in kinds.items() if takes_nothing(kind)]
    mapping: Schema = {
        "type": "object",
        "properties": {
            word: {"description": description(kind), **_arguments(kind, f"{name}.{word}", {})} for word, kind in kinds.items()
        },
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    in_order: Schema = {
        "type": "object",
        "properties": {"args": {"type": "array"}},
        "required": ["args"],
        "additionalProperties": False,
    }
    return {"anyOf": [*([{"enum": alone}] if alone else []), mapping, in_order]}
