"""How good the packages are that this one descends from.

Rule: the mean net score of the package's direct parents that have one.
Source: ours. Missing: there are no parents, none has a score, or they are not known.
"""

from app.scoring.evidence import Evidence, clamp, counted, no_evidence
from app.scoring.facts import Facts, Source


def treescore(facts: Facts) -> Evidence:
    """Judge the parents by the module's rule."""
    scores = facts.parent_net_scores
    if scores is None:
        return no_evidence(f"The parents are not known: {facts.missing.get(Source.PARENTS, 'nobody was asked')}.")
    if not scores:
        return no_evidence("The package has no parents with a score.")
    value = clamp(sum(scores) / len(scores))
    reason = f"The mean net score of {counted(len(scores), 'parent')} is {value:.2f}."
    return Evidence(value, reason, confidence=1.0)
