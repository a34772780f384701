"""settings.json of a run whose number of epochs was changed: what it says then, and what it said before. No torch.

`recipe.epochs` is the number that holds. `extended` lists the earlier ones, the first being that of the beginning, each with
the `steps` (of the optimizer, over all epochs) that the run had behind it when another one took its place.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cnnspec.training.run_folder.plain_files import plain_bytes


def json_text(value: Any) -> str:
    """Returns JSON as the files of a run hold it."""
    return json.dumps(value, indent=2) + "\n"


def are_of_run(path: Path) -> bool:
    """Returns whether a file `settings.json` is that of a run, damaged or not: other programs have such files, too."""
    try:
        return b'"recipe"' in plain_bytes(path)
    except OSError:
        return False


def extended(text: str, epochs: int, steps: int) -> str:
    """Returns settings with another number of epochs, from a step on."""
    settings = json.loads(text)
    earlier = {"epochs": settings["recipe"]["epochs"], "steps": steps}
    settings["recipe"]["epochs"] = epochs
    return json_text({**settings, "extended": [*settings.get("extended", []), earlier]})


def as_begun(text: str) -> str:
    """Returns the settings that a run began with; a text that `extended` did not write, as it is."""
    settings = json.loads(text)
    if json_text(settings) != text:
        return text
    try:
        settings["recipe"]["epochs"] = settings.pop("extended")[0]["epochs"]
    except (KeyError, IndexError, TypeError):
        return text
    return json_text(settings)
