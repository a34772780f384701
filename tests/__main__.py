"""Everything that has to hold before a change goes in, in one command: `python -m tests [pytest arguments]`.

Stops at the first step that fails, with its exit code; the last step is pytest.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCRIPTS = Path(sysconfig.get_path("scripts"))
STEPS = ("ruff check .", "ruff format --check .", "mypy", "lint-imports", "pytest -n 2")


def main(arguments: list[str]) -> int:
    """Returns 0, or the exit code of the first step that fails."""
    for step in STEPS:
        name, *options = shlex.split(step)
        if name == "pytest":
            options += arguments
        print(f"$ {shlex.join([name, *options])}", flush=True)
        code = subprocess.run([SCRIPTS / name, *options], cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode
        if code:
            print(f"failed: {step}", file=sys.stderr)
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
