"""Which product wrote this export, and what does it call our columns?

Lives here: recognizing a product by its headers, and its columns by role. The knowledge is in ``products.toml``.
Does not live here: exports that no product explains (``features.profiling.column_matching``).
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Product", "ProductMatch", "load_products", "recognize_product", "render_product_table"]

_MIN_KNOWN = 5
"""Known headers without which no product is named: four of them occur together by chance."""


@dataclass(frozen=True)
class Product:
    """What one product's export calls things.

    Parameters
    ----------
    name, title, export : str
        Its key, its name for people, and where a person finds the export.
    headers : tuple of str
        Columns that recognize it.
    leads : dict
        Our column -> its headers, best first.
    label, staff, later, person : tuple of str
        Its columns that say what became of the lead, name staff, are filled after the inquiry, or identify the person.
    """

    name: str
    title: str
    export: str
    headers: tuple[str, ...]
    leads: dict[str, tuple[str, ...]]
    label: tuple[str, ...]
    staff: tuple[str, ...]
    later: tuple[str, ...]
    person: tuple[str, ...]

    def reason_to_leave_out(self, header: str) -> str | None:
        """Return why a column of this product must not enter a score; None when nothing speaks against it."""
        folded = header.casefold()
        for headers, reason in (
            (self.person, "personal data"),
            (self.staff, "about staff, which never enters a score"),
            (self.later, "filled or changed after the inquiry"),
        ):
            if folded in (name.casefold() for name in headers):
                return f"{reason} ({self.title} calls it so)"
        return None


@dataclass(frozen=True)
class ProductMatch:
    """A recognized product, and how many of its headers were found."""

    product: Product
    known: int
    headers: int

    def describe(self) -> str:
        """Return one sentence for people: which product, on what evidence."""
        return (
            f"This looks like an export of {self.product.title}: {self.known} of {self.headers} headers are known "
            "from it. Its own columns are used first."
        )

    def find_columns(self, headers: Iterable[str]) -> dict[str, str]:
        """Return our column -> header, for each column that the product names and the file has."""
        by_folded = {header.casefold(): header for header in headers}
        columns: dict[str, str] = {}
        for column, names in self.product.leads.items():
            match = next((by_folded[name.casefold()] for name in names if name.casefold() in by_folded), None)
            # A header serves one column only: the first that names it.
            if match is not None and match not in columns.values():
                columns[column] = match
        return columns


@cache
def load_products() -> tuple[Product, ...]:
    """Read ``products.toml``."""
    settings = tomllib.loads((Path(__file__).parent / "products.toml").read_text(encoding="utf-8"))
    return tuple(
        Product(
            name=name,
            title=section["title"],
            export=section["export"],
            headers=tuple(section["headers"]),
            leads={column: tuple(headers) for column, headers in section["leads"].items()},
            **{role: tuple(section[role]) for role in ("label", "staff", "later", "person")},
        )
        for name, section in settings.items()
    )


def recognize_product(headers: Iterable[str]) -> ProductMatch | None:
    """Recognize the product whose export has these headers; None when none of them explains enough of the file.

    A product is named when at least five of its telling headers are there and they are a third of the file, or more
    than half of what tells it; of several the one with more of them.

    >>> recognize_product(["Deal - ID", "Deal - Title", "Deal - Status", "Deal - Owner", "Person - Name"]).product.title
    'Pipedrive deals'
    >>> recognize_product(["Lead ID", "Source", "Converted"]) is None
    True
    """
    folded = {header.casefold() for header in headers}
    best: ProductMatch | None = None
    for product in load_products():
        telling = sum(header.casefold() in folded for header in product.headers)
        if telling < _MIN_KNOWN or telling < min(len(folded) / 3, len(product.headers) / 2):
            continue
        every = {*product.headers, *product.staff, *product.later, *product.person}
        # Of two products with equally many telling headers, the one that explains more of the file.
        every |= {header for names in product.leads.values() for header in names}
        shared = len(folded & {header.casefold() for header in every})
        if best is None or (telling, shared) > (_count_telling(best.product, folded), best.known):
            best = ProductMatch(product, shared, len(folded))
    return best


def _count_telling(product: Product, folded: set[str]) -> int:
    """Count a product's telling headers in a file."""
    return sum(header.casefold() in folded for header in product.headers)


def render_product_table() -> str:
    """Render what is exported where, and what becomes what, as a Markdown table for the README."""
    rows = [
        "| product | what to export | becomes our columns | says what became of the lead |",
        "| --- | --- | --- | --- |",
    ]
    for product in load_products():
        columns = ", ".join(f"{headers[0]} → `{column}`" for column, headers in product.leads.items())
        rows.append(
            f"| {product.title} | {product.export} | {columns} | {', '.join(product.label) or 'joined by you'} |"
        )
    return "\n".join(rows)
