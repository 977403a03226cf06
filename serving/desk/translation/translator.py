"""What does a page say in another language? Every English text of a page, replaced by the one of its language.

Lives here: finding a text's translation, replacing the texts of a page. Does not live here: the texts
(``serving/desk/texts_es.toml``; a practice's own come from its practice.toml), who reads which language
(``serving.accounts``).

Texts are made in many places: templates, reasons that were stored with a score, sentences of the working order. All of
them pass here on their way out, so that no place needs to know of languages. A text in braces stands for many:
``"{1} ready" = "{1} listos"``. ``{=1}`` is a part that is somebody's own words and is never translated itself. What is
marked ``translate="no"`` on a page (names, messages, what came with a lead, what is said to a patient) stays as it is.
Where names of the data stand inside of our sentences, as on the insights, the page says which names there are.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence, Set
from functools import cache, lru_cache
from html import escape, unescape
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from serving.desk.translation.long_names import LongNames, unmask
from serving.desk.translation.translated_figures import translate_figure, translate_leading_date

__all__ = ["LANGUAGES", "Translator", "load_translator"]

LANGUAGES = {"en": "English", "es": "Español"}
"""Language of a page -> what it calls itself."""

_NO_TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType({})
_OF_ALL_PAGES = "texts"
"""The part of the catalog that every page is translated by."""

_FOLDER = Path(__file__).parents[1]
_TAG = re.compile(r"(<[^>]*>)")
_NAME = re.compile(r"</?([a-z0-9]+)")
_ATTRIBUTES = re.compile(r'\b(aria-label|placeholder|data-label|data-words-[a-z]+)="([^"]*)"')
_VOID = frozenset({"input", "br", "meta", "link", "img", "path", "circle", "rect", "hr"})
_OWN_WORDS = frozenset({"kbd", "code", "pre", "textarea", "script", "style"})
"""Elements whose texts are no sentences of ours."""
_PLACEHOLDER = re.compile(r"\{(=?)(\d)\}")
_SEPARATORS = ("; ", ". ", ": ", ", ")
_MAX_DEPTH = 5
_MAX_LENGTH = 300
"""Characters of a text that is put together from others: ours are shorter, and trying every pattern on every part of a
long one takes a second."""


class _Translation(NamedTuple):
    """A text in the other language; ``is_whole``: the catalog has every part of it."""

    text: str
    is_whole: bool = True


class Translator:
    """Translates texts by a catalog.

    Parameters
    ----------
    texts : mapping
        English -> the other language; with placeholders for parts that vary.

    >>> translator = Translator({"{1} ready": "{1} listos", "today": "hoy", "Callback at {1}": "Devolver llamada {1}"})
    >>> translator.translate("61 ready"), translator.translate("Callback at today"), translator.translate("Anna")
    ('61 listos', 'Devolver llamada hoy', None)
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._exact = {english: other for english, other in texts.items() if not _PLACEHOLDER.search(english)}
        patterns = [(english, other) for english, other in texts.items() if _PLACEHOLDER.search(english)]
        # The most specific first: "Added {1}" must not take what "Added {1}. {2}" is for.
        patterns.sort(key=lambda pair: -len(_PLACEHOLDER.sub("", pair[0])))
        # What a text must hold is looked for first: a pattern costs twenty times as much.
        self._patterns = [(_find_longest_part(english), _compile(english), other) for english, other in patterns]
        own = [english for english, _ in patterns if "{=" in english]
        self._own_patterns = [pair for pair, source in zip(self._patterns, patterns, strict=True) if source[0] in own]
        self._holds_own_words = re.compile(
            "|".join(_compile(english, False).pattern for english in own) or "(?!)", re.S
        )
        self._remember = lru_cache(maxsize=20_000)(self._translate)
        english_texts = "\n".join(texts)
        # A name such as "the first" stands in sentences of ours: it is no mark of a name there.
        self._index_names = lru_cache(maxsize=8)(
            lambda names: LongNames(name for name in names if name not in english_texts)
        )

    def translate(self, text: str, names: Set[str] = frozenset()) -> str | None:
        """Return a text in the other language; None for one that the catalog does not have.

        Parameters
        ----------
        names : frozenset of str
            Names that stand in texts and are not translated there, whatever they are spelled like.

        >>> spanish = Translator({"{1} went silent": "{1} se detuvo", "Open": "Abierto"})
        >>> spanish.translate("Open went silent"), spanish.translate("Open went silent", frozenset({"Open"}))
        ('Abierto se detuvo', 'Open se detuvo')
        """
        # Somebody's own words are not kept in memory: they must be gone once the person is forgotten.
        if self._holds_own_words.fullmatch(text):
            return self._translate(text, names)
        masked, long_names = self._index_names(names).mask(text)
        if long_names:
            translated = self._remember(masked, names)
            if translated is not None:
                return unmask(translated, long_names)
        return self._remember(text, names)

    def _translate(self, text: str, names: Set[str]) -> str | None:
        translation = self._find(text, names, 0)
        return None if translation is None else translation.text

    def _find(self, text: str, names: Set[str], depth: int) -> "_Translation | None":
        """Find the translation of a text or of a part of one; None where the catalog has none."""
        if depth and text in names:
            return _Translation(text)
        if text in self._exact:
            return _Translation(self._exact[text])
        if not re.search(r"[^\W\d_]", text):
            return _Translation(text)
        if (figure := translate_figure(text)) is not None:
            return _Translation(figure)
        if depth >= _MAX_DEPTH:
            return None
        if len(text) > _MAX_LENGTH:
            # A sentence of ours with a long text of somebody's own, such as a note.
            return self._fill_pattern(text, names, depth + 1, self._own_patterns)
        first = None
        for attempt in (self._fill_pattern, self._translate_parts, self._translate_capitalized):
            translation = attempt(text, names, depth + 1)
            if translation is not None and translation.is_whole:
                return translation
            first = first or translation
        if first is not None:
            return first
        date = translate_leading_date(text)
        return None if date is None else _Translation(*date)

    def _fill_pattern(
        self, text: str, names: Set[str], depth: int, patterns: Sequence["_TextPattern"] | None = None
    ) -> "_Translation | None":
        """Fill the pattern whose parts are all known; else the most specific one that matches, because a part that the
        catalog lacks may be a name. "Speaks of insurance" is no "{1} of {2}" as long as it has an entry of its own.
        """
        first = None
        for part, pattern, other in self._patterns if patterns is None else patterns:
            match = pattern.fullmatch(text) if part in text else None
            if match is None:
                continue
            filled = self._fill_all(other, match.groupdict(), names, depth)
            # "Oct 2026" begins a sentence with a capital, and "oct 2026" must, too.
            if text.endswith(".") and text[:1].isupper() and other.startswith("{"):
                filled = filled._replace(text=filled.text[:1].upper() + filled.text[1:])
            if filled.is_whole:
                return filled
            first = first or filled
        return first

    def _fill_all(self, other: str, parts: Mapping[str, str], names: Set[str], depth: int) -> "_Translation":
        filled = {name: self._fill(name, part, names, depth) for name, part in parts.items()}
        text = _PLACEHOLDER.sub(
            lambda mark: filled[f"own{mark[2]}" if f"own{mark[2]}" in filled else f"part{mark[2]}"].text, other
        )
        return _Translation(text, all(part.is_whole for part in filled.values()))

    def _fill(self, name: str, part: str, names: Set[str], depth: int) -> "_Translation":
        """Translate what stands at a placeholder; somebody's own words stay as they are."""
        return (
            _Translation(part)
            if name.startswith("own")
            else self._find(part, names, depth) or _Translation(part, False)
        )

    def _translate_parts(self, text: str, names: Set[str], depth: int) -> "_Translation | None":
        """Translate a sentence of several parts, where the catalog has each of them."""
        first = None
        for separator in _SEPARATORS:
            if separator in text:
                parts = self._translate_each(text.split(separator), names, depth)
                if parts is None:
                    continue
                joined = _Translation(separator.join(part.text for part in parts), all(part.is_whole for part in parts))
                if joined.is_whole:
                    return joined
                first = first or joined
        return first

    def _translate_each(self, texts: Sequence[str], names: Set[str], depth: int) -> "list[_Translation] | None":
        """Translate texts; None as soon as the catalog does not have one of them."""
        translations = []
        for text in texts:
            translation = self._find(text, names, depth)
            if translation is None:
                return None
            translations.append(translation)
        return translations

    def _translate_capitalized(self, text: str, names: Set[str], depth: int) -> "_Translation | None":
        """Translate what continues a sentence as what begins one."""
        capital = text[:1].upper() + text[1:]
        translated = self._exact.get(capital) if capital != text else None
        return None if translated is None else _Translation(translated[:1].lower() + translated[1:])

    def translate_page(self, page: str, names: Set[str] = frozenset()) -> tuple[str, list[str]]:
        """Return a page with its texts translated, and the texts that the catalog does not have.

        Parameters
        ----------
        names : frozenset of str
            As in ``translate``. A name that stands alone is marked ``translate="no"`` on the page instead.
        """
        pieces: list[str] = []
        missing: list[str] = []
        kept = _KeptElements()
        for piece in _TAG.split(page):
            if piece.startswith("<"):
                kept.enter_or_leave(piece)
                pieces.append(
                    _ATTRIBUTES.sub(lambda attribute: self._replace_attribute(attribute, names, missing), piece)
                )
            elif kept.is_inside or not piece.strip():
                pieces.append(piece)
            else:
                pieces.append(self._replace_text(piece, names, missing))
        return "".join(pieces), missing

    def _replace_text(self, piece: str, names: Set[str], missing: list[str]) -> str:
        text = unescape(piece)
        core = " ".join(text.split())
        translated = self.translate(core, names)
        if translated is None:
            missing.append(core)
            return piece
        before, after = (" " if text[:1].isspace() else ""), (" " if text[-1:].isspace() else "")
        return f"{before}{escape(translated, quote=False)}{after}"

    def _replace_attribute(self, attribute: re.Match[str], names: Set[str], missing: list[str]) -> str:
        text = unescape(attribute[2])
        translated = self.translate(text, names) if text else text
        if translated is None:
            missing.append(text)
            return attribute[0]
        return f'{attribute[1]}="{escape(translated)}"'


