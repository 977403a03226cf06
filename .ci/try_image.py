"""Do the image's steps work where no container engine is? They are run in a clean root: a folder with nothing in it but
this machine's system and Python, read-only, and what the Dockerfile copies and makes.

    python .ci/try_image.py ROOT DATA COMMAND...    # as root, on Linux; from the project's top folder

What an engine would do is done with mounts and chroot: the steps of serving/install/Dockerfile in their order, then
COMMAND as user 10001, without capabilities, in a tree that is read-only but for /data (the folder DATA) and /tmp. Two
steps need what only an engine has, and are replaced: the base image is this machine's /usr and Python, and the locked
packages are those that run this script. Everything is undone when the command ends.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

TOP = Path(__file__).parents[1]
DOCKERFILE = TOP / "serving/install/Dockerfile"
IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info")
PACKAGES = "/locked"
BASE_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/tmp"}
FILES_OF_ETC = frozenset(
    ("passwd", "group", "shadow", "gshadow", "login.defs", "nsswitch.conf", "hosts", "localtime", "ssl")
    + ("ld.so.conf", "ld.so.conf.d", "ld.so.cache")
)
"""Names of users and the loader's settings."""

DEVICES = ("null", "zero", "full", "random", "urandom")


def run(*command: str) -> None:
    """Run a command, or stop with what it was."""
    if code := subprocess.run(command).returncode:
        sys.exit(f"try_image: {shlex.join(command)} ended with {code}.")


def mount(source: str | Path, target: Path, is_read_only: bool = True) -> None:
    """Show a folder or file of this machine in the clean root."""
    if Path(source).is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    run("mount", "--bind", str(source), str(target))
    if is_read_only:
        run("mount", "-o", "remount,ro,bind", str(target))


def read_steps() -> list[tuple[str, str]]:
    """Return (word, rest) of each step of the Dockerfile, in order."""
    text = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE))
    words = [line.partition(" ") for line in text.splitlines() if line.strip()]
    return [(word, rest.strip()) for word, _, rest in words]


def make_base(root: Path) -> None:
    """Make what stands for the base image: system and Python of this machine, and an /etc of its own."""
    for name in ("bin", "lib", "lib64", "sbin"):
        if (link := Path("/", name)).is_symlink():
            (root / name).symlink_to(os.readlink(link))
        elif link.is_dir():
            mount(link, root / name)
    mount("/usr", root / "usr")
    if not Path(sys.base_prefix).is_relative_to("/usr"):
        mount(sys.base_prefix, root / sys.base_prefix.lstrip("/"))
    mount(sysconfig.get_path("purelib"), root / PACKAGES.lstrip("/"))
    shutil.copytree("/etc", root / "etc", symlinks=True, ignore=lambda folder, names: ignored_of_etc(folder, names))
    for folder in ("tmp", "data", "proc", "dev", "built", "opt", "root", "home", "var/tmp"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for device in DEVICES:
        mount(f"/dev/{device}", root / "dev" / device, is_read_only=False)
    run("mount", "-t", "proc", "proc", str(root / "proc"))


def ignored_of_etc(folder: str, names: list[str]) -> list[str]:
    """Return what of /etc is not copied."""
    return [name for name in names if name not in FILES_OF_ETC] if folder == "/etc" else []


def build(root: Path) -> tuple[dict[str, str], list[str]]:
    """Run the steps; return the environment and the user of the image."""
    environment, user, folder = dict(BASE_ENVIRONMENT), "0:0", "/"
    for word, rest in read_steps():
        if word == "FROM":
            environment, folder = dict(BASE_ENVIRONMENT), "/"
        elif word == "ENV":
            values = dict(part.split("=", 1) for part in shlex.split(rest))
            environment |= {name: value.replace("$PATH", environment["PATH"]) for name, value in values.items()}
        elif word == "WORKDIR":
            folder = rest
            (root / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif word == "USER":
            user = rest
        elif word == "COPY" and not rest.startswith("--from"):
            *sources, target = shlex.split(rest)
            copy_in(sources, root / folder.lstrip("/") / target)
        elif word == "RUN":
            run_step(root, folder, rest, environment)
    return environment, user.split(":")


def copy_in(sources: list[str], target: Path) -> None:
    """Copy files and folders of the project, as COPY does."""
    for source in (TOP / name for name in sources):
        if source.is_dir():
            shutil.copytree(source, target, ignore=IGNORED, dirs_exist_ok=True)
        else:
            shutil.copy(source, target / source.name if target.is_dir() else target)


def run_step(root: Path, folder: str, step: str, environment: dict[str, str]) -> None:
    """Run one RUN step in the clean root, unless only an engine can."""
    python = f"{sys.base_prefix}/bin/python3"
    if "--require-hashes" in step:
        # Stands for the installation of the lock: the packages that run this script, which came from the same lock.
        path = next((root / "opt/leadlight/lib").glob("python3*/site-packages"))
        # Before the venv's own folder: the lock pins a newer setuptools than Python brings.
        (path / "locked.pth").write_text(f"import sys; sys.path.insert(1, {PACKAGES!r})\n")
        print(f"replaced: {step}", flush=True)
    elif step.startswith("apt-get"):
        print(f"replaced: {step}", flush=True)
    else:
        print(f"tried: {step}", flush=True)
        step = re.sub(r"^python ", f"{python} ", step)
        variables = [f"{name}={value}" for name, value in environment.items()]
        run("chroot", str(root), "/usr/bin/env", "-i", *variables, "/bin/sh", "-c", f"cd {folder} && {step}")


def start(root: Path, data: Path, environment: dict[str, str], user: list[str], command: list[str]) -> int:
    """Run the command as the image's user, in a tree that is read-only but for /data and /tmp; return its code."""
    uid, gid = user
    for path in (data, *data.rglob("*")):
        os.chown(path, int(uid), int(gid))
    run("mount", "--rbind", str(root), str(root))
    run("mount", "-o", "remount,ro,bind", str(root))
    mount(data, root / "data", is_read_only=False)
    run("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", str(root / "tmp"))
    as_user = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--no-new-privs", "--bounding-set=-all"]
    variables = [f"{name}={value}" for name, value in environment.items()]
    whole = ["chroot", str(root), *as_user, "/usr/bin/env", "-i", "-C", "/data", *variables, *command]
    return subprocess.run(whole).returncode


def main() -> int:
    """Build and run, inside a mount namespace of its own that ends with this process."""
    if os.geteuid() != 0:
        sys.exit("try_image: only root can make a clean root with mounts. Run it as root.")
    if os.environ.get("LEADLIGHT_TRY_IMAGE") != "inside":
        # The mounts are seen by nobody else, and are gone when this ends.
        inside = ["unshare", "--mount", "--propagation", "private", sys.executable, __file__, *sys.argv[1:]]
        return subprocess.run(inside, env=os.environ | {"LEADLIGHT_TRY_IMAGE": "inside"}).returncode
    # Whoever calls may keep its files to itself; in an image everybody can enter /dev and read the packages.
    os.umask(0o022)
    root, data, command = Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute(), sys.argv[3:]
    root.mkdir(parents=True)
    root.chmod(0o755)
    make_base(root)
    environment, user = build(root)
    return start(root, data, environment, user, command)


if __name__ == "__main__":
    sys.exit(main())
