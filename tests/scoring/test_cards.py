from hypothesis import given
from hypothesis import strategies as st

from app.scoring.cards import count_words, mappings, read_card, texts

CARD = """---
license: mit
---
Words before any heading.
# Title

## How to use

```python
import torch
# a comment, no heading
```

```sh
pip install torch
```

~~~
from os import path
~~~

```py
>>> x = 1
>>> print(x)
1
```

## Results

| Set | Accuracy |
| --- | -------- |
| A   | 0.9      |

## Empty
"""


def test_a_card_is_taken_apart():
    card = read_card(CARD)
    assert [section.title for section in card.sections] == ["", "title", "how to use", "results", "empty"]
    assert card.python == ("import torch\n# a comment, no heading", "from os import path", "x = 1\nprint(x)")
    assert card.shell == ("pip install torch",)
    assert [(table.title, len(table.rows)) for table in card.tables] == [("results", 3)]
    assert card.has_section("usage", "use")
    assert not card.has_section("empty")
    assert card.words_under("results") == 5
    assert "Accuracy" in card.text_under("results")
    assert card.words == 27
    assert count_words(CARD) == 36  # headings and fences' languages as well


def test_a_block_left_open_ends_with_the_text():
    assert read_card("```python\nimport os").python == ("import os",)


def test_front_matter_fields_are_read_whatever_they_hold():
    assert texts("a") == ("a",)
    assert texts(["a", 3, None, " ", ["b"]]) == ("a",)
    assert texts({"a": 1}) == texts(None) == texts("  ") == ()
    assert mappings([{"a": 1}, 3]) == ({"a": 1},)
    assert mappings({"a": 1}) == ({"a": 1},)
    assert mappings("a") == ()


@given(st.text(alphabet="#`~|-\n a1>.é", max_size=300))
def test_any_text_is_a_card(text):
    card = read_card(text)
    assert card.words == sum(section.words for section in card.sections)
    assert all(table.rows for table in card.tables)
