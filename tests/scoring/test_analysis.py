import asyncio
import sys

import pytest

from app.scoring.analysis import AnalysisUnavailable, analyse
from app.scoring.facts import SourceText
from app.scoring.sources import (
    MAX_SOURCE_BYTES,
    MAX_SOURCES,
    READ_BYTES,
    is_wanted,
    notebook_python,
    notebook_shell,
    python_sources,
)

CODE = """import os
import numpy as np
from torch.nn import Linear

from . import local


def scaled(values: list, *, by: float) -> list:
    if by:
        return [value * by for value in values]
    return missing


np.random.rand(3)
"""


async def test_code_is_described_without_being_run(tmp_path):
    # given a source that would leave a mark
    mark = tmp_path / "mark"
    hostile = SourceText("run.py", f"open({str(mark)!r}, 'w').close()\n")
    # when
    scaled, _ = await analyse([SourceText("scaled.py", CODE), hostile])
    # then
    assert not mark.exists()
    assert (scaled.parses, scaled.lines) == (True, 9)
    assert scaled.imports == ("numpy", "os", "torch")
    assert scaled.undefined == ("missing",)
    assert scaled.complexities == (2,)  # one branch
    assert (scaled.annotated, scaled.annotatable) == (3, 3)
    assert (scaled.uses_randomness, scaled.sets_seed) == (True, False)
    assert scaled.fault_count == 4  # three unused imports and the undefined name
    assert scaled.style_issues == 0


@pytest.mark.parametrize(
    ("text", "sets_seed"),
    [
        ("import torch\ntorch.manual_seed(1)\n", True),
        ("from sklearn.model_selection import train_test_split\ntrain_test_split(x, random_state=1)\n", True),
        ("import numpy\nnumpy.random.default_rng(1)\n", True),
        ("import numpy\nnumpy.random.rand(1)\n", False),
    ],
)
async def test_seeds_are_recognised(text, sets_seed):
    (found,) = await analyse([SourceText("a.py", text)])
    assert (found.parses, found.sets_seed) == (True, sets_seed)


async def test_hostile_sources_cost_only_themselves():
    # given sources that exhaust the parser's stack, the compiler's recursion and the linters
    hostile = {
        "parentheses": "(" * 100_000 + ")" * 100_000,
        "minus": "-" * 100_000 + "1",
        "attributes": "a" + ".b" * 100_000,
        "sum": "1" + "+1" * 100_000,
        "lambda": "lambda:" * 50_000 + "1",
        "indented": "\n".join(" " * depth + "if x:" for depth in range(99)) + "\n" + " " * 99 + "pass",
        "null": "a\0b",
        "surrogate": "a = '\ud800'",
        "unfinished": "def f(:\n",
        "string": '"""' + "\\" * 100_000,
    }
    sources = [SourceText(f"{name}.py", text) for name, text in hostile.items()] + [SourceText("good.py", "x = 1\n")]
    # when
    found = await analyse(sources)
    # then
    assert [file.path for file in found] == [source.path for source in sources]
    by_path = {file.path: file for file in found}
    assert by_path["good.py"].parses
    for name in ("parentheses", "minus", "attributes", "sum", "null", "unfinished"):
        assert not by_path[f"{name}.py"].parses
        assert by_path[f"{name}.py"].error


@pytest.mark.skipif(sys.platform == "win32", reason="memory is limited by POSIX means")
async def test_a_source_that_needs_too_much_memory_is_reported():
    # given a text of 4 MB whose tree would take a gigabyte
    greedy = SourceText("greedy.py", "x = [" + "a," * 2_000_000 + "]")
    # when
    (beyond,) = await analyse([greedy])
    # then
    assert not beyond.parses


DYING_WORKER = """
import json, os, sys
print("ready", flush=True)
for source in json.load(sys.stdin):
    if "kill" in source["text"]:
        print('{"path": "half a li', end="", flush=True)
        os._exit(139)
    print(json.dumps({"path": source["path"], "lines": 1, "parses": True}), flush=True)
"""


