"""Which checks are there, and how does each explain itself? Discovered in its folder, so that none is forgotten.

Lives here: discovering them, the page made of their docstrings (``training/checks/README.md``).
Does not live here: running them (``run_checks``, ``verify``, ``training.registry.promotion_contract``).
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from training import checks

__all__ = ["find_checks", "explain_check", "render_page"]


@cache
def find_checks() -> dict[str, ModuleType]:
    """Return code -> module of the check, in the order of their numbers.

    >>> list(find_checks())[:2]
    ['LC001', 'LC002']
    """
    modules: dict[str, ModuleType] = {}
    for entry in iter_modules(checks.__path__):
        module = import_module(f"{checks.__name__}.{entry.name}")
        for member in vars(module).values():
            if isinstance(member, type) and member.__module__ == module.__name__ and hasattr(member, "code"):
                modules[member.code] = module
    return dict(sorted((code, module) for code, module in modules.items() if isinstance(code, str)))


def explain_check(code: str) -> str:
    """Return how a check works, why it matters and what to do: its module docstring without the question."""
    return (find_checks()[code].__doc__ or "").split("\n", 2)[2].strip()


def render_page() -> str:
    """Render all checks as a page of Markdown."""
    lines = [
        "# The checks",
        "",
        "One file and one class each. `leadlight check` prints a line for each; "
        "one that fails blocks a promotion unless somebody signs a waiver.",
        "",
    ]
    for code, module in find_checks().items():
        question = (module.__doc__ or "").split("\n", 1)[0].removeprefix(f"{code}: ")
        lines += [f"## {code}: {question}", "", explain_check(code), ""]
    return "\n".join(lines)
