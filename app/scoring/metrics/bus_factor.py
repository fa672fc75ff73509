"""On how many people the package rests.

Rule: 1 - sum of p_i squared, p_i being the share of commits of contributor i: the probability that two commits drawn at
random come from different people (Gini-Simpson index). One person gives 0, two equals 0.5, ten equals 0.9; uneven
shares count as fewer people. Robots do not count. The repository's contributors are taken (the 100 with most commits);
where none can be had, the authors of the commits to the model's page, with less confidence.
Source: Simpson, "Measurement of Diversity" (1949). Missing: neither list could be had.
"""

from collections.abc import Mapping

from app.scoring.evidence import Evidence, clamp, counted, no_evidence, percent
from app.scoring.facts import Facts, Source

_PAGE = 100  # so many contributors are asked for


def bus_factor(facts: Facts) -> Evidence:
    """Judge the spread of commits over people by the module's rule."""
    repository = facts.repository
    if repository and repository.is_declared and repository.contributors:
        confidence = 0.95 if len(repository.contributors) < _PAGE else 0.85
        return _judged(repository.contributors, f"the repository {repository.full_name}", confidence)
    if facts.hub and facts.hub.commit_authors:
        return _judged(facts.hub.commit_authors, f"the page of {facts.hub.model_id}, for want of a repository", 0.5)
    why = facts.missing.get(Source.CONTRIBUTORS) or facts.missing.get(Source.REPOSITORY)
    return no_evidence(f"Who contributes is not known: {why or 'the repository names nobody'}.")


def _judged(commits: Mapping[str, int], where: str, confidence: float) -> Evidence:
    counts = [count for count in commits.values() if count > 0]
    total = sum(counts)
    if not total:
        return no_evidence(f"Who contributes is not known: {where} shows no commits.")
    value = clamp(1 - sum((count / total) ** 2 for count in counts))
    reason = (
        f"{counted(len(counts), 'person', 'people')} made {counted(total, 'commit')} to {where}; the most active made "
        f"{percent(max(counts) / total)} of them, as if {1 / max(1 - value, 1e-9):.1f} people had shared evenly."
    )
    return Evidence(value, reason, confidence)
