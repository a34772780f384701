"""The arguments of a declaration as JSON Schema, so that editors can say what a file may hold."""

from typing import Any

from pydantic import TypeAdapter

from cnnspec.declarations.declaration import Argument, Declaration

Schema = dict[str, Any]
EXPRESSION: Schema = {"$ref": "#/definitions/expression"}


def argument_schema(kind: type[Declaration], argument: Argument) -> Schema:
    """Returns the schema (draft-07) of an argument: its type or an expression, its description and its default."""
    schema = or_expression(TypeAdapter(kind.model_fields[argument.name].rebuild_annotation()).json_schema())
    schema["description"] = argument.says
    if not argument.required and argument.default is not None:
        schema["default"] = argument.default
    return schema


def or_expression(schema: Schema) -> Schema:
    """Returns a schema of pydantic's as one that also takes an expression in the place of each number, word and list."""
    choices = [_deep(choice) for choice in schema.get("anyOf", [schema])]
    return {} if {} in choices else {"anyOf": [*choices, EXPRESSION]}


def _deep(schema: Schema) -> Schema:
    """Returns a schema whose items may be expressions, in the words of draft-07; pydantic's are those of a later one."""
    found = dict(schema)
    if "items" in found:
        found["items"] = or_expression(found["items"])
    if "prefixItems" in found:
        found["items"] = [or_expression(item) for item in found.pop("prefixItems")]
        found["additionalItems"] = False
    return found
