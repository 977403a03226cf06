"""What is remembered of texts that come again and again, and for how long? Their meaning, until it is forgotten.

Lives here: remembering the results of a function of a text, or of one object; forgetting all of them at once.
Does not live here: what no lead brings, such as files and headers, which takes ``functools.lru_cache``.

A phone number or a name that was read must not stay in the memory of a service that runs for months.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, ParamSpec, Self, TypeVar, cast
from weakref import WeakValueDictionary

__all__ = ["TextMemory", "forget_texts", "remember_texts"]

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")
_FORGET: list[Callable[[], None]] = []
"""Empties the memory of each function."""
_MEMORIES: "WeakValueDictionary[int, TextMemory[Any]]" = WeakValueDictionary()
"""The memories of objects, by their ids, as long as they live."""


def remember_texts(limit: int) -> Callable[[Callable[_Arguments, _Result]], Callable[_Arguments, _Result]]:
    """Return a decorator: the function remembers its latest results, ``limit`` of them, until ``forget_texts``.

    >>> @remember_texts(2)
    ... def count_letters(text):
    ...     print("counted")
    ...     return len(text)
    >>> count_letters("ab"), count_letters("ab")
    counted
    (2, 2)
    >>> forget_texts()
    >>> count_letters("ab")
    counted
    2
    """

    def decorate(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
        remembered = lru_cache(maxsize=limit)(function)
        _FORGET.append(remembered.cache_clear)
        return cast(Callable[_Arguments, _Result], remembered)

    return decorate


class TextMemory(dict[str, _Result]):
    """What texts mean to one object, until ``forget_texts``. Senders may make texts up, so that it is bounded.

    Parameters
    ----------
    limit : int
        Texts that are kept at most; it is emptied before another one.
    longest : int
        Characters of a text that is kept, at most.

    >>> memory = TextMemory(limit=2, longest=3)
    >>> [memory.keep(text, len(text)) for text in ("a", "ab", "long")], dict(memory)
    ([1, 2, 4], {'a': 1, 'ab': 2})
    >>> memory.keep("abc", 3), dict(memory)
    (3, {'abc': 3})
    >>> forget_texts(), dict(memory)
    (None, {})
    """

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """Make one that is forgotten with the others, copies and those from another process included."""
        memory = super().__new__(cls)
        _MEMORIES[id(memory)] = memory
        return memory

    def __init__(self, limit: int, longest: int) -> None:
        super().__init__()
        self._limit, self._longest = limit, longest

    def keep(self, text: str, result: _Result) -> _Result:
        """Remember what a text means, and return it."""
        if len(text) <= self._longest:
            if len(self) >= self._limit:
                self.clear()
            self[text] = result
        return result


def forget_texts() -> None:
    """Forget every text of a lead that is remembered; what it means is computed again when it comes again."""
    for forget in _FORGET:
        forget()
    for reference in _MEMORIES.valuerefs():
        memory = reference()
        if memory is not None:
            memory.clear()
