"""Does a test file mirror its module? Which modules have none of their name, and does their number only fall?"""

from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("features", "training", "serving")
LIST = Path(__file__).with_name("modules_without_tests.txt")


def list_modules() -> list[str]:
    """Every public module of the rooms. A migration is tested by ``test_migrations``, whatever it does."""
    paths = [path.relative_to(ROOT) for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return [str(path) for path in paths if not path.name.startswith("_") and path.parent.name != "versions"]


def find_test_file(module: str) -> Path:
    """The test file that mirrors a module: ``tests/features/test_batch.py`` for ``features/batch.py``."""
    path = Path("tests") / module
    return ROOT / path.with_name(f"test_{path.name}")


def test_a_new_module_has_a_test_file_of_its_name():
    without = {module for module in list_modules() if not find_test_file(module).exists()}
    listed = {line for line in LIST.read_text().splitlines() if line and not line.startswith("#")}

    assert without - listed == set(), (
        "write tests/ROOM/test_MODULE.py: the list of modules without one only gets shorter"
    )
    assert listed - without == set(), f"these have one now, or are gone: take them out of {LIST.name}"
