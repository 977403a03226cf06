"""Which of our source goes beside a logged model? What scoring needs, so that it loads without an installation.


Lives here: the copy without what only learning reads: the corpus of messages, caches.
Does not live here: logging (``mlflow_tracking``).
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import features
import training

__all__ = ["copy_sources"]

_LEFT_OUT = ("__pycache__", "*.py[co]", "corpus")


@contextmanager
def copy_sources() -> Iterator[list[Path]]:
    """Copy the source folders that a model needs; the copy is gone after the block.

    >>> with copy_sources() as folders:
    ...     [folder.name for folder in folders], (folders[1] / "pyfunc.py").exists()
    (['features', 'training'], True)
    """
    with tempfile.TemporaryDirectory() as folder:
        copies = []
        for package in (features, training):
            source = Path(str(package.__file__)).resolve().parent
            copies.append(Path(folder) / source.name)
            shutil.copytree(source, copies[-1], ignore=shutil.ignore_patterns(*_LEFT_OUT))
        yield copies
