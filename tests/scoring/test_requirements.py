import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.facts import SourceText
from app.scoring.requirements import MAX_MANIFEST_CHARACTERS, declared_requirements, distribution_of

PYPROJECT = """
[project]
dependencies = ["torch==2.6.0", "numpy>=2"]
[project.optional-dependencies]
dev = ["pytest"]
[tool.poetry.dependencies]
scipy = "1.15.0"
pandas = "^2.2"
"""
CONDA = """
dependencies:
  - python=3.11
  - conda-forge::numpy=1.26
  - scipy
  - pip:
    - torch==2.6.0
"""


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("requirements.txt", "# list\ntorch==2.6.0\nnumpy>=2 # why\n-r other.txt\n\n", {"torch": True, "numpy": False}),
        ("requirements.txt", "a==1.0 \\\n    --hash=sha256:abc\n", {"a": True}),
        ("requirements.txt", "Scikit_Learn==1.*\nx @ https://example.org/x.whl", {"scikit-learn": False, "x": True}),
        (
            "pyproject.toml",
            PYPROJECT,
            {"torch": True, "numpy": False, "pytest": False, "scipy": True, "pandas": False},
        ),
        ("setup.cfg", "[options]\ninstall_requires =\n  torch==2.6.0\n  numpy\n", {"torch": True, "numpy": False}),
        ("environment.yml", CONDA, {"python": True, "numpy": True, "scipy": False, "torch": True}),
        ("uv.lock", '[[package]]\nname = "torch"\nversion = "2.6.0"\n', {"torch": True}),
        (
            "Pipfile.lock",
            '{"default": {"torch": {"version": "==2.6.0"}}, "develop": {"pytest": {}}}',
            {"torch": True, "pytest": True},
        ),
        ("config.json", '{"transformers_version": "4.49.0"}', {"transformers": True}),
        ("config.json", '{"hidden_size": 7}', {}),
        (
            "config_sentence_transformers.json",
            '{"__version__": {"sentence_transformers": "2.0.0", "pytorch": "1.8.1"}}',
            {"sentence-transformers": True, "torch": True},
        ),
        ("a.ipynb", '{"cells": [{"cell_type": "code", "source": "!pip install -q torch==2.6.0"}]}', {"torch": True}),
    ],
)
def test_a_manifest_declares_what_it_says(path, text, expected):
    assert declared_requirements([SourceText(path, text)], None, {}) == expected


def test_the_card_declares_what_it_tells_to_install():
    readme = "```bash\npip install -U 'torch==2.6.0' sentence-transformers\n```\n"
    found = declared_requirements([], readme, {"library_name": "transformers"})
    assert found == {"torch": True, "sentence-transformers": False, "transformers": False}


def test_one_pin_is_enough():
    manifests = [SourceText("requirements.txt", "torch\n"), SourceText("requirements/lock.txt", "torch==2.6.0\n")]
    assert declared_requirements(manifests, None, {}) == {"torch": True}


def test_modules_are_known_by_their_distribution():
    assert [distribution_of(module) for module in ("sklearn", "PIL", "torch")] == ["scikit-learn", "pillow", "torch"]


def test_manifests_beyond_the_limit_declare_nothing():
    code = SourceText("a.py", "#" * MAX_MANIFEST_CHARACTERS)
    large = SourceText("requirements.txt", "torch\n" + "#" * MAX_MANIFEST_CHARACTERS)
    assert declared_requirements([code, large, SourceText("requirements.txt", "numpy\n")], None, {}) == {"numpy": False}


MANIFESTS = [
    "requirements.txt",
    "pyproject.toml",
    "setup.cfg",
    "environment.yml",
    "uv.lock",
    "Pipfile.lock",
    "config.json",
    "config_sentence_transformers.json",
    "a.ipynb",
]
BROKEN = [
    "",
    "[",
    "{",
    "null",
    "7",
    "[]",
    '{"__version__": 3}',
    "dependencies: 7",
    "dependencies: [7, [1]]",
    "[project]\ndependencies = 7",
]


@pytest.mark.parametrize("text", [*BROKEN, "[" * 20_000, "- " * 20_000, "[tool]\npoetry = 3", "package = 3", "\ud800"])
@pytest.mark.parametrize("path", MANIFESTS[1:])  # any line of requirements.txt may be a name
def test_a_broken_manifest_declares_nothing(path, text):
    assert declared_requirements([SourceText(path, text)], None, {}) == {}


@given(
    st.sampled_from(MANIFESTS),
    st.text() | st.sampled_from([PYPROJECT, CONDA]).flatmap(lambda t: st.permutations(t).map("".join)),
)
def test_no_manifest_fails(path, text):
    found = declared_requirements([SourceText(path, text)], text, {"library_name": [text, 3]})
    assert all(isinstance(name, str) for name in found)
