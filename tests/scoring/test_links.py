import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.links import (
    LinkKind,
    UnknownLink,
    dataset_name,
    linked_datasets,
    linked_repository,
    parse_link,
)


@pytest.mark.parametrize(
    ("url", "kind", "name"),
    [
        ("https://huggingface.co/google-bert/bert-base-uncased", "MODEL", "google-bert/bert-base-uncased"),
        ("https://huggingface.co/google-bert/bert-base-uncased/", "MODEL", "google-bert/bert-base-uncased"),
        ("https://huggingface.co/a/b/tree/main?x=1#y", "MODEL", "a/b"),
        ("https://huggingface.co/gpt2", "MODEL", "gpt2"),
        ("https://huggingface.co/gpt2/tree/main", "MODEL", "gpt2"),
        ("  hf.co/a/b ", "MODEL", "a/b"),
        ("HTTPS://WWW.HUGGINGFACE.CO/a/b", "MODEL", "a/b"),
        ("https://huggingface.co/datasets/acme/reviews", "DATASET", "acme/reviews"),
        ("https://huggingface.co/datasets/squad", "DATASET", "squad"),
        ("https://huggingface.co/datasets/squad/viewer/default", "DATASET", "squad"),
        ("https://github.com/google-research/bert", "CODE", "google-research/bert"),
        ("https://github.com/a/b.git", "CODE", "a/b"),
        ("https://github.com/a/b/tree/main/src", "CODE", "a/b"),
        ("https://github.com/a/.github", "CODE", "a/.github"),
        ("git@github.com:a/b.git", "CODE", "a/b"),
        ("git+https://github.com/a/b", "CODE", "a/b"),
        ("github.com/a/b", "CODE", "a/b"),
    ],
)
def test_a_known_url_is_understood(url, kind, name):
    link = parse_link(url)
    assert (link.kind, link.name) == (LinkKind(kind), name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "https://",
        "https://huggingface.co",
        "https://huggingface.co/",
        "https://huggingface.co/datasets",
        "https://huggingface.co/spaces/a/b",
        "https://huggingface.co/../b",
        "https://huggingface.co/a/%2e%2e",
        "https://huggingface.co.evil.example/a/b",
        "https://github.com/a",
        "https://github.com/a/..",
        "https://github.com/topics/ml",
        "https://gitlab.com/a/b",
        "https://kaggle.com/datasets/a/b",
        "ftp://github.com/a/b",
        "https://[::1/a/b",
        "javascript:alert(1)",
    ],
)
def test_another_url_is_refused(text):
    with pytest.raises(UnknownLink, match=r"URL|known host"):
        parse_link(text)


@given(st.text() | st.from_regex(r"https?://(github\.com|huggingface\.co)/[^ ]{0,40}"))
def test_a_name_that_is_understood_can_stand_in_a_path(text):
    try:
        name = parse_link(text).name
    except UnknownLink:
        return
    parts = name.split("/")
    assert 1 <= len(parts) <= 2
    assert all(part and part not in (".", "..") and not set(part) & set("%?#\\ \n") for part in parts)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("acme/reviews", "acme/reviews"),
        ("squad", "squad"),
        ("https://huggingface.co/datasets/acme/reviews", "acme/reviews"),
        ("https://huggingface.co/acme/reviews", None),
        ("a/b/c", None),
        ("Some private e-mails", None),
        ("https://example.org/x", None),
    ],
)
def test_data_sets_are_named_by_url_or_name(text, name):
    assert dataset_name(text) == name


def test_links_are_found_in_a_text():
    text = (
        "See https://github.com/topics/x and (https://github.com/acme/code), "
        "[data](https://huggingface.co/datasets/acme/reviews), https://huggingface.co/datasets/squad. "
        "Again https://huggingface.co/datasets/acme/reviews."
    )
    assert linked_repository(text) == "https://github.com/acme/code"
    assert linked_datasets(text) == ("acme/reviews", "squad")
