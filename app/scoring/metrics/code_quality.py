"""Static analysis of the code that comes with the package, or else of its repository's; nothing is executed.

Rule: share of lines that parse x (0.30 x style + 0.20 x faults + 0.20 x complexity + 0.15 x types + 0.15 x tests).
- style: 1 - pycodestyle's issues per line x 5 (0 from 20 issues in 100 lines on), lines up to 120 characters.
- faults: 1 - pyflakes' messages per line x 20 (0 from 5 in 100 lines on): undefined names, unused imports.
- complexity: the share of functions with a cyclomatic complexity of at most 10; left out where there are none.
- types: the share of parameters and results with an annotation; left out where there are no functions.
- tests: 1 where test files come along, in the package or its repository.
Source: PEP 8, McCabe, "A Complexity Measure" (1976) for the limit of 10; weights and slopes are ours.
Missing: no Python comes with the package. Examples in the readme do not count here.
"""

from collections.abc import Sequence

from app.scoring.evidence import Evidence, Part, clamp, counted, mean_of_known, no_evidence, percent
from app.scoring.facts import CodeFile, Facts, Source

STYLE, FAULTS, COMPLEXITY, TYPES, TESTS = 0.30, 0.20, 0.20, 0.15, 0.15
STYLE_SLOPE, FAULT_SLOPE, COMPLEXITY_LIMIT = 5, 20, 10


def code_quality(facts: Facts) -> Evidence:
    """Judge the analysed code by the module's rule."""
    files = facts.code.files if facts.code else ()
    parsed = [file for file in files if file.parses]
    lines = sum(file.lines for file in files)
    if facts.code is None or not lines:
        return no_evidence(
            f"No Python code is there to judge: {facts.missing.get(Source.CODE, 'the package has none')}."
        )
    parsed_lines = sum(file.lines for file in parsed)
    parts = _parts(facts, parsed, parsed_lines)
    mean, _ = mean_of_known(parts)
    figures = ", ".join(f"{name} {percent(part.value)}" for name, part in parts.items() if part.value is not None)
    reason = (
        f"{counted(len(files), 'file')} of {counted(lines, 'line')}, {percent(parsed_lines / lines)} of which parse: "
        f"{figures}."
    )
    if facts.code.left_out:
        reason += f" {counted(facts.code.left_out, 'source')} beyond the limits of size and time not judged."
    seen = len(files) / (len(files) + facts.code.left_out)
    return Evidence(clamp((mean or 0.0) * parsed_lines / lines), reason, confidence=clamp(0.9 * seen))


def _parts(facts: Facts, parsed: Sequence[CodeFile], lines: int) -> dict[str, Part]:
    complexities = [complexity for file in parsed for complexity in file.complexities]
    annotatable = sum(file.annotatable for file in parsed)
    simple = sum(1 for complexity in complexities if complexity <= COMPLEXITY_LIMIT)
    return {
        "style": Part(STYLE, _cleanness([file.style_issues for file in parsed], lines, STYLE_SLOPE)),
        "freedom from faults": Part(FAULTS, _cleanness([file.fault_count for file in parsed], lines, FAULT_SLOPE)),
        "simple functions": Part(COMPLEXITY, simple / len(complexities) if complexities else None),
        "annotated types": Part(TYPES, sum(file.annotated for file in parsed) / annotatable if annotatable else None),
        "tests": Part(TESTS, float(_has_tests(facts))),
    }


def _cleanness(issues: Sequence[int], lines: int, slope: int) -> float | None:
    return clamp(1 - slope * sum(issues) / lines) if lines else None


def _has_tests(facts: Facts) -> bool:
    repository = facts.repository.paths if facts.repository and facts.repository.is_declared else None
    paths = [*(file.path for file in facts.files or ()), *(repository or ())]
    paths += [file.path for file in facts.code.files] if facts.code else []
    return any(_is_test(path) for path in paths)


def _is_test(path: str) -> bool:
    *folders, name = path.lower().split("/")
    if not name.endswith(".py"):
        return False
    return (
        name.startswith(("test_", "conftest.")) or name.endswith("_test.py") or bool({"test", "tests"} & set(folders))
    )
