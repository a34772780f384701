"""No thread of gloo is left when a run is over: one that outlived it could abort the process while Python shuts down."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path

import pytest
from launches import LIMIT, launch_script, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at threads in /proc")

SPEC = """
network Net {
    input 1x8x8
    flatten
    linear 10
}
train {
    data digits
    optimizer sgd, lr=RATE
    epochs EPOCHS
}
"""
# Says which threads there are when Python is about to shut down.
SCRIPT = """
import os
from pathlib import Path
from cnnspec.cli.main import main
from cnnspec.training.processes import connection
BEFORE
try:
    main()
finally:
    names = sorted(path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm"))
    os.write(2, f"left in {os.environ['RANK']} {names}\\n".encode())  # at once: the other process writes as well
"""


def left(folder: Path, rate: str = "0.1", epochs: int = 1, before: str = "", stops: bool = False) -> tuple[int, str, list[str]]:
    """Returns exit code and output of a run of two processes, and the names of the threads that each has at its end."""
    (folder / "net.cnn").write_text(SPEC.replace("RATE", rate).replace("EPOCHS", str(epochs)))
    (folder / "parting.py").write_text(SCRIPT.replace("BEFORE", before))
    process = launch_script(folder, "parting.py", "train", "net.cnn", "--out", "run")
    if stops:
        until(process, "epoch +2/")
        process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=LIMIT)
    return process.returncode, output, re.findall(r"left in \d (\[.*\])", output)


def test_the_threads_of_a_run_end_with_it(tmp_path: Path) -> None:
    code, output, names = left(tmp_path)
    assert code == 0, output
    assert len(names) == 2, output
    assert not any("gloo" in found or "lifelines" in found for found in names), names


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "stops", "said"),
    [("0.1", True, "run is interrupted"), ("1e38", False, "the loss became")],
    ids=["interrupted", "not finite"],
)
def test_so_they_do_where_it_ends_early(tmp_path: Path, rate: str, stops: bool, said: str) -> None:
    code, output, names = left(tmp_path, rate, 5000, stops=stops)
    assert code != 0
    assert output.count(said) == 1, output
    assert names, output  # torchrun ends the others as soon as one has failed
    assert not any("gloo" in found or "lifelines" in found for found in names), names


@pytest.mark.slow
def test_they_are_there_while_anybody_knows_the_group(tmp_path: Path) -> None:
    """As the functions of torch do that are first imported when it exists."""
    code, output, names = left(tmp_path, before="connection.importlib = type('', (), {'import_module': lambda name: None})")
    assert code == 0, output
    assert len(names) == 2, output
    assert all("gloo" in found for found in names), names
