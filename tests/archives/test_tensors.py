"""Tensor headers: sound ones are summed up, lying and random ones give no summary and nothing worse."""

import json
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.archives import TensorSummary
from app.archives.gguf import read_gguf
from app.archives.onnx import read_onnx
from app.archives.safetensors import read_safetensors
from app.archives.streams import ByteReader, Malformed
from app.enums import ScanSeverity
from tests.archives.builders import gguf, onnx, onnx_tensor, protobuf, read, safetensors

SAFETENSORS = safetensors({"b": ("BF16", [3, 4], 24), "a": ("F32", [2], 8), "s": ("I64", [], 8)}, {"format": "p{}t"})
GGUF = gguf([("token_embd", [32, 64], 12), ("norm", [32], 0)])
ONNX = onnx([onnx_tensor([2, 3], 1, b"\x00" * 24), onnx_tensor([4], 7, location="model.onnx_data")])

Summarize = Callable[[bytes], TensorSummary | None]


def of_safetensors(data: bytes) -> TensorSummary | None:
    return read_safetensors(ByteReader(iter([data])), len(data))


def of_gguf(data: bytes) -> TensorSummary | None:
    return read_gguf(ByteReader(iter([data])), len(data))


def of_onnx(data: bytes) -> TensorSummary | None:
    return read_onnx(ByteReader(iter([data])), len(data)).tensors


READERS = [(of_safetensors, SAFETENSORS), (of_gguf, GGUF), (of_onnx, ONNX)]
IDS = ["safetensors", "gguf", "onnx"]


@pytest.mark.parametrize(
    ("summarize", "data", "expected"),
    [
        (of_safetensors, SAFETENSORS, TensorSummary(15, ("BF16", "F32", "I64"), 3)),
        (of_safetensors, safetensors({}), TensorSummary(0, (), 0)),
        (of_safetensors, safetensors({"a": ("F4", [3], 0)} | {"a": ("F4", [4], 2)}), TensorSummary(4, ("F4",), 1)),
        (of_gguf, GGUF, TensorSummary(2080, ("Q4_K", "F32"), 2)),
        (of_gguf, gguf([("a", [4], 30)], version=2), TensorSummary(4, ("BF16",), 1)),
        (of_gguf, gguf([("a", [4], 1)], order=">"), TensorSummary(4, ("F16",), 1)),
        (of_onnx, ONNX, TensorSummary(10, ("F32", "I64"), 2)),
        (of_onnx, onnx([]), None),
    ],
)
def test_sound_headers_are_summed_up(summarize: Summarize, data: bytes, expected: TensorSummary | None) -> None:
    assert summarize(data) == expected


