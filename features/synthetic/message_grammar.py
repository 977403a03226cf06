"""In which words is it said? Messages composed from a grammar, then roughened: typos, shouting, debris, emoji, Spanish.

Lives here: turning one enquiry into text, and the words for services and payers in columns.
Does not live here: the words themselves (``message_grammar.toml``), what is said (``enquiries``).
"""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd

from features.practice.practice import Practice
from features.synthetic.enquiries import SPAM, TEST
from features.synthetic.locations import CatchmentArea
from features.synthetic.persons import NOT_OFFERED

__all__ = ["MessageWriter", "compose_messages", "load_grammar"]

SLOT = re.compile(r"\{(\w+)\}")
SHORT_WORD = 5
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
"""The columns of an enquiry that its message tells of."""
IN_MESSAGE = ("message", "both")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@lru_cache(maxsize=1)
def load_grammar() -> dict:
    """The pools of ``message_grammar.toml``."""
    return tomllib.loads((Path(__file__).parent / "message_grammar.toml").read_text(encoding="utf-8"))


def compose_messages(lead: pd.DataFrame, practice: Practice, around: CatchmentArea, seed: int) -> np.ndarray:
    """The message of every enquiry, None where there is none. Shape (n,), object."""
    writer, written = MessageWriter(practice, seed), np.full(len(lead), None, dtype=object)
    rows = np.flatnonzero(lead["has_message"])
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        homes = lead["home"].to_numpy()[some]
        columns = [lead[name].to_numpy(object)[some].tolist() for name in LEAD_COLUMNS] + [
            around.codes[homes].tolist(),
            around.cities[homes].tolist(),
        ]
        names = (*LEAD_COLUMNS, "zip_code", "city")
        written[some] = [writer.message(dict(zip(names, values, strict=True))) for values in zip(*columns, strict=True)]
    return written


