"""The share of the repository's code that came in through reviewed pull requests.

Rule: lines added by reviewed commits / lines added by all, over the newest commits of the default branch (10, with a
token 40; merge commits aside, since their lines are counted already). A commit is reviewed when it belongs to a merged
pull request that somebody other than its author, and no robot, has reviewed.
Source: ours; a sample of the newest commits stands for the whole, since asking for all would exhaust the host's rate
limit. Missing: there is no repository, or its history could not be had.
"""

from app.scoring.evidence import Evidence, clamp, counted, no_evidence, percent
from app.scoring.facts import Facts, Source

_SURE_FROM_COMMITS = 40


def reviewedness(facts: Facts) -> Evidence:
    """Judge the sample of commits by the module's rule."""
    reviews = facts.repository.reviews if facts.repository else None
    if reviews is None:
        why = facts.missing.get(Source.REVIEWS) or facts.missing.get(Source.REPOSITORY)
        return no_evidence(f"How the code was reviewed is not known: {why or 'the repository cannot be reached'}.")
    if not reviews.lines:
        return no_evidence("How the code was reviewed is not known: the newest commits added no lines.")
    share = clamp(reviews.reviewed_lines / reviews.lines)
    reason = (
        f"Of {counted(reviews.lines, 'line')} added by the newest {counted(reviews.commits, 'commit')}, "
        f"{reviews.reviewed_lines:,} ({percent(share)}) came in through reviewed pull requests."
    )
    return Evidence(share, reason, confidence=clamp(0.5 + 0.4 * min(1, reviews.commits / _SURE_FROM_COMMITS)))
