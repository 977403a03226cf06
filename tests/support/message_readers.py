"""Message readers that tests share: building the trie of all phrases takes half a second of CPU."""

from functools import cache

from features.practice.practice import Practice, Service
from features.text.message_reader import MessageReader
from features.text.phrase_lexicon import PhraseLexicon

__all__ = ["build_message_reader"]


@cache
def build_message_reader(*services: Service) -> MessageReader:
    """The reader of the phrases that come with Leadlight, at a practice with these services."""
    return MessageReader.of(PhraseLexicon.load_default(), Practice(services=services))
