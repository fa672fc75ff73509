"""A hub and a repository host that give recorded answers, and settings that lead to them."""

import io
import socket
import tarfile
from pathlib import Path

import pytest

from app.config import Settings
from tests.local_server import Prepared, serve

RECORDED = Path(__file__).parent / "recorded"
REPOSITORY = "/repos/acme/tiny-bert-training"

ROUTES = {
    "/api/models/acme/tiny-bert": "hub_model.json",
    "/acme/tiny-bert/raw/main/README.md": "model_readme.md",
    "/api/models/acme/tiny-bert/commits/main": "hub_commits.json",
    "/api/datasets/acme/reviews": "hub_dataset.json",
    "/datasets/acme/reviews/raw/main/README.md": "dataset_readme.md",
    "/api/models": "hub_models_using.json",
    REPOSITORY: "github_repository.json",
    f"{REPOSITORY}/contributors": "github_contributors.json",
    f"{REPOSITORY}/commits": "github_commits.json",
    f"{REPOSITORY}/commits/a1": "github_commit_a1.json",
    f"{REPOSITORY}/commits/b2": "github_commit_b2.json",
    f"{REPOSITORY}/commits/c3": "github_commit_c3.json",
    f"{REPOSITORY}/commits/a1/pulls": "github_commit_a1_pulls.json",
    f"{REPOSITORY}/commits/b2/pulls": "github_commit_b2_pulls.json",
    f"{REPOSITORY}/commits/c3/pulls": "github_commit_c3_pulls.json",
    f"{REPOSITORY}/pulls/7/reviews": "github_reviews_7.json",
    f"{REPOSITORY}/pulls/8/reviews": "github_reviews_8.json",
    f"{REPOSITORY}/git/trees/main": "github_tree.json",
}

TRAIN = '''"""Trains the model."""

import torch


def train(epochs: int) -> float:
    """Train, and give the last loss."""
    torch.manual_seed(7)
    return float(torch.rand(epochs).sum())
'''


def tarball(files):
    """A .tar.gz as the repository host makes it: everything below one folder."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(f"acme-tiny-bert-training-a1/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()


def settings_for(host, **others):
    """Settings of a hub and a repository host at `host`, which is let through."""
    url = f"http://{host}"
    given = {"huggingface_url": url, "github_api_url": url, "allowed_fetch_hosts": [host], **others}
    return Settings(_env_file=None, **given)


@pytest.fixture
def host():
    """The recorded hosts, running; a test may change `answers`."""
    with serve() as server:
        server.answers = {path: Prepared((RECORDED / name).read_bytes()) for path, name in ROUTES.items()}
        server.answers[f"{REPOSITORY}/tarball"] = Prepared(status=302, headers={"Location": "/codeload/a1"})
        server.answers["/codeload/a1"] = Prepared(
            tarball({"train.py": TRAIN, "tests/test_train.py": "import train\n", "requirements.txt": "torch==2.6.0\n"})
        )
        yield server


@pytest.fixture
def settings(host):
    return settings_for(host.host)


@pytest.fixture
def settings_without_network():
    """Settings that lead to a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
    return settings_for(address, scoring_timeout_seconds=5)
