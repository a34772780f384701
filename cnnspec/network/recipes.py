"""The lines of `train { }`: each is a setting, its kind, and the kind's arguments; bound by the same binder as layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnspec.declarations.declaration import Declaration
from cnnspec.diagnostics.diagnostic import Diagnostic, Label, diagnose
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.analyses.learned import unfit_weights
from cnnspec.network.bind import bind, create
from cnnspec.network.ending import ending
from cnnspec.network.network import Network
from cnnspec.network.overrides import chosen_lines, override_arguments, verify_overrides
from cnnspec.network.pairs import counterpart, takes
from cnnspec.network.problems import (
    BadValue,
    Fault,
    GivenTwice,
    MissingArguments,
    Structure,
    TooManyArguments,
    UnavailableSetting,
    UnknownArgument,
    UnknownSetting,
)
from cnnspec.network.recipe_lines import Overrides, RecipeLines
from cnnspec.network.scope import Scope, Unknown
from cnnspec.recipe.elsewhere import SETTINGS as ELSEWHERE
from cnnspec.recipe.elsewhere import setting_advice
from cnnspec.recipe.fit import end_problems, problems
from cnnspec.recipe.optimizer import LEFT_OUT
from cnnspec.recipe.problems import RecipeProblem, TrainedAlone, TrainedTogether
from cnnspec.recipe.recipe import REPEATED, SETTINGS, Recipe
from cnnspec.source import Span
from cnnspec.syntax import tree

_PROBABILITIES = ("p", "prob", "probability")  # how often something is done elsewhere, which is not how much


def elaborate_recipe(
    block: tree.TrainDefinition | None,
    constants: Scope,
    overrides: Overrides,
    data: tree.Call | None,
    diagnostics: list[Diagnostic],
) -> RecipeLines:
    """Returns the recipe of a `train` block; mistakes are added to `diagnostics`.

    `overrides` are what `--set train.optimizer.lr=0.1` gives, by path below `train`; `data` replaces the block's data set.
    Raises UsageError for an override that names no setting.
    """
    lines = RecipeLines()
    verify_overrides(overrides)
    values: dict[str, Any] = {}
    mistakes = len(diagnostics)
    written = [] if block is None else [line for line in block.settings if data is None or not _is_data(line)]
    chosen = chosen_lines(overrides, written)
    inside = [*written, *([] if data is None else [data])]
    for statement, from_outside in [*((line, False) for line in inside), *((line, True) for line in chosen)]:
        try:
            _read(statement, from_outside, constants, overrides, values, lines.spans, inside)
        except Fault as fault:
            diagnostics.append(diagnose(fault.problem, fault.span, labels=fault.labels))
        except Unknown:
            pass
    for setting, *argument in overrides:
        if argument and setting not in lines.spans:
            text = f"--set train.{setting}.{argument[0]}: the file has no line `{setting}`"
            example = "--data digits" if setting == "data" else f"--set train.{setting}={next(iter(SETTINGS[setting] or ()))}"
            raise UsageError(f"{text}; choose one as well, such as `{example}`")
    if len(diagnostics) == mistakes and not any(isinstance(line, tree.Broken) for line in written):
        lines.recipe = Recipe(**values)
    return lines


def fit(network: Network, otherwise: Span) -> list[Diagnostic]:
    """Returns what does not fit between a network and its recipe, at the line at fault or, where there is none, `otherwise`."""
    if network.recipe is None:
        return []
    found = unfit(network, network.recipe)
    if not found:
        return []
    from cnnspec.network.remedies.recipe import remedied  # files without mistakes do without

    return [remedied(diagnose(problem, network.recipe_span(problem, otherwise)), problem, network) for problem in found]


def with_recipe(network: Network, recipe: Recipe) -> Network:
    """Returns a network as it is trained by a recipe from elsewhere: lines of its file that say otherwise are not at fault."""
    written = network.recipe
    others = {name for name in SETTINGS if written is None or getattr(written, name) != getattr(recipe, name)}
    spans = {place: span for place, span in network.recipe_spans.items() if place.partition(".")[0] not in others}
    return replace(network, recipe=recipe, recipe_spans=spans)


def unfit(network: Network, recipe: Recipe, is_run: bool = False) -> list[RecipeProblem]:
    """Returns what does not fit between a network and a recipe, which may be another than its own; `is_run`: to be trained now.

    Where nothing can be trained, and a network beside it is trained with it, that says enough: what is wrong with one of the
    two alone would lead away from what is meant.
    """
    found: list[RecipeProblem] = end_problems(len(network.inputs), len(network.outputs))
    if not found:
        found = problems(recipe, network.input, network.output, ending(network), is_run)
        found += unfit_weights(network, recipe)
    other = counterpart(network)
    if other is None:
        return found
    if any(problem.severity == "error" for problem in found):
        return [TrainedTogether(network.name, other.name, takes(network, other))]
    return [*found, TrainedAlone(network.name, other.name)]


def _is_data(statement: tree.Statement) -> bool:
    return isinstance(statement, tree.Call) and statement.word.text == "data"


def _read(
    statement: tree.Statement,
    from_outside: bool,
    constants: Scope,
    overrides: Overrides,
    values: dict[str, Any],
    spans: dict[str, Span],
    written: Iterable[tree.Statement],
) -> None:
    if isinstance(statement, tree.Broken):
        return
    if not isinstance(statement, tree.Call) or statement.label is not None or statement.expect is not None:
        raise Fault(
            Structure("a line of `train` is a setting and its value", "such as `optimizer sgd, lr=0.1`"), statement.span
        )
    setting = statement.word.text
    if setting not in SETTINGS:
        raise _unknown_setting(statement, written)
    if setting in spans and not from_outside and setting not in REPEATED:
        raise Fault(GivenTwice("the setting", setting), statement.word.span, [Label(spans[setting], "first given here")])
    if from_outside or setting not in REPEATED:
        spans[setting] = statement.span
    spans.setdefault(setting, statement.span)
    if (setting,) in overrides and not from_outside:
        return  # replaced as a whole
    kinds = SETTINGS[setting]
    if setting == "freeze":
        _add(values, spans, setting, _paths(statement))
    elif kinds is None:
        values[setting] = _value(statement, constants, written)
    elif setting in REPEATED:
        place = f"{setting}.{len(values.get(setting, ()))}"
        _add(values, spans, setting, [(_kind(statement, kinds, constants, overrides, spans, place), statement.span)])
    else:
        values[setting] = _kind(statement, kinds, constants, overrides, spans, setting)


def _add(values: dict[str, Any], spans: dict[str, Span], setting: str, added: Iterable[tuple[Any, Span]]) -> None:
    """Appends to the values of a setting that may have several lines."""
    for value, span in added:
        earlier = values.get(setting, ())
        spans[f"{setting}.{len(earlier)}"] = span
        values[setting] = (*earlier, value)


def _paths(statement: tree.Call) -> list[tuple[str, Span]]:
    """Returns the paths behind `freeze`, as written: `features`, `layer1.0.conv1`, or the same in quotes."""
    if not statement.arguments:
        raise Fault(MissingArguments("freeze", ("a label",), "freeze features"), statement.word.span)
    return [(_path(argument), argument.span) for argument in statement.arguments]


def _path(argument: tree.Argument) -> str:
    value = argument.value
    if argument.name is None and isinstance(value, tree.Name):
        return value.text
    if argument.name is None and isinstance(value, tree.Attribute):
        return value.span.text
    if argument.name is None and isinstance(value, tree.Literal) and isinstance(value.value, str):
        return value.value
    raise Fault(BadValue("freeze", "label", "a label such as `features`", f"`{argument.span.text}`", None), argument.span)


def _value(statement: tree.Call, constants: Scope, written: Iterable[tree.Statement]) -> Any:
    """Returns the value of a setting that is one value: `epochs 10`."""
    word = statement.word
    if not statement.arguments:
        raise Fault(MissingArguments(word.text, ("a value",), None), word.span)
    first, *rest = statement.arguments
    if rest or first.name is not None:
        raise _surplus(statement, written)
    bound = bind(Recipe, (tree.Argument(word, first.value, first.span),), constants)
    return getattr(create(Recipe, bound, word), word.text)


def _kind(
    statement: tree.Call,
    kinds: Mapping[str, type[Declaration]],
    constants: Scope,
    overrides: Overrides,
    spans: dict[str, Span],
    place: str,
) -> Declaration:
    """Returns what a line such as `optimizer sgd, lr=0.9` says: the kind that its first argument names, with the others.

    The arguments are added to `spans`, below the `place` of the line.
    """
    setting = statement.word.text
    if not statement.arguments:
        example = next(iter(kinds.values())).examples[0]
        raise Fault(MissingArguments(setting, ("a kind",), example), statement.word.span)
    first, *rest = statement.arguments
    word = first.value.text if isinstance(first.value, tree.Name) and first.name is None else first.span.text
    if word not in kinds:
        raise _unknown_kind(setting, word, kinds, first.span, rest)
    try:
        bound = bind(kinds[word], tuple(rest), constants)
    except Fault as fault:
        from cnnspec.network.remedies.data_lines import without_quotes  # files without mistakes do without

        raise Fault(without_quotes(fault.problem, fault.span, statement, kinds[word]), fault.span, fault.labels) from None
    override_arguments(kinds[word], bound, setting, overrides)
    spans.update({f"{place}.{name}": span for name, span in bound.spans.items()})
    return create(kinds[word], bound, tree.Name(word, first.span))


def _unknown_setting(statement: tree.Call, written: Iterable[tree.Statement]) -> Fault:
    """Returns the mistake of a line that begins with no setting."""
    word = statement.word
    given = _behind(statement) if statement.arguments else ""
    elsewhere = ELSEWHERE.get(word.text.lower())
    advice = None if elsewhere else setting_advice(word.text, given, _chosen(written))
    return Fault(UnknownSetting("setting", word.text, tuple(SETTINGS), "of `train`", elsewhere, advice), word.span)


def _surplus(statement: tree.Call, written: Iterable[tree.Statement]) -> Fault:
    """Returns the mistake of a setting that is one value, and has an argument beside it or a name before it."""
    setting = statement.word.text
    first, *rest = statement.arguments
    wrong = rest[0] if first.name is None else first
    advice = f"`{setting}` is one value, without arguments"
    if wrong.name is None:
        return Fault(TooManyArguments(setting, ("value",), reason=advice), wrong.span)
    name, value = wrong.name.text, wrong.value.span.text
    ours = ELSEWHERE.get(name.lower(), name)
    if wrong is first:
        advice = f"{advice}: write `{setting} {value}`"
    elif ours in SETTINGS and ours != setting:
        advice = f"{advice}: write `{ours} {value}` on a line of its own"
    else:
        advice = setting_advice(name, value, _chosen(written)) or advice
    return Fault(UnknownArgument("argument", name, (), f"of `{setting}`", advice=advice), wrong.name.span)


def _chosen(written: Iterable[tree.Statement]) -> dict[str, str]:
    """Returns what stands behind the settings of a file: `sgd, momentum=0.9`."""
    return {line.word.text: _behind(line) for line in written if isinstance(line, tree.Call) and line.arguments}


def _behind(line: tree.Call) -> str:
    """Returns what stands behind a setting; in another notation than that of `.cnn` only its kind."""
    first, last = line.arguments[0].span, line.arguments[-1].span
    return (first.to(last) if line.span.text.startswith(f"{line.word.text} ") else first).text


def _unknown_kind(
    setting: str, word: str, kinds: Mapping[str, type[Declaration]], span: Span, arguments: Iterable[tree.Argument]
) -> Fault:
    """Returns the mistake of a kind that a setting does not have."""
    from cnnspec.recipe.elsewhere_kinds import kind_advice, our_kind, plain_name  # files without mistakes do without

    left_out = {plain_name(name): reason for name, reason in LEFT_OUT.items()} if setting == "optimizer" else {}
    if plain_name(word) in left_out:
        return Fault(UnavailableSetting(setting, word, left_out[plain_name(word)]), span)
    amounts = (item.value.span.text for item in arguments if item.name is None or item.name.text not in _PROBABILITIES)
    given = next(amounts, "")
    advice = (_by_path(word, span) if setting == "data" else None) or kind_advice(setting, word, given)
    elsewhere = None if advice else our_kind(setting, word, kinds)
    return Fault(UnknownSetting(setting, word, tuple(kinds), elsewhere=elsewhere, advice=advice), span)


def _by_path(word: str, span: Span) -> str | None:
    """Returns what to write for a table, an archive or a folder that is named in the place of a kind of data."""
    from cnnspec.network.remedies.data_lines import by_path, written

    is_outside = span.source.name == "--data"
    line = by_path(word.strip('"'), Path() if is_outside else Path(span.source.name).parent)
    return None if line is None else f"write `{written('data', line, span.source.name)}`"
