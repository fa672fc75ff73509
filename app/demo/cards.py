"""Model and data cards as people write them for model hubs: front matter in YAML, then Markdown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

IN_HOUSE = "acme-internal"


@dataclass(frozen=True)
class Evaluation:
    """What a model reached on a data set; `metrics` by their hub name, such as accuracy."""

    dataset: str
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class ModelCard:
    """What a good card tells. `base_model` and `datasets` are what the registry proposes lineage from."""

    title: str
    summary: str
    license: str
    task: str
    usage: str
    requirements: str
    training: str
    limitations: str
    evaluation: Evaluation
    library: str = "transformers"
    base_model: str | tuple[str, ...] | None = None
    relation: str | None = None
    datasets: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The README.md."""
        return _front_matter(self._front_matter()) + _MODEL.format(
            title=self.title,
            summary=self.summary,
            task=self.task.replace("-", " "),
            install=self.requirements.strip().replace("\n", " "),
            usage=self.usage.strip(),
            training=self.training,
            dataset=self.evaluation.dataset,
            header=" | ".join(self.evaluation.metrics),
            rule=" | ".join("---" for _ in self.evaluation.metrics),
            figures=" | ".join(f"{value:.3f}" for value in self.evaluation.metrics.values()),
            limitations=self.limitations,
        )

    def _front_matter(self) -> dict[str, Any]:
        stated = {
            "license": self.license.lower(),
            "library_name": self.library,
            "pipeline_tag": self.task,
            "base_model": list(self.base_model) if isinstance(self.base_model, tuple) else self.base_model,
            "base_model_relation": self.relation,
            "datasets": list(self.datasets),
        }
        metrics = [{"type": name, "value": value} for name, value in self.evaluation.metrics.items()]
        result = {
            "task": {"type": self.task},
            "dataset": {"name": self.evaluation.dataset, "type": self.evaluation.dataset},
            "metrics": metrics,
            "source": {"name": "Acme ML evaluation", "url": "https://acme-ml.example/evaluation"},
        }
        index = [{"name": self.title, "results": [result]}]
        return {name: value for name, value in stated.items() if value} | {"model-index": index}


def data_card(title: str, summary: str, license: str, path: str, fields: Mapping[str, str], collection: str) -> str:
    """The README.md of a data set whose main file, CSV or JSON lines, is at `path`; `fields` describes its columns."""
    rows = "\n".join(f"| `{name}` | {meaning} |" for name, meaning in fields.items())
    module, read = ("csv", "csv.DictReader(file)") if path.endswith(".csv") else ("json", "map(json.loads, file)")
    usage = _READ.format(module=module, path=path, read=read)
    stated = {"license": "other", "license_name": license} if license == IN_HOUSE else {"license": license.lower()}
    front = _front_matter({**stated, "pretty_name": title, "language": ["en"]})
    return front + _DATA.format(title=title, summary=summary, rows=rows, usage=usage, collection=collection)


def _front_matter(values: Mapping[str, Any]) -> str:
    return f"---\n{yaml.safe_dump(dict(values), sort_keys=False)}---\n\n"


_MODEL = """# {title}

{summary}

## Intended use

Meant for {task} in tests, tutorials and demonstrations, on a laptop without a GPU; not for decisions about people.

## How to use

```bash
pip install {install}
```

```python
{usage}
```

## Training

{training}

## Evaluation

Measured on the held-out part of {dataset}, with the seed that stands in the training script.

| data set | {header} |
| --- | {rule} |
| {dataset} | {figures} |

## Limitations

{limitations}

## Citation

Acme ML, {title}, 2026.
"""

_READ = """import {module}

with open("{path}", encoding="utf-8") as file:
    rows = list({read})
print(len(rows), rows[0])
"""

_DATA = """# {title}

{summary}

## Data fields

| field | meaning |
| --- | --- |
{rows}

## How to use

```python
{usage}```

## Collection

{collection}

## Intended use

Small enough to be read in a moment: meant for tests, tutorials and demonstrations.

## Limitations

Every row was made up by a program, so that figures measured on it say nothing about the world.
"""
