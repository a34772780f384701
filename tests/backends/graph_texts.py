"""Random networks of all constructs as text, for hypothesis. Between statements every value is 4x6x6, so all combine."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

LABELS = (
    "x out self torch nn F _ if None match results module called super x2 out2 conv1 enc1 enc2 enc3 a-b relu relu2 left "
    "Sequential Basic in_channels OrderedDict print identity_shortcut_of_the_second_stage"
).split()
LAYERS = (
    "conv 4, kernel=3, padding=1, bias=false",
    "conv 4, 1, weight=0.5, bias_value=[0.25, 1, 2, 3], frozen=true",
    "batchnorm eps=1e-3",
    "relu",
    "layer_scale 0.5",
    "dropout 0.3",
    "drop_path 0.2",
    "maxpool 3, stride=1, padding=1",
    "reshape 4, 6, 6",
)
INSIDE = ("conv channels, kernel=size, padding=size // 2", "batchnorm", "conv 4 * channels, 1", "relu")


@dataclass
class Scope:
    """What can be said in a body: free labels, labelled values and modules that are seen, and the counters of loops around."""

    free: list[str]
    seen: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    counters: tuple[str, ...] = ()
    in_block: bool = False

    def inside(self, *counters: str) -> Scope:
        """Returns the scope of a body whose labels are not seen from here."""
        return Scope(self.free, list(self.seen), list(self.modules), (*self.counters, *counters), self.in_block)


@st.composite
def network_texts(draw: st.DrawFn) -> str:
    """Draws a file with two blocks and a network."""
    lines = ["block Inner(channels, size=1) {", *draw(bodies(Scope(_labels(draw), in_block=True), 2)), "conv 4, kernel=1", "}"]
    body = draw(bodies(Scope(_labels(draw), in_block=True), 1))
    lines += ["block Basic(channels, size=3, act=relu) {", *body, "act", "conv 4, kernel=1", "}"]
    scope = Scope(_labels(draw))
    lines += ["network Random {", *_inputs(draw, scope), *draw(bodies(scope, 0))]
    if scope.seen and draw(st.booleans()):
        outputs = draw(st.lists(st.sampled_from(scope.seen), min_size=1, max_size=4, unique=True))
        lines.append(f"output {', '.join(outputs)}")
    return "\n".join([*lines, "}"])


def _labels(draw: st.DrawFn) -> list[str]:
    return list(draw(st.permutations(LABELS)))


def _inputs(draw: st.DrawFn, scope: Scope) -> list[str]:
    several = draw(st.booleans())
    return [f"{_label(draw, scope, always=several)}input 4x6x6" for _ in range(1 + several)]


def _label(draw: st.DrawFn, scope: Scope, always: bool = False, is_module: bool = False) -> str:
    """Draws a label with its colon, or nothing; it can be referred to from the next statement on."""
    if not scope.free or not (always or draw(st.booleans())):
        return ""
    name = scope.free.pop()
    if scope.counters:
        return f"{name}{''.join(f'_{{{counter}}}' for counter in scope.counters)}: "
    if "-" not in name and name != "if":
        scope.seen.append(name)
        scope.modules += [name] if is_module else []
    return f"{name}: "


@st.composite
def bodies(draw: st.DrawFn, scope: Scope, depth: int) -> list[str]:
    """Draws the statements of a body."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 4 if depth < 2 else 2))):
        kinds = ["layer", "layer"] if depth > 3 else ["layer", "merge", "group", "repeat", "join", "block"]
        lines += _statement(draw, scope, depth, draw(st.sampled_from(kinds)))
    return lines


def _statement(draw: st.DrawFn, scope: Scope, depth: int, kind: str) -> list[str]:
    if kind == "group":
        body = draw(bodies(scope.inside(), depth + 1))
        return [f"{_label(draw, scope, is_module=True)}{{", *body, "}"]
    if kind == "repeat":
        counter = f"i{depth}"
        return [f"repeat 2 as {counter} {{", *draw(bodies(scope.inside(counter), depth + 1)), "}"]
    if kind == "merge":
        return _merge(draw, scope, depth)
    if kind == "join" and scope.seen:
        word = draw(st.sampled_from(["add", "multiply", "concat", "from", "reuse"] if scope.modules else ["add", "concat"]))
        target = draw(st.sampled_from(scope.modules if word == "reuse" else scope.seen))
        return [f"{word} {target}", *(["conv 4, 1"] if word == "concat" else [])]
    if kind == "block" and not scope.in_block:
        channels, size = draw(st.sampled_from([2, 4, 8])), draw(st.sampled_from([1, 3]))
        act = draw(st.sampled_from(["", ", act=relu", ", act=tanh"]))
        block = draw(st.sampled_from([f"Basic {channels}, size={size}{act}", f"Inner {channels}, {size}"]))
        return [_label(draw, scope, is_module=True) + block]
    if scope.in_block and draw(st.booleans()):
        return [_label(draw, scope) + draw(st.sampled_from(INSIDE)), "conv 4, 1"]
    return [_label(draw, scope, is_module=True) + draw(st.sampled_from(LAYERS))]


def _merge(draw: st.DrawFn, scope: Scope, depth: int) -> list[str]:
    word = draw(st.sampled_from(["residual", "concat", "add", "multiply"]))
    branches = [draw(bodies(scope.inside(), depth + 1)) for _ in range(draw(st.integers(1, 2)))]
    if word == "residual":
        shortcut = [] if len(branches) == 1 else ["} shortcut {", *branches[1]]
        return [f"{_label(draw, scope)}residual {{", *branches[0], *shortcut, "}"]
    grouped = [line for branch in branches for line in ("{", *branch, "}")]
    return [f"{_label(draw, scope)}{word} {{", "{ }", *grouped, "}", *(["conv 4, 1"] if word == "concat" else [])]
