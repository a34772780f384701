"""What a file and its imports define for all networks and blocks in it: constants, and blocks."""

from __future__ import annotations

from collections.abc import Iterable

from cnnspec.diagnostics.diagnostic import Label, diagnose
from cnnspec.diagnostics.problem import Problem
from cnnspec.layers.registry import lookup
from cnnspec.network.expressions import evaluate
from cnnspec.network.findings import Findings
from cnnspec.network.graph_problems import BlockShadowsLayer
from cnnspec.network.problems import Fault, NameTaken, Structure
from cnnspec.network.scope import FileScope, Unknown, define
from cnnspec.syntax import tree
from cnnspec.syntax.visit import used_words


def file_scope(definitions: Iterable[tree.Definition], incomplete: bool, findings: Findings) -> FileScope:
    """Returns the scope around all bodies; mistakes are added to `findings`.

    Definitions may stand in any order.
    """
    found = list(definitions)
    networks = frozenset(item.name.text for item in found if isinstance(item, tree.NetworkDefinition))
    scope = FileScope(networks=networks, incomplete=incomplete, lacks_blocks=incomplete)
    for definition in found:
        if isinstance(definition, tree.BlockDefinition):
            _add_block(definition, scope, findings)
    for definition in found:
        if isinstance(definition, tree.Broken):
            if definition.name is not None:
                scope.lose(definition.name.text)
            else:
                scope.lacks_blocks = True
    _Constants([item for item in found if isinstance(item, tree.Let)], scope, findings).define_all()
    return scope


class _Constants:
    """Defines the constants of a file, each behind those that it mentions, in whatever order they stand."""

    def __init__(self, lets: list[tree.Let], scope: FileScope, findings: Findings) -> None:
        self.lets = lets
        self.scope = scope
        self.findings = findings
        self.by_name = {let.name.text: let for let in reversed(lets)}  # of two of one name, the second is the mistake
        self.begun: dict[int, None] = {}
        self.done: set[int] = set()

    def define_all(self) -> None:
        for let in self.lets:
            self.define(let)

    def define(self, let: tree.Let) -> None:
        if id(let) in self.begun:
            return
        self.begun[id(let)] = None
        try:
            for word in sorted(used_words(let.value)):
                self.define_first(word, let)
            define(let.name, evaluate(let.value, self.scope), self.scope, self.findings)
        except Fault as fault:
            from cnnspec.syntax.indentation import indentation  # files without mistakes do without

            if not (self.scope.lacks_blocks and indentation(let.span)):  # else the head of its body is lost, with its names
                self.findings.put(diagnose(fault.problem, fault.span, labels=fault.labels), ())
            self.scope.lose(let.name.text)
        except Unknown:
            self.scope.lose(let.name.text)
        self.done.add(id(let))

    def define_first(self, word: str, user: tree.Let) -> None:
        """Defines the constant that another one mentions; raises Fault where each needs the other."""
        needed = self.by_name.get(word)
        if needed is None:
            return
        self.define(needed)
        if id(needed) not in self.done:
            problem = Structure(f"the constant `{user.name.text}` is defined by itself", "give one of them a number")
            labels = [] if needed is user else [Label(needed.name.span, f"needs `{user.name.text}`, perhaps through others")]
            raise Fault(problem, user.name.span, labels)


def _add_block(definition: tree.BlockDefinition, scope: FileScope, findings: Findings) -> None:
    name = definition.name
    layer = lookup(name.text)
    if name.text in scope.blocks:
        labels = [Label(scope.blocks[name.text].name.span, "defined here")]
        findings.put(diagnose(NameTaken("another block", name.text), name.span, labels=labels), ())
    elif layer is not None:
        findings.put(diagnose(BlockShadowsLayer(name.text, layer.kind.keyword), name.span), ())
    else:
        problem = lower_case("block", name)
        if problem is not None:
            findings.put(diagnose(problem, name.span), ())
    scope.blocks.setdefault(name.text, definition)


def lower_case(what: str, name: tree.Name) -> Problem | None:
    """Returns what is wrong with the name of a block or network, None for one that begins with a capital letter."""
    if name.text[0].isupper():
        return None
    letters = name.text.lstrip("_")
    advice = None
    if letters:
        capital = letters[0].upper()
        # many scripts know no capitals
        advice = f"write `{capital}{letters[1:]}`" if capital != letters[0] else f"write `{what[0].upper()}{letters}`"
    return Structure(f"the name of a {what} begins with a capital letter, unlike `{name.text}`", advice)
