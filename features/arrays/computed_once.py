"""What is computed when it is first asked for, and then kept? Properties of one batch, which no other thread has.

Lives here: ``computed_once``. Does not live here: what many threads share, which takes ``functools.cached_property``.
"""

import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

__all__ = ["computed_once"]

if TYPE_CHECKING or sys.version_info >= (3, 12):
    computed_once = cached_property
else:

    class computed_once(cached_property):  # noqa: N801  (it stands where cached_property stood)
        """A ``cached_property`` without its lock.

        Until Python 3.12 all objects of a class share one lock for each such property, and hold it while the value is
        computed: of two threads that score, one waited until the other had read its messages. Taking and releasing it
        fifty times was part of what one lead costs, too.
        """

        def __get__(self, instance: Any, owner: type | None = None) -> Any:
            """Compute the value and keep it on the object, which Python finds there from then on."""
            if instance is None:
                return self
            value = instance.__dict__[self.attrname] = self.func(instance)
            return value
