"""A service in a process of its own, for tests of what only a real server does."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from serving.keys import KeyFile
from serving.people.passwords import Passwords
from serving.settings import Settings
from serving.store.store import Store

PASSWORD = "four calm herons wait"

START = "import sys; from pathlib import Path; from serving.service import serve; serve(sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))"


@dataclass
class Running:
    """The process, where it listens, the file it prints to, and a key of an admin. anna may sign in, role desk, with ``PASSWORD``."""

    process: subprocess.Popen
    port: int
    printed: Path
    key: str

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def visitor(self) -> httpx.Client:
        """A browser in which anna has signed in."""
        begun = httpx.post(f"{self.address}/sign-in", data={"name": "anna", "password": PASSWORD}, timeout=20)
        return httpx.Client(base_url=self.address, timeout=20, cookies=begun.cookies)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def service(folder: Path, bundle_folder: str, **variables: str) -> Iterator[Running]:
    """The service, ready to answer; ended with the block."""
    home, printed = folder / "home", folder / "printed"
    key, _ = KeyFile(home).add("admin", "tests", None)
    with Store.open(Settings(home)) as store, store.transaction() as at:
        at.people.add("anna", "Anna", "desk", Passwords(memory_kib=8, passes=1).hashed(PASSWORD))
    port = free_port()
    words = [sys.executable, "-c", START, "127.0.0.1", str(port), bundle_folder, str(home)]
    with open(printed, "wb") as file:
        environment = os.environ | {"BENTOML_HOME": str(folder / "bento")} | variables
        process = subprocess.Popen(words, stdout=file, stderr=subprocess.STDOUT, start_new_session=True, cwd=folder, env=environment)
    found = Running(process, port, printed, key)
    until = time.monotonic() + 60
    while not found.answers() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.1)
    try:
        yield found
    finally:
        if process.poll() is None:  # asked, not killed: the worker is in a group of its own and would outlive its parent
            process.send_signal(signal.SIGTERM)
            process.wait(30)
