"""How soon an engineer is productive with the package.

Rule: 0.30 x usage section + 0.30 x example + 0.10 x installation + 0.30 x completeness.
- usage section: 1 where a heading on usage, getting started or examples has text below it.
- example: 1 where a Python example parses, 0.5 where there is only code that does not, or another language's.
- installation: 1 where `pip install` or `conda install` is shown, or requirements are declared.
- completeness: the share present of six subjects of a model card: description, intended use, limitations, training,
  evaluation, citation.
Source: the card's subjects are those of Mitchell et al., "Model Cards for Model Reporting" (2019), as in the hub's card
template; the weights are ours. Missing: no readme could be had.
"""

from app.scoring.cards import Card, read_card
from app.scoring.evidence import Evidence, clamp, counted, no_evidence
from app.scoring.facts import CodeFile, Facts, Source

USAGE, EXAMPLE, INSTALLATION, COMPLETENESS = 0.30, 0.30, 0.10, 0.30

_USAGE = ("usage", "how to use", "getting started", "get started", "quick start", "quickstart", "example", "direct use")
_SUBJECTS = {
    "description": ("description", "overview", "introduction", "model details", "summary", "about", "background"),
    "intended use": ("intended", "uses", "use case", "direct use", "application"),
    "limitations": ("limitation", "bias", "risk", "caveat", "ethic"),
    "training": ("train", "fine-tun", "finetun", "data"),
    "evaluation": ("evaluation", "result", "performance", "metric", "benchmark"),
    "citation": ("citation", "cite", "reference", "citing", "author"),
}


def ramp_up_time(facts: Facts) -> Evidence:
    """Judge the readme by the module's rule."""
    if facts.readme is None:
        return no_evidence(f"There is no readme to judge by: {facts.missing.get(Source.HUB, 'the package has none')}.")
    card = read_card(facts.readme)
    examples = facts.code.examples if facts.code else ()
    has_usage = card.has_section(*_USAGE)
    example = _example(card, examples)
    installs = bool(facts.requirements) or any(
        "pip install" in block or "conda install" in block for block in card.shell
    )
    absent = [subject for subject, keywords in _SUBJECTS.items() if not card.has_section(*keywords)]
    completeness = 1 - len(absent) / len(_SUBJECTS)
    value = USAGE * has_usage + EXAMPLE * example + INSTALLATION * installs + COMPLETENESS * completeness
    parsing = sum(1 for file in examples if file.parses)
    reason = (
        f"The readme of {counted(card.words, 'word')} has {'a' if has_usage else 'no'} usage section, "
        f"{counted(len(card.python), 'Python example')} ({parsing} of them parse) and "
        f"{'tells' if installs else 'does not tell'} what to install; it covers {len(_SUBJECTS) - len(absent)} of "
        f"{len(_SUBJECTS)} subjects of a model card" + (f", not {', '.join(absent)}." if absent else ".")
    )
    return Evidence(clamp(value), reason, confidence=0.9 if facts.code else 0.7)


def _example(card: Card, examples: tuple[CodeFile, ...]) -> float:
    if any(example.parses for example in examples):
        return 1.0
    return 0.5 if card.python or card.shell else 0.0
