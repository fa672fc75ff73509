"""The project product-recommendations of Acme ML: a catalogue, and models that descend from the public tiny-bert."""

from app.demo import samples, text_sources
from app.demo.archives import Files
from app.demo.bert import adapter_files, bert_files
from app.demo.cards import Evaluation, ModelCard, data_card
from app.demo.licenses import APACHE_2, creative_commons
from app.demo.package import ACME, DATA_SCIENTIST, ML_ENGINEER, PRODUCT_RECOMMENDATIONS, DemoPackage
from app.enums import PackageKind, Visibility


def product_recommendations() -> list[DemoPackage]:
    """The project's packages, parents first."""
    catalogue: Files = {
        "README.md": data_card(
            "Product catalogue",
            "Three hundred products of a shop that does not exist.",
            "CC-BY-4.0",
            "data/products.jsonl",
            {"sku": "the product", "title": "its name", "price": "in euros"},
            "Written by a program from lists of products and qualities.",
        ),
        "LICENSE": creative_commons("Product catalogue", "CC-BY-4.0"),
        "data/products.jsonl": samples.jsonl(samples.products(300, seed=40)),
    }
    embeddings = ModelCard(
        title="Product embeddings",
        summary="Places products of the catalogue near those that are bought with them: tiny-bert, fine-tuned.",
        license="Apache-2.0",
        task="feature-extraction",
        usage=text_sources.EMBED.replace("tiny-bert", "product-embeddings"),
        requirements=text_sources.TEXT_REQUIREMENTS,
        training="One epoch of contrastive learning over pairs of products bought together.",
        limitations="Knows the titles of products only, in English.",
        evaluation=Evaluation("product-catalog", {"recall": 0.731, "ndcg": 0.642}),
        base_model="public/tiny-bert",
        datasets=("acme-ml/product-catalog",),
    )
    embedding_files = {"README.md": str(embeddings), "LICENSE": APACHE_2, **bert_files(41, named="tiny-bert")}
    ranker_files = {"README.md": _ADAPTER_README, **adapter_files(42, "acme-ml/product-embeddings")}
    return [
        _package("product-catalog", "1.0.0", PackageKind.DATASET, DATA_SCIENTIST, catalogue),
        _package("product-embeddings", "1.0.0", PackageKind.MODEL, DATA_SCIENTIST, embedding_files),
        _package("product-ranker-lora", "0.2.0", PackageKind.MODEL, ML_ENGINEER, ranker_files),
    ]


def _package(name: str, version: str, kind: PackageKind, publisher: str, files: Files) -> DemoPackage:
    return DemoPackage(
        name,
        version,
        kind,
        publisher,
        files,
        author="Acme ML Shop",
        organization=ACME,
        project=PRODUCT_RECOMMENDATIONS,
        visibility=Visibility.ORGANIZATION,
    )


_ADAPTER_README = """---
license: apache-2.0
library_name: peft
---

# Product ranker

A low-rank adapter that turns the product embeddings into a ranking. Work in progress: no evaluation yet.
"""
