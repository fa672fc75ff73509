"""Whether results are claimed, and backed.

Rule: 0.40 x results + 0.20 x tables + 0.20 x benchmarks + 0.20 x backing.
- results: min(1, n / 3) for n metric values stated by machine in the card's `model-index`.
- tables: 1 where the readme has a table of figures: below a heading on evaluation, or with a metric in its first row.
- benchmarks: min(1, n / 2) for n well-known benchmarks named in `model-index`, such a table or below such a heading.
- backing: 1 where one of the three above is there and a paper is linked (arXiv, DOI, ACL Anthology), a result in
  `model-index` is verified or names its source, or files of results come with the package.
What is named elsewhere, as training data for instance, is no claim.
Source: `model-index` is the Papers-with-Code format of the hub's model cards; the weights are ours.
Missing: neither a readme nor front matter could be had, or a package that is no model claims nothing.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.enums import PackageKind
from app.scoring.cards import Card, mappings, read_card, texts
from app.scoring.evidence import Evidence, clamp, counted, no_evidence
from app.scoring.facts import Facts, Source

RESULTS, TABLES, BENCHMARKS, BACKING = 0.40, 0.20, 0.20, 0.20

# With case: race, drop, glue and arc are also words.
_BENCHMARK = re.compile(
    r"\b(MMLU(?:-Pro)?|(?:Super)?GLUE|SQuAD|HellaSwag|ARC-?(?:C|E|Challenge|Easy)|TruthfulQA|GSM8K|HumanEval|MBPP|"
    r"WinoGrande|BIG-?bench|BBH|GPQA|IFEval|MTEB|BEIR|STS-?(?:B|benchmark)|MS[ -]?MARCO|ImageNet|CIFAR-?100?|MNIST|"
    r"COCO|LibriSpeech|Common ?Voice|WMT ?\d\d|FLORES|XNLI|MNLI|SST-?2|CoNLL-?20\d\d|LAMBADA|WikiText|RACE|DROP|VQAv?2|"
    r"BoolQ|PIQA|ARC)\b"
)
_HEADINGS = ("evaluation", "result", "performance", "benchmark", "metric", "accuracy")
_METRIC = re.compile(
    r"\b(accuracy|acc|f1|precision|recall|auc|bleu|rouge|wer|cer|perplexity|ppl|ndcg|mrr|m?ap|iou|exact match|em|"
    r"spearman|pearson|score|mse|rmse|mae|loss|avg\.?|average)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d")
_PAPER = re.compile(r"arxiv\.org/(?:abs|pdf)/|\barxiv:\d{4}\.\d|doi\.org/10\.|aclanthology\.org/", re.IGNORECASE)
_RESULT_SUFFIXES = (".json", ".csv", ".txt", ".tsv")


def performance_claims(facts: Facts) -> Evidence:
    """Judge the claims of the card by the module's rule."""
    if facts.readme is None and not facts.front_matter:
        return no_evidence(f"There is no card to judge by: {facts.missing.get(Source.HUB, 'the package has none')}.")
    readme = facts.readme or ""
    results = list(_results(facts.front_matter))
    values = sum(_values(result) for result in results)
    evaluation, tables = _evaluation(read_card(readme))
    benchmarks = _benchmarks(evaluation, results)
    is_claim = bool(values or tables or benchmarks)
    if not is_claim and facts.kind is not PackageKind.MODEL:
        return no_evidence("No result is claimed, and only of a model is one expected.")
    backing = _backing(facts, readme, results) if is_claim else ""
    value = (
        RESULTS * min(1, values / 3)
        + TABLES * (tables > 0)
        + BENCHMARKS * min(1, len(benchmarks) / 2)
        + BACKING * bool(backing)
    )
    reason = (
        f"The card states {counted(values, 'metric value')} in its model-index, shows "
        f"{counted(tables, 'table')} of figures and names {counted(len(benchmarks), 'known benchmark')}"
        f"{' (' + ', '.join(benchmarks[:5]) + ')' if benchmarks else ''}; "
        f"{_standing(is_claim, backing)}."
    )
    return Evidence(clamp(value), reason, confidence=0.9 if facts.readme is not None else 0.6)


def _results(front_matter: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for entry in mappings(front_matter.get("model-index")):
        yield from mappings(entry.get("results"))


def _values(result: Mapping[str, Any]) -> int:
    return sum(1 for metric in mappings(result.get("metrics")) if isinstance(metric.get("value"), int | float | str))


def _standing(is_claim: bool, backing: str) -> str:
    if not is_claim:
        return "no result is claimed"
    return f"{backing} back the claims" if backing else "nothing backs the claims"


def _evaluation(card: Card) -> tuple[str, int]:
    """The text in which results are claimed, and how many tables of figures it has."""
    claiming = [table for table in card.tables if _METRIC.search(table.rows[0]) or _is_on_results(table.title)]
    of_figures = sum(1 for table in claiming if any(_NUMBER.search(row) for row in table.rows[1:]))
    rows = (row for table in claiming for row in table.rows)
    return "\n".join((card.text_under(*_HEADINGS), *rows)), of_figures


def _is_on_results(title: str) -> bool:
    return any(keyword in title for keyword in _HEADINGS)


def _benchmarks(evaluation: str, results: list[Mapping[str, Any]]) -> list[str]:
    data = (entry for result in results for entry in mappings(result.get("dataset")))
    named = (name for entry in data for name in texts(entry.get("name")))
    return sorted({match.group().upper() for text in (evaluation, *named) for match in _BENCHMARK.finditer(text)})


def _backing(facts: Facts, readme: str, results: list[Mapping[str, Any]]) -> str:
    if _PAPER.search(readme):
        return "papers linked"
    sourced = any(mappings(result.get("source")) for result in results)
    verified = any(metric.get("verified") is True for result in results for metric in mappings(result.get("metrics")))
    if sourced or verified:
        return "sources named"
    return "files of results" if any(_holds_results(file.path) for file in facts.files or ()) else ""


def _holds_results(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return name.endswith(_RESULT_SUFFIXES) and "result" in name
