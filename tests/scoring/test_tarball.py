import gzip
import io
import tarfile

import pytest

from app.scoring.facts import SourceText
from app.scoring.sources import MAX_SOURCE_BYTES, MAX_SOURCES
from app.scoring.tarball import tarball_sources
from tests.scoring.conftest import tarball


def test_only_code_and_requirements_are_read_with_paths_inside_the_repository():
    packed = tarball({"src/a.py": "x = 1\n", "README.md": "text", "requirements.txt": "torch\n", "data.csv": "1"})
    assert tarball_sources(packed) == (SourceText("src/a.py", "x = 1\n"), SourceText("requirements.txt", "torch\n"))


def test_large_files_are_passed_over_and_many_are_cut_off():
    files = {"big.py": "#" * (MAX_SOURCE_BYTES + 1), **{f"{n}.py": "x" for n in range(MAX_SOURCES + 5)}}
    found = tarball_sources(tarball(files))
    assert len(found) == MAX_SOURCES
    assert found[0].path == "0.py"


def test_links_and_devices_are_not_followed():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for kind, target in (
            (tarfile.SYMTYPE, "/etc/passwd"),
            (tarfile.LNKTYPE, "x/../../etc/passwd"),
            (tarfile.CHRTYPE, ""),
        ):
            member = tarfile.TarInfo("x/link.py")
            member.type, member.linkname = kind, target
            archive.addfile(member)
    assert tarball_sources(packed.getvalue()) == ()


@pytest.mark.parametrize("cut", [0, 1, 20, 100])
def test_a_broken_archive_has_no_sources(cut):
    assert tarball_sources(tarball({"a.py": "x = 1\n" * 50_000})[:cut]) == ()


@pytest.mark.parametrize("content", [b"", b"no tar", b"\0" * 5000, b"\xff" * 5000])
def test_what_is_no_archive_has_no_sources(content):
    assert tarball_sources(gzip.compress(content)) == ()
    assert tarball_sources(content) == ()


def test_a_bomb_is_unpacked_only_in_part():
    # given 300 MB of nothing behind one source
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, size in (("x/a.py", 6), ("x/zeros.bin", 300 << 20), ("x/b.py", 6)):
            member = tarfile.TarInfo(name)
            member.size = size
            archive.addfile(member, _Zeros())
    # when / then what stands before it is found, what stands behind is not
    assert [source.path for source in tarball_sources(packed.getvalue())] == ["a.py"]


class _Zeros(io.RawIOBase):
    def read(self, size=-1):
        return bytes(size)