def load_translator(
    language: str, own_texts: Mapping[str, Mapping[str, str]] = _NO_TEXTS, section: str = ""
) -> Translator | None:
    """Return the translator into a language; None for English, in which the pages are written, without own texts.

    Parameters
    ----------
    own_texts : mapping
        Language -> English text -> what the practice writes instead; it comes before what ships.
    section : str
        The part of the desk that a page belongs to: some have texts that must not touch those of other pages.

    >>> load_translator("en", {"en": {"Call list": "Callbacks"}}).translate("Call list")
    'Callbacks'
    """
    has_own_texts = section != _OF_ALL_PAGES and section in _read_texts(language)
    return _build_translator(
        language, tuple(own_texts.get(language, {}).items()), section if has_own_texts else _OF_ALL_PAGES
    )


@lru_cache(maxsize=8)
def _build_translator(language: str, own_texts: tuple[tuple[str, str], ...], section: str) -> Translator | None:
    """Build a translator once for what ships and what a practice writes instead."""
    if language not in LANGUAGES or (language == "en" and not own_texts):
        return None
    texts = _read_texts(language)
    return Translator(texts.get(_OF_ALL_PAGES, {}) | texts.get(section, {}) | dict(own_texts))


@cache
def _read_texts(language: str) -> dict[str, dict[str, str]]:
    """Read the texts of a language that ship: those of all pages, and of one section. English ones are in the pages."""
    if language not in LANGUAGES or language == "en":
        return {}
    return tomllib.loads((_FOLDER / f"texts_{language}.toml").read_text(encoding="utf-8"))


