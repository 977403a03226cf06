"""Do the image's steps work in a clean root, as user 10001 and read-only, where there is no container engine?"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[3]
SOAK = bool(os.environ.get("LEADLIGHT_SOAK"))

TRY = """
set -u
echo "user $(id -u):$(id -g)"
for place in / /opt/leadlight /usr /etc; do touch $place/x 2>/dev/null && echo "written: $place"; done
touch /tmp/x && echo "tmp can be written"
leadlight key add --role crm --name image >/dev/null && stat -c '%a %u %n' /data/keys.json
leadlight score --help >/dev/null && echo "help"
"""

SERVE = """
ASK="import urllib.request as r; print('ready', r.urlopen('http://127.0.0.1:3999/readyz', timeout=3).status)"
leadlight serve --port 3999 --model /data/bundle >/data/printed 2>&1 &
service=$!
for second in $(seq 180); do
    python -c "$ASK" 2>/dev/null && break
    sleep 1
done
python -c "$ASK"
kill $service; wait $service
find /data ! -perm 600 ! -perm 700 ! -path '/data/bundle*' ! -path /data | sed 's/^/open to others: /'
"""


def why_not() -> str:
    """Why no clean root can be made here; empty where it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "only root on Linux can make a clean root with mounts; run the tests as root to try the image's steps"
    tools = [name for name in ("unshare", "mount", "chroot", "setpriv") if shutil.which(name) is None]
    if tools:
        return f"the image's steps need {', '.join(tools)}"
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        return "mounts are forbidden here, also for root, so the image's steps cannot be tried"
    return ""


@pytest.mark.timeout(1_800)
def test_the_images_steps_run_as_its_user_in_a_tree_that_cannot_be_written(tmp_path, bundle_folder):
    if reason := why_not():
        pytest.skip(reason)
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    shutil.copytree(bundle_folder, data / "bundle")
    script = TRY + (SERVE if SOAK else "")
    command = [sys.executable, TOP / ".ci/try_image.py", tmp_path / "root", data, "/bin/sh", "-c", script]

    ran = subprocess.run(command, capture_output=True, text=True, timeout=1_500)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    lines = ran.stdout.splitlines()
    assert {"user 10001:10001", "tmp can be written", "600 10001 /data/keys.json", "help"} <= set(lines)
    assert [line for line in lines if line.startswith(("written: ", "open to others: "))] == []
    assert not SOAK or "ready 200" in lines
    assert (
        sum(line.startswith("tried: ") for line in lines) == 3
        and sum(line.startswith("replaced: ") for line in lines) == 2
    )
