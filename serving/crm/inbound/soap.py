"""Is this XML that we can trust? Bytes -> a small tree, with every trap of XML refused in words.

Lives here: reading with expat, which the standard library brings; the limits.
Does not live here: what the elements mean (``salesforce``).

``defusedxml`` is not among our packages. A document type, an entity of its own, a reference to something outside and a
processing instruction are refused as soon as they begin; without a document type there is nothing that could grow. The
encoding is UTF-8 whatever the document says of itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from serving.errors import RequestError

__all__ = ["Element", "parse_xml"]

MAX_DEPTH = 12
MAX_ELEMENTS = 20_000
MAX_ATTRIBUTES = 20
"""Of one element."""


@dataclass
class Element:
    """One element: namespace, name, attributes, text, children."""

    namespace: str
    name: str
    attributes: dict[str, str] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)
    children: list["Element"] = field(default_factory=list, repr=False)

    def find_all(self, namespace: str, name: str) -> Iterator["Element"]:
        """The children of a name."""
        return (child for child in self.children if child.name == name and child.namespace == namespace)

    def find_one(self, namespace: str, name: str) -> "Element":
        """The one child of a name.

        Raises
        ------
        RequestError
            If there is none, or more than one.
        """
        found = list(self.find_all(namespace, name))
        if len(found) != 1:
            raise _refused(
                f"has {'no' if not found else 'more than one'} <{name}> where one was expected, in its namespace"
            )
        return found[0]


def parse_xml(body: bytes) -> Element:
    """The root of a document.

    Raises
    ------
    RequestError
        With status 400 and one sentence that says what to mend; never with a value.

    >>> parse_xml(b'<a xmlns="urn:x"><b> 1 </b></a>').find_one("urn:x", "b").text
    ' 1 '
    """
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    reader = _Reader()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = (
        reader.start,
        reader.end,
        reader.characters,
    )
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _no_document_type
    parser.ExternalEntityRefHandler = parser.SkippedEntityHandler = parser.UnparsedEntityDeclHandler = _no_entity
    parser.ProcessingInstructionHandler = _no_instruction
    _must_be_utf_8(body)
    try:
        parser.Parse(body, True)
    except expat.ExpatError as fault:
        raise _refused(f"is not well-formed XML in UTF-8 (line {fault.lineno}, column {fault.offset})") from None
    return reader.root


def _must_be_utf_8(body: bytes) -> None:
    """Refuse other encodings before expat sees them: it recognises UTF-16 by its first bytes, whatever it was told."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        raise _refused("is not UTF-8") from None
    if b"\x00" in body:
        raise _refused("holds a zero, which no XML in UTF-8 does")


class _Reader:
    """Builds the tree."""

    def __init__(self) -> None:
        self.root: Element = Element("", "")
        self._open: list[Element] = []
        self._pieces: list[list[str]] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._count += 1
        if self._count > MAX_ELEMENTS or len(attributes) > MAX_ATTRIBUTES:
            raise _refused("has more elements or attributes than an outbound message")
        if len(self._open) >= MAX_DEPTH:
            raise _refused(f"is nested deeper than {MAX_DEPTH} levels")
        namespace, _, local = name.rpartition(" ")
        element = Element(namespace, local, attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._pieces.append([])

    def end(self, name: str) -> None:
        """An element ends."""
        self._open.pop().text = "".join(self._pieces.pop())

    def characters(self, text: str) -> None:
        """Text of the innermost element."""
        self._pieces[-1].append(text)


def _no_document_type(*_: Any) -> None:
    raise _refused("has a document type or an entity of its own, which is not taken")


def _no_entity(*_: Any) -> int:
    raise _refused("refers to an entity, which is not taken")


def _no_instruction(*_: Any) -> None:
    raise _refused("has a processing instruction, which is not taken")


def _refused(found: str) -> RequestError:
    return RequestError(400, "invalid_xml", f"The request body {found}; send an outbound message as Salesforce does.")
