"""Is this XML safe? Bytes -> an element tree, with every trap of XML refused.

Lives here: the limits on elements, attributes and depth; what defusedxml does not refuse (processing instructions,
encodings other than UTF-8). Does not live here: what the elements mean (``salesforce``).

defusedxml refuses document types, entities and external references as soon as they begin, so nothing can grow."""

from collections.abc import Iterator
from typing import NoReturn
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from serving.errors import RequestError

__all__ = ["find_all", "find_one", "parse_xml", "split_tag"]

MAX_DEPTH = 12
MAX_ELEMENTS = 20_000
MAX_ATTRIBUTES = 20
"""Of one element."""


def parse_xml(body: bytes) -> Element:
    """Parse a document and return its root.

    Raises
    ------
    RequestError
        With status 400 and a message that says what to fix; never with a value.

    >>> find_one(parse_xml(b'<a xmlns="urn:x"><b> 1 </b></a>'), "urn:x", "b").text
    ' 1 '
    """
    _require_utf_8(body)
    parser = DefusedXMLParser(target=_LimitedBuilder(), encoding="utf-8", forbid_dtd=True)
    try:
        parser.feed(body)
        return parser.close()
    except DefusedXmlException:
        raise _invalid("has a document type or an entity of its own, which is not accepted") from None
    except ParseError as fault:
        line, column = fault.position
        raise _invalid(f"is not well-formed XML in UTF-8 (line {line}, column {column})") from None


def find_all(element: Element, namespace: str, name: str) -> Iterator[Element]:
    """Find the children with a name."""
    return element.iterfind(f"{{{namespace}}}{name}")


def find_one(element: Element, namespace: str, name: str) -> Element:
    """Find the only child with a name.

    Raises
    ------
    RequestError
        If there is none, or more than one.
    """
    children = list(find_all(element, namespace, name))
    if len(children) != 1:
        count = "no" if not children else "more than one"
        raise _invalid(f"has {count} <{name}> where one was expected, in its namespace")
    return children[0]


def split_tag(element: Element) -> tuple[str, str]:
    """Return the namespace and the name of an element.

    >>> split_tag(Element("{urn:x}a")), split_tag(Element("a"))
    (('urn:x', 'a'), ('', 'a'))
    """
    namespace, _, name = element.tag.rpartition("}")
    return namespace.removeprefix("{"), name


def _require_utf_8(body: bytes) -> None:
    """Refuse other encodings before expat sees them: it recognizes UTF-16 by its first bytes, whatever it was told."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        raise _invalid("is not UTF-8") from None
    if b"\x00" in body:
        raise _invalid("holds a zero byte, which no XML in UTF-8 does")


class _LimitedBuilder(TreeBuilder):
    """Builds the tree, and stops as soon as a limit is reached."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = self._count = 0

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        """Open an element."""
        self._count += 1
        self._depth += 1
        if self._count > MAX_ELEMENTS or len(attrs) > MAX_ATTRIBUTES:
            raise _invalid("has more elements or attributes than an outbound message")
        if self._depth > MAX_DEPTH:
            raise _invalid(f"is nested deeper than {MAX_DEPTH} levels")
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        """Close an element."""
        self._depth -= 1
        return super().end(tag)

    def pi(self, target: str, text: str | None = None) -> NoReturn:
        """Refuse a processing instruction."""
        raise _invalid("has a processing instruction, which is not accepted")


def _invalid(fault: str) -> RequestError:
    return RequestError(400, "invalid_xml", f"The request body {fault}; send an outbound message as Salesforce does.")
