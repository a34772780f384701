"""What is wrong with a rendered text: characters that act on a terminal, and what the schema of SARIF says."""

import json
import unicodedata
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator

SCHEMA = json.loads(Path(__file__).with_name("sarif_schema.json").read_text(encoding="utf-8"))


def harmful(text: str) -> list[str]:
    """Returns the characters other than newline that act on a terminal, hide, or cannot be encoded."""
    return [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


def sarif_complaints(document: Any) -> list[str]:
    """Returns what the schema of the standard has to say against a document."""
    return [error.message for error in Draft4Validator(SCHEMA).iter_errors(document)]
