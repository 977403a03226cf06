"""How do people word an inquiry? Messages composed from a grammar, then made messy: typos, capitals, emoji, Spanish.

Lives here: turning one inquiry into text, and the names of services and payers in columns.
Does not live here: the phrases themselves (``message_grammar.toml``), what an inquiry states (``inquiries``).
"""

import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd

from features.practice.practice import Practice
from features.synthetic.inquiries import SPAM, TEST
from features.synthetic.locations import CatchmentArea
from features.synthetic.persons import NOT_OFFERED

__all__ = ["MessageWriter", "compose_messages", "load_grammar"]

SLOT = re.compile(r"\{(\w+)\}")
MIN_TYPO_LENGTH = 5
OPENING, ENDING = 0.45, 0.38
"""How often a message opens with a greeting and ends with thanks."""
CHUNK = 32_768
LEAD_COLUMNS = (
    "kind",
    "spanish",
    "relation",
    "relation_in",
    "wish",
    "payer",
    "payer_in",
    "place_in",
    "condition_named",
    "procedure_named",
    "details",
    "service_in",
    "existing",
    "existing_in",
    "referred_in",
    "intent",
    "time",
    "time_in",
    "device",
)
"""The columns of an inquiry that its message depends on."""
IN_MESSAGE = ("message", "both")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@lru_cache(maxsize=1)
def load_grammar() -> dict:
    """Load the phrase pools of ``message_grammar.toml``."""
    return tomllib.loads((Path(__file__).parent / "message_grammar.toml").read_text(encoding="utf-8"))


def compose_messages(lead: pd.DataFrame, practice: Practice, area: CatchmentArea, seed: int) -> np.ndarray:
    """Compose the message of every inquiry, None where there is none. Shape (n,), object."""
    writer, messages = MessageWriter(practice, seed), np.full(len(lead), None, dtype=object)
    rows = np.flatnonzero(lead["has_message"])
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        homes = lead["home"].to_numpy()[chunk]
        columns = [lead[name].to_numpy(object)[chunk].tolist() for name in LEAD_COLUMNS] + [
            area.codes[homes].tolist(),
            area.cities[homes].tolist(),
        ]
        names = (*LEAD_COLUMNS, "zip_code", "city")
        messages[chunk] = [
            writer.write_message(dict(zip(names, values, strict=True))) for values in zip(*columns, strict=True)
        ]
    return messages


