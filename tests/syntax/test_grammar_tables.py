"""The kept tables of the grammar are those that lark computes from it."""

from __future__ import annotations

import pytest

from cnnspec.syntax import tables


def test_kept_tables_are_in_step_with_the_grammar() -> None:
    assert tables.KEPT.read_text(encoding="utf-8") == tables.kept_text(), "run `python -m cnnspec.syntax.tables`"


def test_a_changed_grammar_is_compiled_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    grammar = tables.GRAMMAR.read_text(encoding="utf-8") + "\n// changed\n"
    monkeypatch.setattr(tables, "GRAMMAR", _File(grammar))
    tables._plain_tables.cache_clear()
    try:
        assert tables._plain_tables()["grammar"] == grammar
    finally:
        tables._plain_tables.cache_clear()


class _File:
    def __init__(self, text: str) -> None:
        self.text = text

    def read_text(self, encoding: str) -> str:
        return self.text
