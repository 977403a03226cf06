"""Which checks are there, and what does each say of itself? Found in this folder, so that none can be forgotten.

Lives here: finding them, the page made of their docstrings (``training/checks/README.md``). Does not live here: running
them (``findings``, ``contract``, ``verify``)."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from training import checks

__all__ = ["find_checks", "explain_check", "render_page"]


@cache
def find_checks() -> dict[str, ModuleType]:
    """Code -> the file of the check, in the order of their numbers.

    >>> list(find_checks())[:2]
    ['LC001', 'LC002']
    """
    found = {}
    for entry in iter_modules(checks.__path__):
        module = import_module(f"{checks.__name__}.{entry.name}")
        found |= {
            one.code: module
            for one in vars(module).values()
            if isinstance(one, type) and one.__module__ == module.__name__ and hasattr(one, "code")
        }
    return dict(sorted((code, module) for code, module in found.items() if isinstance(code, str)))


def explain_check(code: str) -> str:
    """How a check is made, why it matters and what to do: its file's docstring without the question."""
    return (find_checks()[code].__doc__ or "").split("\n", 2)[2].strip()


def render_page() -> str:
    """All checks as a page of Markdown."""
    lines = [
        "# The checks",
        "",
        "One file and one class each. `leadlight check` prints a line for each; one that fails stops a promotion unless somebody signs for it.",
        "",
    ]
    for code, module in find_checks().items():
        question = (module.__doc__ or "").split("\n", 1)[0].removeprefix(f"{code}: ")
        lines += [f"## {code}: {question}", "", explain_check(code), ""]
    return "\n".join(lines)