class MessageWriter:
    """Writes messages; its randomness is its own.

    Parameters
    ----------
    practice : Practice
    seed : int

    >>> from features.practice.practice import Practice
    >>> MessageWriter(Practice(), 1).typo("appointment") != "appointment"
    True
    """

    def __init__(self, practice: Practice, seed: int):
        self.random = Random(seed)
        self.words = load_grammar()
        self.services = [self.words["services"][service.name] for service in practice.services] + [
            self.words["not_offered"]
        ]

    def message(self, lead: dict) -> str:
        """The text of one enquiry."""
        if lead["kind"] in (SPAM, TEST):
            return self.fill(self.choice(self.words["en"][lead["kind"]]["phrases"]), {})
        language = "es" if lead["spanish"] and lead["relation"] != "provider_office" else "en"
        slots = self.slots(lead)
        if lead["relation"] == "provider_office":
            return self.office_note(lead, slots)
        parts = self.parts(lead, language, slots)
        return self.roughen(self.join(parts, language), lead["device"] == "mobile")

    def slots(self, lead: dict) -> dict[str, str]:
        """The lead's own words: how it calls its service, payer, place."""
        pool, tongue = self.services[lead["wish"]], "_es" if lead["spanish"] and self.random.random() < 0.85 else ""
        return {
            "service": self.choice(pool["said" + tongue]),
            "condition": self.choice(pool["conditions" + tongue]),
            "procedure": self.choice(pool["procedures"]),
            "payer": self.payer(lead["payer"]),
            "place": lead["zip_code"] if self.random.random() < 0.6 else lead["city"],
        }

    def parts(self, lead: dict, language: str, slots: dict[str, str]) -> list[str]:
        """What is said, each thing in a phrasing of its own, in an order of its own."""
        pools, said = self.words[language], []
        if lead["relation_in"] in IN_MESSAGE:
            pool = pools["who"][lead["relation"]]
            said.append(self.fill(self.choice(pool["phrases"]), {"whose": self.choice(pool["whose"])}))
        said += [self.phrase(pools[kind], slots) for kind in self.kinds(lead)]
        ask = self.phrase(self.without_service(pools[lead["intent"]], lead), slots)
        if lead["time_in"] in IN_MESSAGE:
            ask += self.choice((", ", " ", ". ", " - ", "... ")) + self.phrase(pools["time"][lead["time"]], slots)
        said.insert(self.choice((0, len(said), len(said))), ask)
        return said

    def kinds(self, lead: dict) -> list[str]:
        """The kinds of phrases, beside the request itself, that this lead's message has."""
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
        """Phrases that name the service only for a lead that says it in the message: what is unsaid must stay unsaid."""
        if lead["service_in"] in IN_MESSAGE:
            return pool
        return {"phrases": _phrases_without_service(tuple(pool["phrases"]))}

    def office_note(self, lead: dict, slots: dict[str, str]) -> str:
        """What a provider's office writes, as far as this referral names a service, a condition, a procedure."""
        wanted = {
            "service": lead["service_in"] in IN_MESSAGE,
            "condition": lead["condition_named"],
            "procedure": lead["procedure_named"],
        }
        fitting = [
            phrase
            for phrase in self.words["en"]["office"]["phrases"]
            if all(wanted[name] or "{" + name + "}" not in phrase for name in wanted)
        ]
        note = self.choice(fitting) if fitting else "Please contact pt to schedule. Records to follow."
        more = [self.phrase(self.words["en"][kind], slots) for kind in self.kinds(lead) if "{" + kind + "}" not in note]
        return " ".join([self.fill(note, slots), *(part[:1].upper() + part[1:] + "." for part in more)])

    def payer(self, name: str) -> str:
        """The payer as people write it: half of them as it is called."""
        return name if self.random.random() < 0.5 else self.choice(self.words["payers"][name])

    def service(self, code: int) -> str:
        """The service as it stands in a column: mostly a name, sometimes somebody's own word."""
        pool = self.services[code]
        return self.choice(pool["said"] if code == NOT_OFFERED or self.random.random() < 0.8 else pool["procedures"])

    def choice(self, pool):
        """One of ``pool``."""
        return pool[int(self.random.random() * len(pool))]

    def phrase(self, pool: dict, slots: dict[str, str]) -> str:
        """One phrase of a pool, its slots filled."""
        return self.fill(self.choice(pool["phrases"]), slots)

    def fill(self, phrase: str, slots: dict[str, str]) -> str:
        """``phrase`` with the lead's own slots, and the others drawn from their pools."""
        if "{" not in phrase:
            return phrase
        return SLOT.sub(lambda slot: slots.get(slot[1]) or self.choice(self.words["slots"][slot[1]]), phrase)

    def join(self, parts: list[str], language: str) -> str:
        """Sentences out of parts: punctuation and capitals as careless as people are."""
        if language == "en" and self.random.random() < OPENING:
            parts = [self.choice(self.words["slots"]["hi"]), *parts]
        if language == "en" and self.random.random() < ENDING:
            parts = [*parts, self.choice(self.words["slots"]["bye"])]
        if self.random.random() < 0.5:
            return " ".join(part[:1].upper() + part[1:] + ("" if part[-1] in ".?!" else ".") for part in parts)
        return self.choice((", ", " ", ". ", "\n", " and ", "; ", "... ")).join(parts)

    def roughen(self, text: str, on_mobile: bool) -> str:
        """Typos, lower case, shouting, emoji and the debris of web forms."""
        dice = self.random.random
        for _ in range((dice() < (0.34 if on_mobile else 0.18)) + (dice() < 0.08)):
            text = self.typo(text)
        mood = dice()
        text = text.lower() if mood < 0.22 else text.upper() if mood > 0.972 else text
        if dice() < 0.05:
            text += " " + self.choice(self.words["slots"]["emoji"]) * (1 + (dice() < 0.3))
        if dice() < 0.06:
            debris = self.choice(self.words["slots"]["debris"])
            text = text.replace(" ", debris + " ", 1) if dice() < 0.5 else text + " " + debris
        return text.replace(" ", "  ", 1) if dice() < 0.04 else text

    def typo(self, text: str) -> str:
        """``text`` with one slip in one of its longer words: two letters swapped, one lost, doubled or wrong."""
        words = text.split(" ")
        long = [i for i, word in enumerate(words) if len(word) >= SHORT_WORD and word.isalpha()]
        if not long:
            return text
        i = self.choice(long)
        word, at = words[i], 1 + int(self.random.random() * (len(words[i]) - 2))
        slips = (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + self.choice(LETTERS) + word[at + 1 :],
        )
        words[i] = next((slip for slip in self.random.sample(slips, 4) if slip != word), word)
        return " ".join(words)


@lru_cache(maxsize=256)
def _phrases_without_service(phrases: tuple[str, ...]) -> tuple[str, ...]:
    """The phrases that do not name the service."""
    return tuple(phrase for phrase in phrases if "{service}" not in phrase)
