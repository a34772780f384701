"""Several processes that need the same file fetch it once."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cnnspec.training.data.download import fetch

CONTENT = bytes(range(256)) * 500
SUM = hashlib.md5(CONTENT).hexdigest()

FETCH = """
import sys
from pathlib import Path
from cnnspec.training.data.download import fetch
print("ready", flush=True)
input()
print(fetch("mnist", sys.argv[1], sys.argv[2], Path(sys.argv[3]), "mnist/file.gz"))
"""


class SlowServer(ThreadingHTTPServer):
    """Serves one file, slowly, and counts how often."""

    asked = 0


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, SlowServer)
        self.server.asked += 1
        time.sleep(1.0)
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def server() -> Iterator[SlowServer]:
    with SlowServer(("127.0.0.1", 0), _Handler) as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.mark.skipif(sys.platform == "win32", reason="has no locks of this kind")
@pytest.mark.parametrize("apart", [False, True])
def test_one_fetches_and_the_others_wait(tmp_path: Path, server: SlowServer, apart: bool) -> None:
    """Where each has a folder of its own, each fetches."""
    address = f"http://127.0.0.1:{server.server_address[1]}/file.gz"
    folders = [tmp_path / str(place if apart else 0) for place in range(2)]
    commands = [[sys.executable, "-c", FETCH, address, SUM, str(folder)] for folder in folders]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, bufsize=1) for command in commands]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:  # at once, while the server still waits
        assert process.stdin is not None
        process.stdin.write("\n")
    found = [process.communicate()[0].strip() for process in processes]
    assert found == [str(folder / "file.gz") for folder in folders]
    assert all(Path(path).read_bytes() == CONTENT for path in found)
    assert server.asked == (2 if apart else 1)


def test_what_is_there_needs_no_lock(tmp_path: Path) -> None:
    """So a cache may be read-only."""
    (tmp_path / "file.gz").write_bytes(CONTENT)
    assert fetch("mnist", "http://localhost:1/file.gz", SUM, tmp_path, "mnist/file.gz") == tmp_path / "file.gz"
    assert [path.name for path in tmp_path.iterdir()] == ["file.gz"]