async def test_a_source_that_brings_the_process_down_costs_only_itself(tmp_path, monkeypatch):
    # given an analysis that dies of certain sources, as a fault in the compiler would make it
    worker = tmp_path / "worker.py"
    worker.write_text(DYING_WORKER)
    monkeypatch.setattr("app.scoring.analysis._WORKER", worker)
    texts = {"a": "fine", "b": "kill", "c": "fine", "d": "kill", "e": "fine", "f": "kill", "g": "fine"}
    # when
    found = await analyse([SourceText(path, text) for path, text in texts.items()])
    # then it goes on twice, and leaves out what follows the third crash
    assert [(file.path, file.parses) for file in found] == [(path, text == "fine") for path, text in texts.items()][:6]


async def test_an_analysis_without_time_is_not_available():
    with pytest.raises(AnalysisUnavailable, match=r"did not end within 0\.001 s"):
        await analyse([SourceText("a.py", "a = 1\n")], deadline_seconds=0.001)


@pytest.mark.parametrize("worker", ["import no_such_module", "print('hello')", ""])
async def test_an_analysis_that_does_not_start_accuses_no_source(tmp_path, monkeypatch, worker):
    path = tmp_path / "worker.py"
    path.write_text(worker)
    monkeypatch.setattr("app.scoring.analysis._WORKER", path)
    with pytest.raises(AnalysisUnavailable, match="could not be started"):
        await analyse([SourceText("a.py", "a = 1\n")])


async def test_nothing_to_analyse_starts_nothing():
    assert await analyse([]) == ()


async def test_many_at_once_do_not_disturb_each_other():
    results = await asyncio.gather(*(analyse([SourceText(f"{n}.py", f"x = {n}\n")]) for n in range(4)))
    assert [file.path for (file,) in results] == ["0.py", "1.py", "2.py", "3.py"]


NOTEBOOK = """{"cells": [
 {"cell_type": "markdown", "source": ["# Title"]},
 {"cell_type": "code", "source": ["!pip install torch==2.6.0\\n", "%matplotlib inline\\n", "import torch\\n"]},
 {"cell_type": "code", "source": "%%bash\\nrm -rf /"},
 {"cell_type": "code", "source": "%%time\\nfor i in range(3):\\n    !ls\\n"},
 {"cell_type": "code", "source": 7}, 7, {"cell_type": "code"}
]}"""


def test_a_notebook_becomes_python():
    python = notebook_python(NOTEBOOK)
    compile(python, "notebook", "exec")
    assert python.startswith("pass\npass\nimport torch")
    assert "for i in range(3):\n    pass" in python
    assert "rm -rf" not in python
    assert "pip install torch==2.6.0" in notebook_shell(NOTEBOOK)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"cells": 3}', '{"cells": [null]}'])
def test_a_broken_notebook_has_no_code(text):
    assert notebook_python(text) == ""


def test_sources_are_limited_in_number_and_size():
    # given
    many = [SourceText(f"{n}.py", "x = 1\n") for n in range(MAX_SOURCES + 5)]
    big = SourceText("big.py", ("#" + "é" * MAX_SOURCE_BYTES).encode()[:READ_BYTES].decode())
    # when
    kept, left_out = python_sources([big, SourceText("README.md", "text"), *many])
    # then
    assert (len(kept), left_out) == (MAX_SOURCES, 6)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("a/train.py", True),
        ("demo.IPYNB", True),
        ("requirements-dev.txt", True),
        ("requirements/base.txt", True),
        ("pyproject.toml", True),
        ("config.json", True),
        ("vocab.txt", False),
        ("model.safetensors", False),
    ],
)
def test_the_texts_wanted_are_code_and_requirements(path, wanted):
    assert is_wanted(path) is wanted