class MessageWriter:
    """Writes messages; it has its own stream of random numbers.

    Parameters
    ----------
    practice : Practice
    seed : int

    >>> from features.practice.practice import Practice
    >>> MessageWriter(Practice(), 1).add_typo("appointment") != "appointment"
    True
    """

    def __init__(self, practice: Practice, seed: int):
        self.random = Random(seed)
        self.grammar = load_grammar()
        self.services = [self.grammar["services"][service.name] for service in practice.services] + [
            self.grammar["not_offered"]
        ]

    def write_message(self, lead: dict) -> str:
        """Write the text of one inquiry."""
        if lead["kind"] in (SPAM, TEST):
            return self.fill(self.choice(self.grammar["en"][lead["kind"]]["phrases"]), {})
        language = "es" if lead["spanish"] and lead["relation"] != "provider_office" else "en"
        slots = self.draw_slots(lead)
        if lead["relation"] == "provider_office":
            return self.write_office_note(lead, slots)
        parts = self.draw_parts(lead, language, slots)
        return self.roughen(self.join(parts, language), lead["device"] == "mobile")

    def draw_slots(self, lead: dict) -> dict[str, str]:
        """Draw the lead's own wording for its service, condition, procedure, payer and place."""
        pool = self.services[lead["wish"]]
        suffix = "_es" if lead["spanish"] and self.random.random() < 0.85 else ""
        return {
            "service": self.choice(pool["said" + suffix]),
            "condition": self.choice(pool["conditions" + suffix]),
            "procedure": self.choice(pool["procedures"]),
            "payer": self.write_payer(lead["payer"]),
            "place": lead["zip_code"] if self.random.random() < 0.6 else lead["city"],
        }

    def draw_parts(self, lead: dict, language: str, slots: dict[str, str]) -> list[str]:
        """Draw the parts of a message: every stated detail in a random phrasing, in a random order."""
        pools, parts = self.grammar[language], []
        if lead["relation_in"] in IN_MESSAGE:
            pool = pools["who"][lead["relation"]]
            parts.append(self.fill(self.choice(pool["phrases"]), {"whose": self.choice(pool["whose"])}))
        parts += [self.draw_phrase(pools[kind], slots) for kind in self.draw_kinds(lead)]
        request = self.draw_phrase(self.without_service(pools[lead["intent"]], lead), slots)
        if lead["time_in"] in IN_MESSAGE:
            joint = self.choice((", ", " ", ". ", " - ", "... "))
            request += joint + self.draw_phrase(pools["time"][lead["time"]], slots)
        # Two in three put the request last, as people do.
        parts.insert(self.choice((0, len(parts), len(parts))), request)
        return parts

    def draw_kinds(self, lead: dict) -> list[str]:
        """Draw the kinds of phrases in this lead's message, beside the request itself."""
        kinds = (
            ["condition"] * lead["condition_named"]
            + ["procedure"] * lead["procedure_named"]
            + ["detail"] * lead["details"]
        )
        for kind in ("service", "payer", "place"):
            kinds += [kind] * (lead[f"{kind}_in"] in IN_MESSAGE)
        kinds += ["existing"] * (lead["existing_in"] in IN_MESSAGE) + ["referred"] * (lead["referred_in"] in IN_MESSAGE)
        kinds += ["new"] * (not lead["existing"] and self.random.random() < 0.06)
        if self.random.random() < 0.5:
            self.random.shuffle(kinds)
        return kinds

    @staticmethod
    def without_service(pool: dict, lead: dict) -> dict:
        """Return the phrases of a pool without those that name the service, unless the message states it.

        What is not stated must not appear: the truth does not count it.
        """
        if lead["service_in"] in IN_MESSAGE:
            return pool
        return {"phrases": _phrases_without_service(tuple(pool["phrases"]))}

    def write_office_note(self, lead: dict, slots: dict[str, str]) -> str:
        """Write the note of a provider's office with the service, condition and procedure that the referral names."""
        is_named = {
            "service": lead["service_in"] in IN_MESSAGE,
            "condition": lead["condition_named"],
            "procedure": lead["procedure_named"],
        }
        fitting = [
            phrase
            for phrase in self.grammar["en"]["office"]["phrases"]
            if all(is_named[name] or "{" + name + "}" not in phrase for name in is_named)
        ]
        note = self.choice(fitting) if fitting else "Please contact pt to schedule. Records to follow."
        kinds = [kind for kind in self.draw_kinds(lead) if "{" + kind + "}" not in note]
        details = [self.draw_phrase(self.grammar["en"][kind], slots) for kind in kinds]
        return " ".join([self.fill(note, slots), *(part[:1].upper() + part[1:] + "." for part in details)])

    def write_payer(self, name: str) -> str:
        """Write the payer as people do: half of them use its real name."""
        return name if self.random.random() < 0.5 else self.choice(self.grammar["payers"][name])

    def write_service(self, code: int) -> str:
        """Write the service as in a column: mostly a name, sometimes a procedure."""
        pool = self.services[code]
        return self.choice(pool["said"] if code == NOT_OFFERED or self.random.random() < 0.8 else pool["procedures"])

    def choice(self, pool: Sequence[Any]) -> Any:
        """Draw one entry of ``pool``."""
        return pool[int(self.random.random() * len(pool))]

    def draw_phrase(self, pool: dict, slots: dict[str, str]) -> str:
        """Draw one phrase of a pool and fill its slots."""
        return self.fill(self.choice(pool["phrases"]), slots)

    def fill(self, phrase: str, slots: dict[str, str]) -> str:
        """Fill the slots of ``phrase`` with the lead's own wording, and the other slots from their pools."""
        if "{" not in phrase:
            return phrase
        return SLOT.sub(lambda slot: slots.get(slot[1]) or self.choice(self.grammar["slots"][slot[1]]), phrase)

    def join(self, parts: list[str], language: str) -> str:
        """Join parts into sentences, with punctuation and capitals as careless as people are."""
        if language == "en" and self.random.random() < OPENING:
            parts = [self.choice(self.grammar["slots"]["hi"]), *parts]
        if language == "en" and self.random.random() < ENDING:
            parts = [*parts, self.choice(self.grammar["slots"]["bye"])]
        if self.random.random() < 0.5:
            return " ".join(part[:1].upper() + part[1:] + ("" if part[-1] in ".?!" else ".") for part in parts)
        return self.choice((", ", " ", ". ", "\n", " and ", "; ", "... ")).join(parts)

    def roughen(self, text: str, on_mobile: bool) -> str:
        """Add typos, lower case, shouting, emoji and the debris of web forms."""
        dice = self.random.random
        for _ in range((dice() < (0.34 if on_mobile else 0.18)) + (dice() < 0.08)):
            text = self.add_typo(text)
        mood = dice()
        if mood < 0.22:
            text = text.lower()
        elif mood > 0.972:
            text = text.upper()
        if dice() < 0.05:
            text += " " + self.choice(self.grammar["slots"]["emoji"]) * (1 + (dice() < 0.3))
        if dice() < 0.06:
            debris = self.choice(self.grammar["slots"]["debris"])
            text = text.replace(" ", debris + " ", 1) if dice() < 0.5 else text + " " + debris
        return text.replace(" ", "  ", 1) if dice() < 0.04 else text

    def add_typo(self, text: str) -> str:
        """Put one typo into one of the longer words: two letters swapped, one lost, doubled or wrong."""
        tokens = text.split(" ")
        long = [i for i, token in enumerate(tokens) if len(token) >= MIN_TYPO_LENGTH and token.isalpha()]
        if not long:
            return text
        i = self.choice(long)
        token, at = tokens[i], 1 + int(self.random.random() * (len(tokens[i]) - 2))
        typos = (
            token[:at] + token[at + 1] + token[at] + token[at + 2 :],
            token[:at] + token[at + 1 :],
            token[:at] + token[at] + token[at:],
            token[:at] + self.choice(LETTERS) + token[at + 1 :],
        )
        # Doubling or swapping equal letters changes nothing: the first typo that shows is taken.
        tokens[i] = next((typo for typo in self.random.sample(typos, 4) if typo != token), token)
        return " ".join(tokens)


@lru_cache(maxsize=256)
def _phrases_without_service(phrases: tuple[str, ...]) -> tuple[str, ...]:
    """Return the phrases that do not name the service."""
    return tuple(phrase for phrase in phrases if "{service}" not in phrase)