def lying(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(dtype: str = "U8", shape: object = (4,), offsets: object = (0, 4)) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


LIES = {
    "length beyond the file": (of_safetensors, struct.pack("<Q", 1 << 60) + b"{}"),
    "length beyond the specification": (of_safetensors, struct.pack("<Q", 100_000_001) + b"{}"),
    "no JSON": (of_safetensors, lying(b"{nonsense")),
    "nested JSON": (of_safetensors, lying(b'{"a":' + b"[" * 5000)),
    "not UTF-8": (of_safetensors, lying(b'{"\xff":{}}')),
    "shape and offsets differ": (of_safetensors, lying({"a": tensor(shape=[5])}, b"1234")),
    "negative shape": (of_safetensors, lying({"a": tensor(shape=[-2, -2])}, b"1234")),
    "boolean shape": (of_safetensors, lying({"a": tensor(shape=[True, 4])}, b"1234")),
    "huge shape": (of_safetensors, lying({"a": tensor(shape=[1 << 62, 1 << 62])}, b"1234")),
    "unknown dtype": (of_safetensors, lying({"a": tensor(dtype="X8")}, b"1234")),
    "overlapping tensors": (of_safetensors, lying({"a": tensor(), "b": tensor()}, b"1234")),
    "hole": (of_safetensors, lying({"a": tensor(offsets=[1, 5])}, b"12345")),
    "data left over": (of_safetensors, lying({"a": tensor()}, b"12345")),
    "data missing": (of_safetensors, lying({"a": tensor()}, b"123")),
    "tensor twice": (of_safetensors, lying(b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},' * 2 + b"}")),
    "wrong version": (of_gguf, gguf([], version=1)),
    "too many tensors": (of_gguf, b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0)),
    "endless metadata": (of_gguf, b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60) + b"\x00" * 99),
    "endless string": (of_gguf, b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 62)),
    "array in array in array": (
        of_gguf,
        b"GGUF" + struct.pack("<IQQQI", 3, 0, 1, 0, 9) + struct.pack("<IQ", 9, 1) * 50,
    ),
    "more parameters than bits": (of_gguf, gguf([("a", [1 << 40], 0)])),
    "too many dimensions": (of_gguf, gguf([("a", [1] * 5, 0)])),
    "unknown type": (of_gguf, gguf([("a", [1], 4)])),
    "data and shape differ": (of_onnx, onnx([onnx_tensor([9], 1, b"\x00" * 8)])),
    "too many dimensions in ONNX": (of_onnx, onnx([onnx_tensor([1] * 65, 1)])),
    "negative dimension": (of_onnx, onnx([onnx_tensor([(1 << 64) - 1], 1)])),
    "unknown ONNX type": (of_onnx, onnx([onnx_tensor([1], 99)])),
    "field beyond its message": (of_onnx, protobuf(1, 8) + b"\x3a\x03\x2a\x7f\x00"),
    "no graph": (of_onnx, protobuf(1, 8)),
    "endless number": (of_onnx, b"\xff" * 20),
}


@pytest.mark.parametrize(("summarize", "data"), LIES.values(), ids=LIES.keys())
def test_lying_headers_give_no_summary(summarize: Summarize, data: bytes) -> None:
    with pytest.raises(Malformed):
        summarize(data)


@pytest.mark.parametrize(("summarize", "sound"), READERS, ids=IDS)
@given(data=st.data())
def test_fuzzed_headers_raise_nothing_else(summarize: Summarize, sound: bytes, data: st.DataObject) -> None:
    # given: random bytes, or a sound header with some bytes changed, taken out or doubled
    if data.draw(st.booleans()):
        fuzzed = sound[:8] * data.draw(st.integers(0, 1)) + data.draw(st.binary(max_size=200))
    else:
        damaged = bytearray(sound[:400])
        for _ in range(data.draw(st.integers(1, 5))):
            at = data.draw(st.integers(0, len(damaged) - 1))
            damaged[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
            damaged = damaged or bytearray(1)
        fuzzed = bytes(damaged)
    # when
    try:
        summary = summarize(fuzzed)
    except Malformed:
        return
    # then
    assert summary is None or 0 <= summary.parameter_count <= 1 << 62


@pytest.mark.parametrize(("summarize", "sound"), READERS, ids=IDS)
def test_headers_may_come_in_any_chunks(summarize: Summarize, sound: bytes) -> None:
    # when
    single = ByteReader(bytes([value]) for value in sound)
    # then
    reader = {of_safetensors: read_safetensors, of_gguf: read_gguf}.get(summarize)
    if reader is None:
        assert read_onnx(single, len(sound)).tensors == summarize(sound)
    else:
        assert reader(single, len(sound)) == summarize(sound)


def test_a_lying_header_is_a_finding_and_not_a_refusal() -> None:
    # when
    contents = read({"model.safetensors": lying({"a": tensor()}, b"123"), "ok.gguf": GGUF})
    # then
    assert [item.tensors is None for item in contents.files] == [True, False]
    assert [(item.severity, item.rule) for item in contents.findings] == [
        (ScanSeverity.WARNING, "safetensors.bad_header")
    ]
    assert "model.safetensors" in contents.warnings[0]


def test_onnx_data_outside_of_the_package_is_critical() -> None:
    # when
    contents = read({"model.onnx": onnx([onnx_tensor([4], 1, location="../../../etc/passwd")])})
    # then
    (finding,) = contents.findings
    assert (finding.severity, finding.rule) == (ScanSeverity.CRITICAL, "onnx.external_path")
    assert "etc/passwd" in finding.message
