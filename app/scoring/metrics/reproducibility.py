"""Whether the code shown is complete as it stands: in the readme's examples and in the files that come along.

Rule:
- 0 where no code is shown, or no piece of it is complete. A piece is complete when it parses and uses no name that is
  bound neither in it nor, for an example, in an earlier example.
- 1 where every piece is complete, every third-party module imported is declared (requirements, lock file, `pip install`
  line, versions recorded in config.json), every declaration used is pinned to a version, and a seed is set wherever
  random numbers are drawn or something is trained.
- 0.5 otherwise: it can be made to run.
Source: the three steps are those of the reproducibility literature (no, with work, as it stands), e.g. Pineau et al.,
"Improving Reproducibility in Machine Learning Research" (2020). Missing: no readme and no code could be had.
"""

import sys
from collections.abc import Sequence

from app.scoring.evidence import Evidence, counted, no_evidence
from app.scoring.facts import CodeFile, Facts, Source
from app.scoring.requirements import distribution_of

_NOTEBOOK_NAMES = frozenset({"display", "get_ipython", "__file__"})


def reproducibility(facts: Facts) -> Evidence:
    """Judge the code shown by the module's rule."""
    code = facts.code
    pieces = (*code.examples, *code.files) if code else ()
    if not pieces:
        if facts.readme is None or code is None:
            return no_evidence(
                f"No code is there to judge: {facts.missing.get(Source.CODE, 'no readme could be had')}."
            )
        return Evidence(0.0, "The readme shows no Python code, and none comes with the package.", confidence=0.7)
    complete = [piece for piece, undefined in _with_undefined(facts) if piece.parses and not undefined]
    if not complete:
        return Evidence(0.0, f"None of {counted(len(pieces), 'piece')} of code is complete: {_first_flaw(facts)}.", 0.8)
    flaws = _flaws(facts, pieces, len(complete))
    shown = f"{len(complete)} of {counted(len(pieces), 'piece')} of code parse and define every name they use"
    if flaws:
        return Evidence(0.5, f"{shown}, but {'; '.join(flaws)}.", confidence=0.8)
    return Evidence(1.0, f"{shown}; imports are declared, versions pinned, seeds set where needed.", confidence=0.8)


def _flaws(facts: Facts, pieces: Sequence[CodeFile], complete: int) -> list[str]:
    flaws = []
    if complete < len(pieces):
        flaws.append(_first_flaw(facts))
    needed = _third_party(pieces)
    undeclared = sorted(name for name in needed if name not in facts.requirements)
    unpinned = sorted(name for name in needed if facts.requirements.get(name) is False)
    if undeclared:
        flaws.append(f"{', '.join(undeclared[:5])} {'is' if len(undeclared) == 1 else 'are'} imported but not declared")
    if unpinned:
        flaws.append(f"no version is pinned of {', '.join(unpinned[:5])}")
    if any(piece.uses_randomness for piece in pieces) and not any(piece.sets_seed for piece in pieces):
        flaws.append("random numbers are used without a seed")
    return flaws


def _with_undefined(facts: Facts) -> list[tuple[CodeFile, list[str]]]:
    """Every piece with the names it uses and nobody binds; examples build on the ones before them."""
    found = []
    bound = set(_NOTEBOOK_NAMES)
    for example in facts.code.examples if facts.code else ():
        found.append((example, [name for name in example.undefined if name not in bound]))
        bound.update(example.bound)
    for file in facts.code.files if facts.code else ():
        found.append((file, [name for name in file.undefined if name not in _NOTEBOOK_NAMES]))
    return found


def _first_flaw(facts: Facts) -> str:
    for piece, undefined in _with_undefined(facts):
        if not piece.parses:
            return f"{piece.path} does not parse ({piece.error})"
        if undefined:
            return f"{piece.path} uses {', '.join(undefined[:3])} without defining it"
    return "every piece is"


def _third_party(pieces: Sequence[CodeFile]) -> set[str]:
    """The distributions of the modules imported that are neither Python's own nor come along."""
    local = {part for piece in pieces for part in piece.path.removesuffix(".py").split("/")}
    modules = {module for piece in pieces for module in piece.imports}
    return {distribution_of(module) for module in modules - local if module not in sys.stdlib_module_names}
