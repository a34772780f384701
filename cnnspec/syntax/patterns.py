"""What tokens look like: one regular expression reads each token, blanks and comments before it included."""

from __future__ import annotations

import re

SPACE = r"[ \t\r\f]*(?:\#[^\n]*)?"
_LABEL = r"(?P<LABEL>[A-Za-z0-9_][\w-]*)[ \t]*:"
_STEM = r"(?P<STEM>[A-Za-z0-9_][\w-]*+)(?=\{)"  # perhaps the first part of a label with templates
_TOKEN = r"""
    (?P<NEWLINE>\n)
  | (?P<COMMA>,)
  | (?P<ARGNAME>[^\W\d]\w*)[ \t]*=(?!=)
  | (?P<NAME>[^\W\d]\w*)
  | (?P<INTEGER>[0-9][0-9_]*)(?![\w.])
  | (?P<SIZE>[0-9]+(?:x(?:[0-9]+|[A-Z][A-Z0-9_]*))+)(?![\w.])
  | (?P<FLOAT>(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*|[0-9][0-9_]*(?=[eE]))(?:[eE][+-]?[0-9]+)?)(?![\w.])
  | (?P<STRING>"(?:[^"\\\n]|\\.)*")
  | (?P<ARROW>->)
  | (?P<OPERATOR>\*\*|//|==|!=|<=|>=|[*/%<>])
  | (?P<SIGN>[+-])
  | (?P<LPAR>\() | (?P<RPAR>\)) | (?P<LSQB>\[) | (?P<RSQB>\])
  | (?P<LBRACE>\{) | (?P<RBRACE>\})
  | (?P<COLON>:)
  | (?P<BADNUMBER>\.?[0-9][\w.]*)
  | (?P<DOT>\.)
  | (?P<BADSTRING>"[^\n]*)
  | (?P<END>\Z)
"""

INSIDE = re.compile(f"{SPACE}(?:{_TOKEN})", re.VERBOSE)
AT_START = re.compile(f"{SPACE}(?:{_LABEL}|{_STEM}|{_TOKEN})", re.VERBOSE)
QUOTED = re.compile(r"'[\w. -]*'|[‘’“”„«»＂＇][\w. -]*[‘’“”„«»＂＇]")  # as strings are elsewhere
END_OF_LINE = re.compile(rf"{SPACE}(?:\n|\Z)", re.VERBOSE)
END_OF_STATEMENT = re.compile(rf";+{SPACE}(?:\n|\Z)", re.VERBOSE)  # as elsewhere
PARENTHESES = re.compile(r"\((?P<inside>(?:[^()\n]|\([^()\n]*\))*)\)")  # one level inside
BRACE_OF_LINE = re.compile(r'"(?:[^"\\\n]|\\.)*"|[{}#\n]')  # and what ends a line
REFERENCE_GOES_ON = re.compile(r"[\w{]|[ \t]*,")
END_OF_LABEL = re.compile(r"[\w-]*(?:(?P<hole>\{)|[ \t]*:)")
TEXT_IN_NAME = re.compile(r"\w+")
TEXT_IN_LABEL = re.compile(r"[\w-]+")
GOES_ON = re.compile(rf"(?:{SPACE}\n)*[ \t\r\f]*(?P<word>else|elif|shortcut)(?=[ \t]+[^\s:])", re.VERBOSE)
DEFINITION = re.compile(r'(?:network|block|train|import)[ \t]+(?!(?:if|else|and|or|in)\b)[\w"{]')  # no expression goes on so
