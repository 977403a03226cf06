"""Show the examples of docstrings as code: Markdown would take ``>>>`` for a quotation. Loaded by `make docs-site`."""

import re

import griffe

EXAMPLE = re.compile(r"^>>> .*(?:\n.*\S.*)*", re.MULTILINE)
"""From the first prompt to the next empty line."""


class DoctestBlocks(griffe.Extension):
    """Puts a fence around each example of every docstring."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        """Rewrite one docstring."""
        if obj.docstring is not None:
            obj.docstring.value = EXAMPLE.sub(lambda match: f"```pycon\n{match[0]}\n```", obj.docstring.value)
