"""JSON Schema (draft-07, which editors of YAML know) of the YAML and JSON notation, derived from the declarations.

What a schema cannot say is left to `cnnspec check`: an expression is a string, a block takes any arguments. Where a parameter
may be bound to a layer, its name is a statement like that of a layer.
"""

from __future__ import annotations

from cnnspec.backends.schema_calls import IDENTIFIER, SHAPE, VALUE, any_arguments, layer, settings, takes_nothing
from cnnspec.backends.schema_statements import body, choice, statement
from cnnspec.declarations.json_schema import Schema
from cnnspec.layers.index import SPELLINGS
from cnnspec.layers.registry import all_kinds


def schema() -> Schema:
    """Returns the schema of a file."""
    kinds = {kind.keyword: kind for kind in all_kinds()}
    spelled = {word: keyword for word, (keyword, _) in SPELLINGS.items() if word not in kinds}
    layers = {**{word: word for word in kinds}, **spelled}
    alone = [word for word, keyword in layers.items() if takes_nothing(kinds[keyword])]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "cnnspec",
        "description": "A convolutional network: see `cnnspec explain` and docs/yaml.md.",
        "anyOf": [{"$ref": "#/definitions/mapping"}, {"type": "array", "items": {"$ref": "#/definitions/mapping"}}],
        "definitions": {
            "expression": {"type": "string", "description": "an expression such as `2 * width`"},
            "value": {"type": ["string", "number", "boolean", "null", "array"], "items": VALUE},
            "shape": {
                "description": 'sizes such as `3x32x32`, `"c, H // 2, W // 2"` or `[3, 32, 32]`',
                "anyOf": [
                    {"type": "string"},
                    {"type": "integer", "minimum": 1},
                    {"type": "array", "items": VALUE, "minItems": 1},
                ],
            },
            "label": {
                "description": "the name of a module and of the value that comes out; `enc{i}` has a place for an expression",
                "anyOf": [{"type": "string", "pattern": "^[A-Za-z0-9_][^\\s{}]*(\\{.+\\}[^\\s{}]*)*$"}, {"type": "integer"}],
            },
            "constants": {"type": "object", "propertyNames": IDENTIFIER, "additionalProperties": VALUE},
            "parameters": _parameters(),
            "inputs": {"anyOf": [SHAPE, {"type": "object", "additionalProperties": SHAPE, "minProperties": 1}]},
            "block": _definition("block"),
            "mapping": _mapping(),
            "call": any_arguments(),
            "body": body("statement"),
            "statement": statement("body", layers, alone),
            "choice": choice("body"),
            "open_body": body("open_statement"),
            "open_statement": statement("open_body", layers, alone, is_open=True),
            "open_choice": choice("open_body"),
            **settings(),
            **{name: definition for kind in kinds.values() for name, definition in layer(kind).items()},
        },
    }


def _parameters() -> Schema:
    defaults: Schema = {"type": "object", "propertyNames": IDENTIFIER, "additionalProperties": VALUE}
    return {
        "description": "the parameters with their defaults; one without a default must be given",
        "anyOf": [defaults, {"type": "array", "items": {"anyOf": [IDENTIFIER, defaults]}}],
    }


def _binds_layers() -> Schema:
    """Returns the schema of parameters one of which may be a layer: its default is a word, or it has none."""
    word_or_none: Schema = {"anyOf": [IDENTIFIER, {"type": "null"}]}
    mapping: Schema = {"type": "object", "not": {"additionalProperties": {"not": word_or_none}}}
    return {"anyOf": [mapping, {"type": "array", "contains": {"anyOf": [{"type": "string"}, mapping]}}]}


def _definition(word: str) -> Schema:
    """Returns the schema of a block or network: what its body may call depends on its parameters."""
    properties: dict[str, Schema] = {word: IDENTIFIER, "params": {"$ref": "#/definitions/parameters"}, "layers": {}}
    return {
        "type": "object",
        "properties": properties,
        "required": [word, "layers"],
        "additionalProperties": False,
        **_body_by_parameters(),
    }


def _body_by_parameters() -> Schema:
    return {
        "if": {"required": ["params"], "properties": {"params": _binds_layers()}},
        "then": {"properties": {"layers": {"$ref": "#/definitions/open_body"}}},
        "else": {"properties": {"layers": {"$ref": "#/definitions/body"}}},
    }


def _mapping() -> Schema:
    """Returns the schema of one mapping at the top of a file."""
    paths: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    either: Schema = {"anyOf": [{"required": ["network"]}, {"required": ["block"]}]}
    return {
        "type": "object",
        "properties": {
            "import": {"description": "files whose blocks and constants are used here", **paths},
            "let": {"$ref": "#/definitions/constants"},
            "blocks": {
                "description": "pieces that are called by name",
                "type": "array",
                "items": {"$ref": "#/definitions/block"},
            },
            "block": {"description": "the name of a block", **IDENTIFIER},
            "network": {"description": "the name of a network", **IDENTIFIER},
            "params": {"$ref": "#/definitions/parameters"},
            "input": {"$ref": "#/definitions/inputs"},
            "layers": {"description": "the statements, in their order"},
            "train": {"$ref": "#/definitions/train"},
        },
        "additionalProperties": False,
        "dependencies": {
            "network": ["layers"],
            "block": ["layers"],
            "input": ["network"],
            "params": either,
            "layers": either,
        },
        "not": {"required": ["network", "block"]},
        **_body_by_parameters(),
    }
