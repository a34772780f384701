"""The words that mean something of their own in the YAML notation, and how each is written.

What else stands where a statement begins is called: a layer, a block, or a parameter that is bound to one.
"""

from __future__ import annotations

MODIFIERS = ("label", "expect")  # beside every word
COMPANIONS = {
    "layers": (),
    "let": (),
    "input": (),
    "call": (),
    "repeat": ("as", "layers"),
    "for": ("in", "as", "layers"),
    "if": ("then", "else"),
    "residual": ("shortcut",),
    "add": (),
    "concat": (),
    "multiply": (),
    "from": (),
    "reuse": (),
    "output": (),
    "require": (),
}  # the words of statements, each with the keys that may stand beside it
MERGES = ("add", "concat", "multiply")
DEFINITIONS = ("import", "let", "blocks", "block", "network", "params", "input", "layers", "train")
BLOCK_KEYS = ("block", "params", "layers")

EXAMPLES = {
    "layers": "- layers: [...]",
    "let": "- let: {width: 64}",
    "input": "- input: 3x32x32",
    "call": "- call: name",
    "repeat": "- {repeat: 3, layers: [...]}",
    "for": '- {for: c, in: "[64, 128]", layers: [...]}',
    "if": "- {if: stride != 1, then: [...]}",
    "residual": "- residual: [...]",
    "add": "- add: skip",
    "concat": "- concat: skip",
    "multiply": "- multiply: gate",
    "from": "- from: skip",
    "reuse": "- reuse: encoder",
    "output": "- output: [left, right]",
    "require": "- require: parameters <= 5_000_000",
    "label": "- {label: conv1, conv: ...}",
    "expect": "- {conv: ..., expect: 16x5x5}",
    "as": "- {repeat: 3, as: i, layers: [...]}",
    "in": '- {for: c, in: "[64, 128]", layers: [...]}',
    "then": "- {if: stride != 1, then: [...]}",
    "else": "- {if: stride != 1, then: [...], else: [...]}",
    "shortcut": "- {residual: [...], shortcut: [...]}",
    "branches": "- add: {branches: [...]}",
}
RESERVED = frozenset((*EXAMPLES, *DEFINITIONS))  # to call what has such a name: `- call: name`
