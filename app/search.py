"""What full-text search compares: words, made the same way of documents and of queries, for every database.

The databases index what is made here and split nothing themselves, so that all find the same and rank it the same.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

MOST_QUERY_WORDS = 8
LONGEST_WORD = 40  # characters; of longer ones the beginning counts
MOST_DOCUMENT_WORDS = 5000  # different ones, the weightiest: PostgreSQL's tsvector ends at a megabyte

NAME_WEIGHT, DESCRIPTION_WEIGHT = 8, 4
MOST_NAME_BONUS = 4  # for a name of this one word; one less with each further word of the name
README_WEIGHTS = ((5, 3), (2, 2), (1, 1))  # at least so many times in the readme: so much

_WORD = re.compile(r"[^\W_]+")


class InvalidSearch(ValueError):
    """A text that cannot be searched for; the message says why, for users."""


def words_of(text: str) -> list[str]:
    """The words of a text in order: runs of letters and digits, without case, accents and compatibility forms."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    return [word[:LONGEST_WORD] for word in _WORD.findall(bare.casefold())]


def document(name: str, description: str | None, readme: str | None) -> str:
    """The words of a package, the weightiest first, with so many ` |` behind each as it weighs.

    `" bert tiny | | model | "`: bert and tiny weigh 3, model 1. Spaces surround every word and every mark.
    """
    in_name = words_of(name)
    name_weight = NAME_WEIGHT + max(0, MOST_NAME_BONUS + 1 - len(in_name))
    weights = Counter(dict.fromkeys(in_name, name_weight))
    weights.update(dict.fromkeys(words_of(description or ""), DESCRIPTION_WEIGHT))
    for word, times in Counter(words_of(readme or "")).items():
        weights[word] += next(weight for least, weight in README_WEIGHTS if times >= least)
    ranked = sorted(weights.items(), key=lambda each: (-each[1], each[0]))[:MOST_DOCUMENT_WORDS]
    parts: list[str] = []
    weight = ranked[0][1] if ranked else 0
    for word, own in ranked:
        parts += ["|"] * (weight - own)
        parts.append(word)
        weight = own
    return " ".join(["", *parts, *["|"] * weight, ""])


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Words that a document must all have; of the last, its beginning is enough."""

    words: tuple[str, ...]

    @property
    def needles(self) -> tuple[str, ...]:
        """What to look for in a document's text; the weights found add up to its score.

        The last word counts twice where it is there as a whole.
        """
        return (*(f" {word} " for word in self.words), f" {self.words[-1]}")

    @property
    def tsquery(self) -> str:
        """In PostgreSQL's words."""
        return " & ".join(f"'{word}'" for word in self.words) + ":*"

    @property
    def fts5(self) -> str:
        """In SQLite's words."""
        return " ".join(f'"{word}"' for word in self.words) + "*"


def parse(text: str) -> SearchQuery:
    """The query that a user typed. Raises InvalidSearch for one without words, with NUL or with too many words."""
    if "\x00" in text:
        raise InvalidSearch("the text holds a NUL character: leave it out.")
    found = words_of(text)
    if not found:
        raise InvalidSearch("the text holds no letter or digit: give at least one word.")
    # The last one typed stays last, for it may still be being typed.
    words = [*dict.fromkeys(word for word in found[:-1] if word != found[-1]), found[-1]]
    if len(words) > MOST_QUERY_WORDS:
        raise InvalidSearch(f"the text holds {len(words)} different words: give at most {MOST_QUERY_WORDS}.")
    return SearchQuery(tuple(words))
