"""Does a throw-away PostgreSQL leave anything behind when its test process is killed?"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.postgresql import why_not

ROOT = Path(__file__).parents[2]
_HOLD = """
import sys, time
from pathlib import Path
from tests.support.postgresql import running_server
with running_server(Path(sys.argv[1])) as url:
    print(url, flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
def test_a_killed_test_process_leaves_no_server_and_no_folder():
    # Outside of pytest's folder, which only its owner can enter: the server runs as nobody.
    folder = Path(tempfile.mkdtemp(prefix="leadlight-killed-"))
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    port = urlsplit(holder.stdout.readline().strip()).port

    os.kill(holder.pid, signal.SIGKILL)
    holder.wait(timeout=30)

    end = time.monotonic() + 30
    while time.monotonic() < end and (folder.exists() or _listens(port)):
        time.sleep(0.1)
    assert not folder.exists()
    assert not _listens(port)


def _listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
