"""Can this machine set Leadlight up? Says what is missing, in words, before anything is made.

Runs on any python3, however old, so it uses nothing newer than 3.3.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "setup: this is Python %d.%d, and Leadlight needs 3.11 or newer.\n"
        "Install a newer one and name it: make PYTHON=python3.12 demo" % sys.version_info[:2]
    )
try:
    import ensurepip  # noqa: F401  (what `python3 -m venv` needs to put pip inside)
    import venv  # noqa: F401
except ImportError as missing:
    sys.exit(
        "setup: this Python has no '%s' module, so it cannot make .venv.\n"
        "On Debian or Ubuntu: apt-get install python3-venv. Then call make again." % missing.name
    )
