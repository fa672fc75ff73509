import ast
import io
import json

import pytest

from app.archives import ArchiveLimits, read_archive
from app.demo.archives import make_zip, pickle_that_calls, safetensors
from app.demo.fraud_detection import fraud_detection
from app.demo.oddities import oddities
from app.demo.product_recommendations import product_recommendations
from app.demo.text_models import text_models
from app.enums import ScanSeverity

LIMITS = ArchiveLimits(max_files=100, max_unpacked_bytes=50 << 20, max_ratio=100, readme_max_bytes=1 << 20)


def catalog():
    return [*text_models(), *fraud_detection(), *product_recommendations(), *oddities()]


def test_the_same_packages_have_the_same_bytes():
    assert [make_zip(package.files) for package in catalog()] == [make_zip(package.files) for package in catalog()]


def test_parents_come_before_their_children():
    seen = set()
    for package in catalog():
        assert {key for key, _ in package.parents} <= seen
        assert package.key not in seen
        seen.add(package.key)


@pytest.mark.parametrize(("dtype", "size"), [("F32", 4), ("I8", 1)])
def test_safetensors_are_read_as_what_was_written(dtype, size):
    # when
    content = safetensors({"weight": (3, 5), "bias": (3,)}, seed=1, dtype=dtype)
    [file] = read_archive(io.BytesIO(make_zip({"model.safetensors": content})), LIMITS).files

    # then
    header_bytes = int.from_bytes(content[:8], "little")
    assert header_bytes % 8 == 0
    assert json.loads(content[8 : 8 + header_bytes])["bias"]["data_offsets"] == [15 * size, 18 * size]
    assert len(content) == 8 + header_bytes + 18 * size
    assert (file.tensors.parameter_count, file.tensors.dtypes) == (18, (dtype,))


def test_the_pickle_is_found_dangerous():
    # when
    pickle = pickle_that_calls("os", "system", "true")
    contents = read_archive(io.BytesIO(make_zip({"model.pkl": pickle})), LIMITS)

    # then
    assert ScanSeverity.CRITICAL in {finding.severity for finding in contents.findings}


@pytest.mark.parametrize("package", catalog(), ids=lambda package: package.key)
def test_archives_are_read_without_complaint_and_their_python_parses(package):
    # when
    contents = read_archive(io.BytesIO(make_zip(package.files)), LIMITS)

    # then
    assert contents.card is not None
    assert contents.warnings == ()
    for path, content in package.files.items():
        if path.endswith(".py"):
            ast.parse(content)
