"""Every way in which an archive's directory can lie is refused by its name."""

import io
import struct
import zipfile
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.archives import ArchiveContents, HostileArchive
from tests.archives.builders import LIMITS, Entry, make_zip, raw_zip, read

SOUND = make_zip({"a/model.bin": b"weights" * 100, "a/README.md": "# Read me", "a/empty": b""})
TOO_LONG = {"packed": 90, "size": 90}
LINK, PIPE, FOLDER, REGULAR = (mode << 16 for mode in (0o120777, 0o010644, 0o040755, 0o100644))


HOSTILE = {
    "empty file": ("empty", b""),
    "no entries": ("empty", make_zip({})),
    "only folders": ("empty", make_zip({"folder/": b""})),
    "not a zip": ("not_a_zip", b"\x7fELF" + b"\x00" * 100),
    "cut off": ("truncated", SOUND[: len(SOUND) // 2]),
    "cut off in the end record": ("truncated", SOUND[:-21]),
    "end record shortened": ("trailing_data", SOUND[:-1]),
    "trailing data": ("trailing_data", SOUND + b"#!/bin/sh"),
    "prepended data": ("prepended_data", b"\x7fELF" + SOUND),
    "two directories": (
        "ambiguous_directory",
        raw_zip([Entry(b"a")], comment=struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, 0, 0, 0)),
    ),
    "more entries than said": ("broken_directory", raw_zip([Entry(b"a"), Entry(b"b")], count=1)),
    "fewer entries than said": ("broken_directory", raw_zip([Entry(b"a")], count=2)),
    "no local header": ("broken_directory", raw_zip([Entry(b"a"), Entry(b"b", central={"offset": 3})])),
    "traversal": ("path_traversal", make_zip({"../evil": b""})),
    "traversal in the middle": ("path_traversal", make_zip({"a/../../evil": b""})),
    "traversal by backslash": ("path_traversal", raw_zip([Entry(rb"a\..\evil")])),
    "absolute": ("absolute_path", make_zip({"/etc/passwd": b""})),
    "drive": ("absolute_path", raw_zip([Entry(b"C:evil")])),
    "share": ("absolute_path", raw_zip([Entry(rb"\\host\share\evil")])),
    "backslash": ("backslash", raw_zip([Entry(rb"a\b")])),
    "NUL": ("control_character", raw_zip([Entry(b"a\x00.txt")])),
    "newline": ("control_character", raw_zip([Entry(b"a\n.txt")])),
    "right to left": ("control_character", raw_zip([Entry("a\u202etxt.exe".encode(), flags=0x800)])),
    "empty part": ("unclean_path", raw_zip([Entry(b"a//b")])),
    "dot part": ("unclean_path", raw_zip([Entry(b"./a")])),
    "no name": ("no_name", raw_zip([Entry(b"")])),
    "long name": ("long_name", raw_zip([Entry(b"a" * 1025)])),
    "not UTF-8": ("bad_name", raw_zip([Entry(b"\xff\xfe", flags=0x800)])),
    "symbolic link": ("symbolic_link", raw_zip([Entry(b"a", attributes=LINK)])),
    "reparse point": ("symbolic_link", raw_zip([Entry(b"a", attributes=0x400)])),
    "pipe": ("special_file", raw_zip([Entry(b"a", attributes=PIPE)])),
    "folder without slash": ("special_file", raw_zip([Entry(b"a", attributes=FOLDER)])),
    "file with slash": ("special_file", raw_zip([Entry(b"b"), Entry(b"a/", b"", attributes=REGULAR)])),
    "folder with data": ("special_file", raw_zip([Entry(b"b"), Entry(b"a/")])),
    "encrypted": ("encrypted", raw_zip([Entry(b"a", flags=1)])),
    "strongly encrypted": ("encrypted", raw_zip([Entry(b"a", flags=0x40)])),
    "AES": ("encrypted", raw_zip([Entry(b"a", method=99)])),
    "encrypted by the local header": ("encrypted", raw_zip([Entry(b"a", local={"flags": 1})])),
    "LZMA": ("compression_method", make_zip({"a": b"x"}, zipfile.ZIP_LZMA)),
    "unknown method": ("compression_method", raw_zip([Entry(b"a", method=77)])),
    "duplicate": ("duplicate_name", raw_zip([Entry(b"a"), Entry(b"a")])),
    "duplicate folder": ("duplicate_name", raw_zip([Entry(b"a/", b""), Entry(b"a/", b""), Entry(b"b")])),
    "case": ("colliding_name", make_zip({"README.md": b"", "readme.md": b""})),
    "composition": ("colliding_name", make_zip({"caf\u00e9": b"", "cafe\u0301": b""})),
    "file and folder": ("file_is_folder", make_zip({"a": b"", "a/b": b""})),
    "file and folder, by case": ("file_is_folder", make_zip({"A/b/c": b"", "a/B": b""})),
    "file and listed folder": ("file_is_folder", make_zip({"a": b"", "a/": b""})),
    "other local name": ("contradicting_names", raw_zip([Entry(b"good", local_name=b"evil")])),
    "other local size": ("contradicting_headers", raw_zip([Entry(b"a", local={"size": 1})])),
    "other local method": ("contradicting_headers", raw_zip([Entry(b"a", local={"method": 8})])),
    "into the directory": ("overlapping_entries", raw_zip([Entry(b"a", local=TOO_LONG, central=TOO_LONG)])),
    "stored with two sizes": ("wrong_size", raw_zip([Entry(b"a", central={"size": 6})])),
    "bad checksum": ("bad_checksum", raw_zip([Entry(b"a", local={"crc": 1}, central={"crc": 1})])),
    "larger than said": ("wrong_size", raw_zip([Entry(b"a", b"x" * 50, 8, local={"size": 3}, central={"size": 3})])),
    "smaller than said": ("wrong_size", raw_zip([Entry(b"a", b"x" * 50, 8, local={"size": 99}, central={"size": 99})])),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "archive"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_archives_are_refused_by_name(rule: str, archive: bytes) -> None:
    # when
    with pytest.raises(HostileArchive) as refusal:
        read(archive)
    # then
    assert (refusal.value.rule, bool(refusal.value.message)) == (rule, True), refusal.value.message


def test_overlap_of_two_entries_that_share_their_data() -> None:
    # given: the quoted-overlap bomb's core, two directory entries for one local header
    shared = raw_zip([Entry(b"a", b"x" * 100), Entry(b"a", central={"offset": 0})])
    # then: already the equal names are refused
    with pytest.raises(HostileArchive, match="more than once"):
        read(shared)
    # given: the second entry's header lies inside the first one's data
    inner = raw_zip([Entry(b"b", b"y")])[:32]
    archive = raw_zip([Entry(b"a", inner), Entry(b"b", b"y", central={"offset": 31})])
    # then
    with pytest.raises(HostileArchive) as refusal:
        read(archive)
    assert refusal.value.rule == "overlapping_entries"


def test_data_before_the_first_entry_is_refused_although_all_offsets_hold() -> None:
    # given: a program in front, offsets corrected, as self-extracting archives have it
    program = b"MZ" + b"\x00" * 98
    buffer = io.BytesIO(program)
    buffer.seek(0, 2)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("a", b"x")
    # when
    with pytest.raises(HostileArchive) as refusal:
        read(buffer.getvalue())
    # then
    assert refusal.value.rule == "prepended_data"
    assert "100 bytes" in refusal.value.message


def test_bytes_between_entries_are_a_finding() -> None:
    # given
    archive = raw_zip([Entry(b"a", after=b"hidden!"), Entry(b"b")])
    # when
    contents = read(archive)
    # then
    assert [(item.rule, item.path) for item in contents.findings] == [("archive.unlisted_data", None)]
    assert contents.findings[0].message.startswith("7 bytes")


@pytest.mark.parametrize("data", [b"\xff" * 20, b"\x4b\x4c"], ids=["garbage", "cut off"])
def test_broken_deflate_data_is_refused(data: bytes) -> None:
    # given
    sizes = {"size": 100}
    archive = bytearray(raw_zip([Entry(b"a", data, local=sizes, central=sizes)]))
    archive[8:10] = b"\x08\x00"
    at = archive.rindex(b"PK\x01\x02") + 10
    archive[at : at + 2] = b"\x08\x00"
    # when
    with pytest.raises(HostileArchive) as refusal:
        read(bytes(archive))
    # then
    assert refusal.value.rule == "bad_compression"


def test_data_behind_the_deflate_stream_is_refused() -> None:
    # given
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = compressor.compress(b"seen") + compressor.flush() + b"hidden"
    fields = {"crc": zlib.crc32(b"seen"), "size": 4, "method": 8}
    archive = bytearray(raw_zip([Entry(b"a", packed, local=fields, central=fields)]))
    at = archive.rindex(b"PK\x01\x02") + 10
    archive[at : at + 2] = b"\x08\x00"
    # when
    with pytest.raises(HostileArchive) as refusal:
        read(bytes(archive))
    # then
    assert refusal.value.rule == "wrong_size"


def test_a_bomb_is_stopped_by_what_is_inflated_not_by_its_header() -> None:
    # given: 20 MB of zeros
    bomb = make_zip({"zeros.bin": b"\x00" * (20 << 20)})
    # when
    with pytest.raises(HostileArchive) as refusal:
        read(bomb)
    # then
    assert refusal.value.rule == "bomb"
    assert "zeros.bin" in refusal.value.message


def test_many_small_bombs_are_stopped_together() -> None:
    # given: each below what is exempt, all together far above
    bomb = make_zip({f"{number}.txt": b"\x00" * (1 << 20) for number in range(20)})
    # when
    with pytest.raises(HostileArchive) as refusal:
        read(bomb)
    # then
    assert refusal.value.rule == "bomb"
    assert "The archive" in refusal.value.message


def test_small_files_may_shrink_as_they_like() -> None:
    # when
    contents = read({"zeros.txt": b"\x00" * (1 << 19)})
    # then
    assert contents.total_unpacked_bytes == 1 << 19


def test_limits_of_count_and_size() -> None:
    # given
    files: dict[str, bytes | str] = {str(number): b"12345" for number in range(10)}
    # then
    for limits, rule in (
        (replace(LIMITS, max_files=9), "too_many_files"),
        (replace(LIMITS, max_unpacked_bytes=49), "too_large"),
    ):
        with pytest.raises(HostileArchive) as refusal:
            read(files, limits)
        assert refusal.value.rule == rule
    assert len(read(files, replace(LIMITS, max_files=10, max_unpacked_bytes=50)).files) == 10


def test_sound_archives_of_several_kinds_are_read() -> None:
    class Pipe(io.RawIOBase):
        """A file that cannot seek, so that zipfile writes data descriptors."""

        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.data += data  # type: ignore[operator]
            return len(data)  # type: ignore[arg-type]

    # given
    streamed = Pipe()
    with zipfile.ZipFile(streamed, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        archive.writestr("folder/", b"")
        archive.writestr("folder/a.txt", b"text" * 1000)
        with archive.open("folder/big.txt", "w", force_zip64=True) as member:
            member.write(b"more")
    wide = io.BytesIO()
    with zipfile.ZipFile(wide, "w") as archive, archive.open("a.txt", "w", force_zip64=True) as member:
        member.write(b"text")
    # then
    for data, names in (
        (bytes(streamed.data), ["folder/a.txt", "folder/big.txt"]),
        (wide.getvalue(), ["a.txt"]),
        (raw_zip([Entry(b"caf\xc3\xa9")], comment=b"a comment"), ["café"]),
        (raw_zip([Entry(b"caf\x82")]), ["café"]),
        (raw_zip([Entry(b"a", extra=_unicode_path(b"a", "ä".encode()))]), ["ä"]),
    ):
        contents = read(data)
        assert [item.path for item in contents.files] == names
        assert contents.findings == ()


def test_the_unicode_path_field_is_checked_as_any_name() -> None:
    # given
    archive = raw_zip([Entry(b"a", extra=_unicode_path(b"a", b"../evil"))])
    # then
    with pytest.raises(HostileArchive) as refusal:
        read(archive)
    assert refusal.value.rule == "path_traversal"


def _unicode_path(raw_name: bytes, name: bytes) -> bytes:
    data = b"\x01" + struct.pack("<I", zlib.crc32(raw_name)) + name
    return struct.pack("<HH", 0x7075, len(data)) + data


def _zip64(count: int = 1, record_shift: int = 0, classic_size: int = 0xFFFFFFFF) -> bytes:
    """An archive whose directory is found by the 64-bit end record alone."""
    plain = raw_zip([Entry(b"a")])
    body, end = plain[:-22], plain[-22:]
    *_, size, offset, _ = struct.unpack("<4sHHHHIIH", end)
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, len(body) + record_shift, 1)
    classic = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, classic_size, 0xFFFFFFFF, 0)
    return body + record + locator + classic


def test_zip64_directories() -> None:
    # then
    assert [item.path for item in read(_zip64()).files] == ["a"]
    for archive in (_zip64(record_shift=1), _zip64(classic_size=7), _zip64(count=2)):
        with pytest.raises(HostileArchive) as refusal:
            read(archive)
        assert refusal.value.rule == "broken_directory"


@given(st.binary(max_size=300))
def test_random_bytes_are_refused_and_nothing_else(data: bytes) -> None:
    with pytest.raises(HostileArchive):
        read(data)


@given(st.data())
def test_damaged_archives_are_read_the_same_or_refused(data: st.DataObject) -> None:
    # given
    damaged = bytearray(SOUND)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    # when
    contents: ArchiveContents | None
    try:
        contents = read(bytes(damaged))
    except HostileArchive:
        contents = None
    # then: times and versions may differ unseen, content may not
    if contents is not None:
        assert [item.sha256 for item in contents.files] == [item.sha256 for item in read(SOUND).files]