class _KeptElements:
    """Whether a place of a page is inside an element whose texts stay as they are."""

    def __init__(self) -> None:
        self._name, self._depth = "", 0

    @property
    def is_inside(self) -> bool:
        """Whether it is."""
        return self._depth > 0

    def enter_or_leave(self, tag: str) -> None:
        """Note a tag."""
        match = _NAME.match(tag)
        name = match[1] if match else ""
        if name in _VOID or not name:
            return
        if self._depth:
            if name == self._name:
                self._depth += -1 if tag.startswith("</") else 1
        elif not tag.startswith("</") and ('translate="no"' in tag or name in _OWN_WORDS):
            self._name, self._depth = name, 1


def _compile(english: str, is_named: bool = True) -> re.Pattern[str]:
    """Return what matches the texts that a text with placeholders stands for."""
    parts, end = [], 0
    for placeholder in _PLACEHOLDER.finditer(english):
        name = f"{'own' if placeholder[1] else 'part'}{placeholder[2]}"
        parts += [re.escape(english[end : placeholder.start()]), f"(?P<{name}>.+?)" if is_named else ".+?"]
        end = placeholder.end()
    return re.compile("".join([*parts, re.escape(english[end:])]), re.DOTALL)


_TextPattern = tuple[str, re.Pattern[str], str]
"""The longest part that a text must hold, what it must match, and the text in the other language."""


def _find_longest_part(english: str) -> str:
    """Find the longest part of a text between its placeholders."""
    return max(re.split(_PLACEHOLDER.pattern.replace("(", "(?:"), english), key=len)
