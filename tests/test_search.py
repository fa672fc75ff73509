"""The words that full-text search compares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search import LONGEST_WORD, MOST_DOCUMENT_WORDS, InvalidSearch, document, parse, words_of


def weight(made: str, word: str) -> int:
    """What a document says that a word weighs."""
    return made[made.index(f" {word} ") :].count("|")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bert-base_uncased v1.0", ["bert", "base", "uncased", "v1", "0"]),
        ("Größe ÉCOLE İ ﬁne ②", ["grosse", "ecole", "i", "fine", "2"]),
        ("日本語 модель", ["日本語", "модель"]),
        ("'; DROP TABLE packages; -- \x00 a\x00b", ["drop", "table", "packages", "a", "b"]),
        ("-_|!", []),
        ("x" * 100, ["x" * LONGEST_WORD]),
    ],
)
def test_words_are_letters_and_digits_without_case_and_accents(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_names_weigh_more_than_descriptions_and_those_more_than_readmes() -> None:
    # given
    made = document("bert-tiny", "A sentiment model", "# Model\n\nmodel of words; words, words, words and words")

    # then a name of one word weighs most, and what is said often more than what is said once
    assert weight(document("bert", None, None), "bert") > weight(made, "bert") == weight(made, "tiny")
    assert weight(made, "tiny") > weight(made, "model") > weight(made, "sentiment") > weight(made, "words")
    assert weight(made, "words") > weight(made, "and") == 1
    assert document("-", None, None) == " "


def test_the_weightiest_words_of_endless_texts_are_kept() -> None:
    made = document("name", None, " ".join(f"word{number}" for number in range(MOST_DOCUMENT_WORDS * 2)))
    assert len(made.replace("|", "").split()) == MOST_DOCUMENT_WORDS
    assert weight(made, "name") > 1


@given(st.text(), st.text(), st.text())
def test_all_words_of_any_texts_are_there_once(name: str, description: str, readme: str) -> None:
    words = document(name, description, readme).split()
    wanted = {*words_of(name), *words_of(description), *words_of(readme)}
    assert sorted(word for word in words if word != "|") == sorted(wanted)
    assert set(words_of(" ".join(words))) == wanted


def test_a_query_has_each_word_once_and_the_one_being_typed_last() -> None:
    assert parse("b a b a").words == ("b", "a")
    assert parse("bert").words == ("bert",)


@pytest.mark.parametrize("text", ["", " ", "-|'\"*", "a\x00", "a b c d e f g h i"])
def test_what_cannot_be_searched_for_is_refused(text: str) -> None:
    with pytest.raises(InvalidSearch):
        parse(text)
