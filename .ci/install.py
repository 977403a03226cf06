"""Install one lock file into this .venv, then the project itself. Every package is pinned and its hash is checked."""

import subprocess
import sys
import sysconfig
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
PIP = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def install(*arguments: str) -> None:
    """Run pip; on failure stop with one sentence after pip's own words."""
    if subprocess.run([*PIP, *arguments]).returncode:
        sys.exit(
            f"setup: pip could not install ({' '.join(arguments)}); see its own words above.\n"
            "Most often the package registry cannot be reached from here, or the disk is full (about 1.5 GB is needed\n"
            "while installing). Nothing else was changed: fix that and call the same make command again."
        )


def write_places(site_packages: Path) -> None:
    """Name the folders of our packages in a .pth file.

    An editable installation is found by a finder that Python asks last. In the folder above a checkout called
    ``leadlight``, as in a notebook of Colab, ``import leadlight`` would take that folder for an empty package.
    """
    places = (TOP, TOP / "serving" / "python_api")
    (site_packages / "leadlight_checkout.pth").write_text("".join(f"{place}\n" for place in places), encoding="utf-8")


def main(lock: str) -> None:
    """Install the packages exactly as locked, then the project, without a second look at the registry."""
    install("--require-hashes", "--requirement", lock)
    install("--no-deps", "--no-build-isolation", "--editable", ".")
    write_places(Path(sysconfig.get_path("purelib")))


if __name__ == "__main__":
    main(sys.argv[1])
