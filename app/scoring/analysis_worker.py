"""Static analysis of Python sources, in a process of its own that hostile text may bring down.

Parsing, not running: nothing of the sources is executed. The compiler and the linters recurse and backtrack on text
that was made to hurt them, hence the separate process with limits on memory and processor time. It runs in isolated
mode, with an empty environment, and imports nothing of `app`: only the standard library and the linters.

Input: one JSON array of {"path", "text"} on standard input. Output: the line `ready`, then one JSON line for each
source, in order, at once when it is done, so that the parent knows which source it was when the process dies.
"""

import ast
import json
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

import mccabe
import pycodestyle
from pyflakes import checker as pyflakes_checker
from pyflakes import messages as pyflakes_messages

MEMORY_BYTES = 512 << 20
CPU_SECONDS_PER_SOURCE = 10
MAX_LINE_LENGTH = 120
_MAX_NAMES = 200

_SEEDING = frozenset(
    {
        *("seed", "manual_seed", "manual_seed_all", "set_seed", "set_random_seed", "seed_everything", "seed_all"),
        *("default_rng", "RandomState", "Generator", "PRNGKey", "enable_full_determinism"),
    }
)
_SEED_KEYWORDS = frozenset({"seed", "random_state", "random_seed", "rng"})
_RANDOM_CALLS = frozenset(
    {
        *("shuffle", "rand", "randn", "randint", "random_split", "train_test_split", "sample", "choice", "choices"),
        *("fit", "fit_transform", "Trainer", "SentenceTransformerTrainer", "SFTTrainer", "KFold", "StratifiedKFold"),
    }
)


def analyse(path: str, text: str) -> dict[str, Any]:
    """The facts of one source, as `app.scoring.facts.CodeFile` names them."""
    lines = text.splitlines(keepends=True)
    found: dict[str, Any] = {"path": path, "lines": sum(1 for line in lines if line.strip()), "parses": False}
    try:
        tree = ast.parse(text)
        messages = pyflakes_checker.Checker(tree, filename=path).messages
        found.update(_of_tree(tree), **_of_messages(messages))
        found["style_issues"] = _style_issues(path, lines)
        found["complexities"] = list(_complexities(tree))
    except SyntaxError as error:
        found["error"] = f"line {error.lineno}: {error.msg}"
    except (RecursionError, MemoryError):
        found["error"] = "too large or nested too deeply"
    except Exception as error:  # a linter's own failure on odd text must not cost the other sources
        found["error"] = f"not analysable ({type(error).__name__})"
    else:
        found["parses"] = True
    return found


def _of_messages(messages: list[Any]) -> dict[str, Any]:
    undefined = {str(m.message_args[0]) for m in messages if isinstance(m, pyflakes_messages.UndefinedName)}
    return {"undefined": sorted(undefined)[:_MAX_NAMES], "fault_count": len(messages)}


def _of_tree(tree: ast.Module) -> dict[str, Any]:
    imports: set[str] = set()
    bound: set[str] = set()
    annotated = annotatable = 0
    uses_randomness = sets_seed = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports.update(alias.name.partition(".")[0] for alias in node.names)
            bound.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level == 0 and node.module:
                imports.add(node.module.partition(".")[0])
            bound.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            bound.add(node.name)
            typed, slots = _annotations(node)
            annotated, annotatable = annotated + typed, annotatable + slots
        elif isinstance(node, ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.Call):
            uses, sets = _randomness(node)
            uses_randomness, sets_seed = uses_randomness or uses, sets_seed or sets
    return {
        "imports": sorted(imports)[:_MAX_NAMES],
        "bound": sorted(bound)[:_MAX_NAMES],
        "annotated": annotated,
        "annotatable": annotatable,
        "uses_randomness": uses_randomness,
        "sets_seed": sets_seed,
    }


def _annotations(function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[int, int]:
    given = function.args
    parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    parameters += [extra for extra in (given.vararg, given.kwarg) if extra]
    parameters = [parameter for parameter in parameters if parameter.arg not in ("self", "cls")]
    typed = sum(1 for parameter in parameters if parameter.annotation) + (function.returns is not None)
    return typed, len(parameters) + 1


def _randomness(call: ast.Call) -> tuple[bool, bool]:
    name = _called_name(call.func)
    seeds = name in _SEEDING or any(keyword.arg in _SEED_KEYWORDS for keyword in call.keywords)
    dotted = isinstance(call.func, ast.Attribute) and _called_name(call.func.value) == "random"
    return dotted or name in _RANDOM_CALLS, seeds


def _called_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _style_issues(path: str, lines: list[str]) -> int:
    guide = pycodestyle.StyleGuide(max_line_length=MAX_LINE_LENGTH, reporter=pycodestyle.BaseReport)
    return int(guide.input_file(path, lines=lines))


def _complexities(tree: ast.Module) -> Iterator[int]:
    visitor = mccabe.PathGraphingAstVisitor()
    visitor.preorder(tree, visitor)
    for graph in visitor.graphs.values():
        yield graph.complexity()


def _limit_resources() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _limit_next_source() -> None:
    """Let the process die when the next source takes too long; a package of many sources may well."""
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + CPU_SECONDS_PER_SOURCE, hard))


def main() -> None:
    """Read the sources, answer line by line."""
    _limit_resources()
    warnings.simplefilter("ignore")  # what the compiler thinks of somebody's escape sequences is no news
    print("ready", flush=True)
    for source in json.load(sys.stdin):
        _limit_next_source()
        print(json.dumps(analyse(source["path"], source["text"])), flush=True)


if __name__ == "__main__":
    main()
