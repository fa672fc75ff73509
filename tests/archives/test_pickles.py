"""Pickles are followed, never loaded: what they would import is known, however they hide it."""

import builtins
import bz2
import collections
import datetime
import gzip
import io
import lzma
import os
import pickle
import pickletools
import subprocess
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.archives.pickle_globals import judge
from app.archives.pickles import PickleScan, scan_pickles
from app.archives.streams import ByteReader
from app.enums import ScanSeverity
from tests.archives.builders import read


class Calls:
    """Pickles as a call of a function with arguments."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._call = (function, arguments)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self._call


def scan(data: bytes) -> PickleScan:
    return scan_pickles(ByteReader(iter([data])))


def findings(data: bytes, name: str = "model.pkl") -> list[tuple[str, str]]:
    return [(item.severity.value, item.rule) for item in read({name: data}).findings]


DANGEROUS = [("CRITICAL", "pickle.dangerous_global")]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("function", [os.system, subprocess.check_output, builtins.eval, builtins.__import__])
def test_dangerous_calls_are_critical_in_every_protocol(protocol: int, function: Any) -> None:
    # given
    data = pickle.dumps({"weights": [1, 2, Calls(function, "x")]}, protocol)
    # then
    assert findings(data) == DANGEROUS


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_gives_no_findings(protocol: int) -> None:
    # given
    value = {
        "a": [1, 2.5, None, True, 1 << 100, -7, "text", b"bytes", "x" * 1000],
        "b": (1, 2, 3, 4, 5),
        "c": {1, 2},
        "d": frozenset({3}),
        "e": collections.OrderedDict(a=collections.Counter("abc")),
        "f": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
        "g": bytearray(b"x"),
    }
    # when
    seen = scan(pickle.dumps(value, protocol))
    # then
    assert (seen.whole, seen.pickle_count, seen.unresolved) == (True, 1, False)
    assert {judge(*name) for name in seen.names} <= {None}
    assert findings(pickle.dumps(value, protocol)) == []


def text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


HIDDEN = {
    "GLOBAL": b"cposix\nsystem\n(S'x'\ntR.",
    "INST": b"(S'x'\niposix\nsystem\n.",
    "OBJ": b"(cposix\nsystem\nS'x'\no.",
    "old name": b"c__builtin__\neval\n(S'1'\ntR.",
    "STACK_GLOBAL": b"\x80\x04" + text("os") + text("system") + b"\x93.",
    "memo": b"\x80\x04" + text("os") + b"\x94" + text("system") + b"\x94" + b"00h\x00h\x01\x93.",
    "memo with a gap": b"\x80\x04" + text("os") + b"q\x05" + text("system") + b"\x94" + b"00h\x05h\x01\x93.",
    "memo overwritten": b"\x80\x04" + text("json") + b"q\x00" + text("os") + b"q\x000h\x00" + text("popen") + b"\x93.",
    "duplicated": b"\x80\x04" + text("os") + b"2" + b"00" + text("pty") + text("spawn") + b"\x93.",
    "escaped string": b"\x80\x04" + rb"S'o\x73'" + b"\n" + rb"V\u0073ystem" + b"\n\x93.",
    "long strings": b"\x80\x04X\x02\x00\x00\x00os\x8d\x06" + b"\x00" * 7 + b"system\x93.",
    "attribute of a harmless module": b"\x80\x04" + text("torch") + text("os.system") + b"\x93.",
    "special attribute": b"\x80\x04" + text("collections") + text("OrderedDict.__init__.__globals__") + b"\x93.",
    "second pickle": pickle.dumps(1) + b"cos\nsystem\n.",
    "cut off": b"\x80\x04" + text("os") + text("system") + b"\x93" + text("x") + b"\x85R",
    "damaged behind": b"cos\nsystem\n\xff\xff\xff",
    "behind damage, by name": b"\x80\x04]\xff\xff\xffcos\nsystem\n(tR.",
    "behind damage, on the stack": b"\x80\x04]\xff\xff" + text("subprocess") + b"\x94" + text("Popen") + b"\x94\x93",
    "frame that lies": b"\x80\x04\x95" + b"\xff" * 8 + b"cos\nsystem\n.",
    "torch.load": b"ctorch.serialization\nload\n.",
    "numpy exec": b"cnumpy.testing._private.utils\nrunstring\n.",
    "attrgetter": b"coperator\nattrgetter\n.",
    "submodule": b"cimportlib.machinery\nSourceFileLoader\n.",
}  # fmt: skip


@pytest.mark.parametrize("data", HIDDEN.values(), ids=HIDDEN.keys())
def test_hidden_names_are_found(data: bytes) -> None:
    assert DANGEROUS[0] in findings(data)
    assert DANGEROUS[0] in findings(data, "pytorch_model.bin")


def test_a_computed_name_is_critical() -> None:
    # given: the attribute is the result of a call
    data = b"\x80\x04" + text("os") + b"c_codecs\nencode\n" + text("system") + b"\x85R\x93."
    # then
    assert findings(data) == [("CRITICAL", "pickle.computed_global")]


def test_unknown_names_are_warned_of_and_extensions_too() -> None:
    assert findings(b"\x80\x02cmypackage.models\nNetwork\n)\x81.") == [("WARNING", "pickle.unknown_global")]
    assert findings(b"\x80\x02\x82\x05.") == [("WARNING", "pickle.extension")]
    assert findings(b"\x80\x04]\xff\xff") == [("WARNING", "pickle.malformed")]


def test_the_message_names_module_and_function_without_control_characters() -> None:
    # when
    (finding,) = read({"a.pkl": b"cos\nsys\x1btem\n."}).findings
    # then
    assert r"os.sys\x1btem" in finding.message


@pytest.mark.parametrize("compress", [zlib.compress, gzip.compress, bz2.compress, lzma.compress])
def test_compressed_pickles_are_scanned(compress: Any) -> None:
    # given
    data = pickle.dumps(["x" * 5000, Calls(os.system, "x")])
    # then
    assert findings(compress(data), "model.joblib") == DANGEROUS
    assert findings(compress(data), "model.pkl.gz") == DANGEROUS
    assert ("CRITICAL", "pickle.not_scanned") in findings(compress(data)[:-9], "model.joblib")


def test_a_compressed_bomb_in_a_pickle_is_critical_and_not_followed() -> None:
    # given
    bomb = zlib.compress(pickle.dumps(b"\x00" * (30 << 20)), 9)
    # then
    assert ("CRITICAL", "pickle.not_scanned") in findings(bomb)


def test_raw_numbers_behind_a_checkpoint_are_no_findings() -> None:
    # given: the layout of torch.save before 1.6, whose numbers happen to look like opcodes
    legacy = b"".join(pickle.dumps(value, 2) for value in (0x1950A86A20F9469CFC6C, 1001, {}, ["0"]))
    raw = b"cx\xf0\x11\nyz\n" + text("a") + text("b") + b"\x93" + bytes(range(256)) * 10
    # then
    assert findings(legacy + raw, "model.pth") == []
    assert findings(bytes(range(256)) * 10, "raw.bin") == []


def test_import_lines_of_a_site_file_are_warned_of() -> None:
    assert findings(b"# a comment\nimport os; os.system('x')\n", "evil.pth")[-1] == ("WARNING", "pth.import_line")


@given(st.binary(max_size=400))
def test_random_bytes_raise_nothing(data: bytes) -> None:
    assert scan(data).pickle_count >= 0
    assert scan(b"\x80\x04" + data).pickle_count >= 0


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
)


@given(VALUES, st.integers(0, pickle.HIGHEST_PROTOCOL), st.booleans())
def test_names_are_those_of_the_real_unpickler(value: object, protocol: int, optimized: bool) -> None:
    # given
    data = pickle.dumps([value, Calls(os.getenv, "x"), value, Calls(os.getcwd), datetime.date(2024, 1, 1)], protocol)
    data = pickletools.optimize(data) if optimized else data
    asked: set[tuple[str, str]] = set()

    class Recording(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            asked.add((module, name))
            return super().find_class(module, name)

    # when
    Recording(io.BytesIO(data), fix_imports=False).load() if protocol > 2 else None
    seen = scan(data)
    # then
    assert (seen.whole, seen.pickle_count) == (True, 1)
    assert seen.names >= asked
    assert {judge(*name) for name in seen.names if name[0] in ("os", "posix", "nt")} == {ScanSeverity.CRITICAL}


def test_arrays_in_joblib_files_are_passed_over_and_what_follows_is_searched() -> None:
    # given: joblib writes an array's numbers between the opcodes, behind its wrapper
    wrapper = (
        b"\x80\x04" + text("joblib.numpy_pickle") + b"\x94" + text("NumpyArrayWrapper") + b"\x94\x93\x94)\x81\x94}b"
    )
    numbers = b"\x07\xff\xff\xff" + bytes(range(200)) * 5
    evil = text("posix") + b"\x94" + text("system") + b"\x94\x93\x94" + text("x") + b"\x85R."
    # then
    assert findings(wrapper + numbers, "model.joblib") == [("WARNING", "pickle.embedded_arrays")]
    assert findings(wrapper + numbers + evil, "model.joblib") == [*DANGEROUS, ("WARNING", "pickle.embedded_arrays")]
