"""How does a template become a page? Jinja with everything escaped, and the filters that templates use.

Lives here: the template engine, the style sheet and the script. Does not live here: the values of a page
(``page_models``).
"""

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from features.column_words import head_column
from features.explain.plain_names import name_value
from serving.accounts.sessions import SignedInUser
from serving.desk.pages.desk_words import LANE_WORDS, SECTION_WORDS, STAGE_WORDS
from serving.desk.translation.translator import load_translator
from serving.scoring.engine import Engine
from serving.scoring.score_words import hundredths

__all__ = ["PROMISE", "STATIC", "render_template", "read_static"]

PROMISE = "Scores suggest an order. You decide. Not a medical assessment."
_DESK = Path(__file__).parents[1]
STATIC = dict.fromkeys(("desk.css", "insights.css"), "text/css") | dict.fromkeys(
    ("desk.js", "docs.js", "notices.js", "palette.js"), "text/javascript"
)
"""Files that pages load -> their types."""


def render_template(template: str, engine: Engine | None, user: SignedInUser | None, **values: Any) -> str:
    """Render a page for a user.

    Among the values, ``section`` names the part of the desk it belongs to, ``own_names`` holds the names of the
    practice's data that stand in its sentences and are not translated, and ``language`` is that of a stranger.
    """
    practice = engine.bundle.practice.name if engine is not None else ""
    own_words = engine.bundle.practice.words if engine is not None else {}
    own_texts = engine.bundle.practice.texts if engine is not None else {}
    shared = {"promise": PROMISE, "practice": practice, "own_words": own_words, "user": user, "section": ""}
    language = values.get("language", "en") if user is None else user.language
    page = _load_templates().get_template(template).render(shared | values | {"language": language})
    translator = load_translator(language, own_texts, values.get("section", ""))
    return page if translator is None else translator.translate_page(page, values.get("own_names", frozenset()))[0]


@cache
def read_static(name: str) -> tuple[bytes, str]:
    """Return the style sheet or the script, and its type."""
    return (_DESK / "static" / name).read_bytes(), STATIC[name]


@cache
def _load_templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_DESK / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "hundredths": hundredths,
        "path": lambda text: quote(str(text), safe=""),
        "spoken": _humanize,
        "heading": _head,
        "lane_words": lambda lane: LANE_WORDS.get(lane, lane),
        "section_words": lambda section: SECTION_WORDS.get(section, section),
        "stage_words": lambda stage: STAGE_WORDS.get(stage, stage),
        "schema": _describe_schema,
    }
    return environment


@pass_context
def _humanize(context: Context, value: Any, column: str = "") -> str:
    """Return a column's value in the practice's words: ``web_form`` reads "Web form"; unknown is empty."""
    return name_value(value, context["own_words"], column) if isinstance(value, str) else ""


@pass_context
def _head(context: Context, column: str) -> str:
    """Return a column's heading in the practice's words."""
    return head_column(column, context["own_words"])


def _describe_schema(schema: dict[str, Any]) -> str:
    """Return the type of a field in a few words."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "allOf" in schema:
        return _describe_schema(schema["allOf"][0])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_describe_schema(option) for option in schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    return (
        f"list of {_describe_schema(schema['items'])}"
        if schema.get("type") == "array" and "items" in schema
        else schema.get("type", "any value")
    )
