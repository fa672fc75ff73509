"""Model cards: front matter, licences and where a model comes from."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.archives import ArchiveContents
from app.archives.cards import split_front_matter
from app.archives.license_names import card_license, spdx_expression
from app.enums import RelationshipType
from tests.archives.builders import gguf, read


def card(front: str, body: str = "# Title\n") -> ArchiveContents:
    return read({"README.md": f"---\n{front}\n---\n\n{body}"})


def test_the_text_comes_without_its_front_matter() -> None:
    # when
    contents = card("license: mit\ndatasets:\n- squad\n- org/data\ntags: [a, b]\nlanguage: en", "# Title\n---\nmore")
    # then
    assert contents.card is not None
    assert contents.card.text == "# Title\n---\nmore"
    assert contents.card.license == "MIT"
    assert contents.card.datasets == ("squad", "org/data")
    assert contents.card.front_matter["tags"] == ["a", "b"]
    assert contents.warnings == ()


@pytest.mark.parametrize(
    "readme",
    [
        "# Title",
        "",
        "---\nno end",
        "----\na: b\n---\n",
        "text\n---\na: b\n---\n",
        "---\n---\n# Title",
        "---\r\n---\r\n",
    ],
)
def test_readmes_without_front_matter(readme: str) -> None:
    # when
    contents = read({"README.md": readme})
    # then
    assert contents.card is not None
    assert (contents.card.front_matter, contents.card.license, contents.warnings) == ({}, None, ())


ALIAS_BOMB = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join(['*' + a] * 8)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "front",
    [
        ALIAS_BOMB,
        "a: &a\n  b: *a",
        "[" * 30_000,
        "a: !!python/object/apply:os.system [x]",
        "a: [unclosed",
        "- a list",
        "just text",
        "a: " + "9" * 5000,
        "? {a: b}\n: c",
        "a: 2024-99-99",
        "a: " + "x" * 66_000,
        "a: \x01",
    ],
    ids=lambda front: front[:12],
)
def test_front_matter_that_cannot_be_read_is_warned_of(front: str) -> None:
    # when
    contents = card(front)
    # then
    assert contents.card is not None
    assert contents.card.front_matter == {}
    assert contents.card.text.startswith("# Title")
    assert len(contents.warnings) == 1


def test_values_are_plain_json() -> None:
    # when
    front, _, problem = split_front_matter(
        '---\nday: 2024-02-03\ntime: 2024-02-03 04:05:06\nnan: .nan\nbig: 99999999999999999999\nnul: "a\\0b"\n'
        'surrogate: "\\ud800"\nset: !!set {a}\nbinary: !!binary aGk=\n1: one\n---\n'
    )
    # then
    assert problem is None
    assert json.loads(json.dumps(front, allow_nan=False)) == front
    assert front == {
        "day": "2024-02-03", "time": "2024-02-03T04:05:06", "nan": None, "big": "0x56bc75e2d630fffff", "nul": "ab",
        "surrogate": "?", "set": ["a"], "binary": None, "1": "one",
    }  # fmt: skip


@given(st.text(max_size=200))
def test_random_front_matter_raises_nothing(text: str) -> None:
    front, _, _ = split_front_matter(f"---\n{text}\n---\n")
    assert json.dumps(front, allow_nan=False)


def test_long_and_unfit_texts_are_cut_and_cleaned() -> None:
    # when
    contents = read({"README.md": b"\xef\xbb\xbf---\nlicense: mit\n---\n\x00\xff" + "é".encode() * 5000})
    # then
    assert contents.card is not None
    assert contents.card.license == "MIT"
    assert len(contents.card.text.encode()) <= 4096
    assert contents.card.text.startswith("\ufffdéé")


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("apache-2.0", "Apache-2.0"),
        ("Apache-2.0", "Apache-2.0"),
        ("apache 2.0", "Apache-2.0"),
        ("mit", "MIT"),
        ("cc-by-nc-4.0", "CC-BY-NC-4.0"),
        ("bsd-3-clause-clear", "BSD-3-Clause-Clear"),
        ("gpl-3.0", "GPL-3.0-only"),
        ("MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ("llama3.1", "LicenseRef-scancode-llama-3.1-license-2024"),
        ("gemma", "LicenseRef-scancode-gemma-tou-2024-04-01"),
        ("my own / license", "LicenseRef-my-own-license"),
        ("mit or llama3", "MIT OR LicenseRef-llama3"),
        (
            "Apache 2.0 and (gpl-2.0 or gemma)",
            "Apache-2.0 AND (GPL-2.0-only OR LicenseRef-scancode-gemma-tou-2024-04-01)",
        ),
        ("GPL-2.0+ WITH Classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0"),
        ("GPL-2.0-only WITH my-exception", "GPL-2.0-only WITH AdditionRef-my-exception"),
        ("apache-2.0+", "Apache-2.0+"),
        ("LicenseRef-Acme", "LicenseRef-Acme"),
        ("licenseref-LLAMA3", "LicenseRef-llama3"),
        ("GPLv3 OR other", "GPL-3.0-only OR LicenseRef-other"),
        ("Proprietary", "LicenseRef-scancode-proprietary-license"),
        ("MIT OR", "LicenseRef-mit-or"),
        ("MIT OR " * 40 + "ISC", "LicenseRef-" + ("mit-or-" * 20)[:100]),
        ("unknown", None),
        ("other", None),
        ("", None),
        ("(((", None),
        ("()", None),
    ],
)
def test_license_names_become_spdx(stated: str, expected: str | None) -> None:
    assert spdx_expression(stated) == expected


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ({"license": ["mit", "apache-2.0"]}, "MIT AND Apache-2.0"),
        ({"license": ["mit", "mit or isc"]}, "MIT AND (MIT OR ISC)"),
        ({"license": "other", "license_name": "llama3.2"}, "LicenseRef-scancode-llama-3.2-license-2024"),
        ({"license": "other", "license_name": "nvidia-open-model-license"}, "LicenseRef-nvidia-open-model-license"),
        ({"license": "other", "license_link": "https://example.com"}, None),
        ({"license": 3}, None),
        ({"license": []}, None),
        (
            {"license": [f"license-{number}-{'x' * 90}" for number in range(3)]},
            "LicenseRef-license-0-" + "x" * 90,
        ),
        ({}, None),
    ],
)
def test_the_license_of_a_card(front: dict[str, Any], expected: str | None) -> None:
    assert card_license(front) == expected


TOKENS = ("MIT", "llama3", "gpl-2.0", "foo", "OR", "AND", "WITH", "(", ")", "+", "other")


@given(st.text(max_size=60) | st.lists(st.sampled_from(TOKENS)).map(" ".join))
def test_any_license_name_gives_an_expression_that_stays_as_it_is(name: str) -> None:
    expression = spdx_expression(name)
    assert expression is None or (expression and spdx_expression(expression) == expression)


def test_base_models_from_card_and_configuration() -> None:
    def origins(files: dict[str, bytes | str]) -> list[tuple[str, RelationshipType]]:
        contents = read(files)
        assert contents.card is None or contents.card.base_models == contents.base_models
        return [(item.name, item.relationship_type) for item in contents.base_models]

    def readme(front: str) -> dict[str, bytes | str]:
        return {"README.md": f"---\n{front}\n---\n"}

    kind = RelationshipType
    one = readme("base_model: org/base")
    # then: what the card says
    assert origins(one) == [("org/base", kind.FINE_TUNED_FROM)]
    for relation, expected in (
        ("adapter", kind.ADAPTER_OF),
        ("quantized", kind.QUANTIZED_FROM),
        ("merge", kind.MERGED_FROM),
        ("finetune", kind.FINE_TUNED_FROM),
        ("nonsense", kind.FINE_TUNED_FROM),
    ):
        assert origins(readme(f"base_model: org/base\nbase_model_relation: {relation}")) == [("org/base", expected)]
    assert origins(readme("base_model: [a, b]")) == [("a", kind.MERGED_FROM), ("b", kind.MERGED_FROM)]
    # then: what the files say
    adapter: dict[str, bytes | str] = {"adapter_config.json": '{"base_model_name_or_path": "Org/Base"}'}
    assert origins(adapter) == [("Org/Base", kind.ADAPTER_OF)]
    assert origins(one | adapter) == [("org/base", kind.ADAPTER_OF)]
    assert origins(one | {"model.gguf": gguf([])}) == [("org/base", kind.QUANTIZED_FROM)]
    for path in ("/home/me/model", "./model", "C:\\model", "a/b/c", ""):
        assert origins({"config.json": json.dumps({"_name_or_path": path})}) == []
    assert origins({"config.json": '{"_name_or_path": "bert-base"}'}) == [("bert-base", kind.FINE_TUNED_FROM)]
