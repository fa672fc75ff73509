"""Small archives and model files, sound ones and, byte by byte, unsound ones."""

import io
import json
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import Any

from app.archives import ArchiveContents, ArchiveLimits, read_archive

LIMITS = ArchiveLimits(max_files=100, max_unpacked_bytes=50 << 20, max_ratio=100, readme_max_bytes=4096)


def make_zip(files: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive as Python writes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def read(files: dict[str, bytes | str] | bytes, limits: ArchiveLimits = LIMITS) -> ArchiveContents:
    """Read an archive given as its bytes or its files."""
    return read_archive(io.BytesIO(files if isinstance(files, bytes) else make_zip(files)), limits)


@dataclass
class Entry:
    """One entry to be written by `raw_zip`; what is overridden is written as it is, true or not."""

    name: bytes
    data: bytes = b"content"
    method: int = 0
    local_name: bytes | None = None
    attributes: int = 0
    flags: int = 0
    local: dict[str, int] = field(default_factory=dict)
    central: dict[str, int] = field(default_factory=dict)
    extra: bytes = b""
    after: bytes = b""


def raw_zip(entries: list[Entry], comment: bytes = b"", count: int | None = None) -> bytes:
    """An archive with exactly these entries."""
    body = bytearray()
    directory = bytearray()
    for entry in entries:
        packed = _deflated(entry.data) if entry.method == 8 else entry.data
        true = {"crc": zlib.crc32(entry.data), "packed": len(packed), "size": len(entry.data), "offset": len(body)}
        here, there = true | entry.local, true | entry.central
        local_name = entry.name if entry.local_name is None else entry.local_name
        method = here.get("method", entry.method)
        body += struct.pack(
            "<4sHHHHHIIIHH", b"PK\x03\x04", 20, here.get("flags", entry.flags), method, 0, 0, here["crc"],
            here["packed"], here["size"], len(local_name), 0,
        ) + local_name + packed + entry.after  # fmt: skip
        directory += struct.pack(
            "<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 0x031E, 20, entry.flags, entry.method, 0, 0, there["crc"],
            there["packed"], there["size"], len(entry.name), len(entry.extra), 0, 0, 0, entry.attributes,
            there["offset"],
        ) + entry.name + entry.extra  # fmt: skip
    number = len(entries) if count is None else count
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, number, number, len(directory), len(body), len(comment))
    return bytes(body + directory + end + comment)


def _deflated(data: bytes) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return compressor.compress(data) + compressor.flush()


def safetensors(tensors: dict[str, tuple[str, list[int], int]], metadata: dict[str, str] | None = None) -> bytes:
    """A safetensors file; each tensor is dtype, shape and bytes of data."""
    header: dict[str, Any] = {"__metadata__": metadata} if metadata is not None else {}
    at = 0
    for name, (dtype, shape, size) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + b"\x01" * at


def gguf(tensors: list[tuple[str, list[int], int]], order: str = "<", version: int = 3, data: int = 4096) -> bytes:
    """A GGUF file with a string, a number and arrays of both as metadata; each tensor is name, shape and type."""

    def string(text: str) -> bytes:
        return struct.pack(order + "Q", len(text)) + text.encode()

    pairs = [
        string("general.architecture") + struct.pack(order + "I", 8) + string("llama"),
        string("llama.block_count") + struct.pack(order + "II", 4, 2),
        string("tokens") + struct.pack(order + "IIQ", 9, 8, 2) + string("a") + string("b"),
        string("scores") + struct.pack(order + "IIQff", 9, 6, 2, 0.5, 1.5),
    ]
    header = b"GGUF" + struct.pack(order + "IQQ", version, len(tensors), len(pairs)) + b"".join(pairs)
    for name, shape, kind in tensors:
        header += string(name) + struct.pack(order + f"I{len(shape)}QIQ", len(shape), *shape, kind, 0)
    return header + b"\x01" * data


def protobuf(number: int, value: int | bytes) -> bytes:
    """One protobuf field."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def onnx_tensor(shape: list[int], data_type: int, raw: bytes | None = None, location: str | None = None) -> bytes:
    """A TensorProto with packed dimensions."""
    tensor = protobuf(1, b"".join(map(_varint, shape))) + protobuf(2, data_type) + protobuf(8, b"weight")
    if raw is not None:
        tensor += protobuf(9, raw)
    if location is not None:
        tensor += protobuf(13, protobuf(1, b"location") + protobuf(2, location.encode())) + protobuf(14, 1)
    return tensor


def onnx(tensors: list[bytes]) -> bytes:
    """A ModelProto with these initializers, and a node before them."""
    graph = protobuf(1, protobuf(4, b"MatMul")) + b"".join(protobuf(5, tensor) for tensor in tensors)
    return protobuf(1, 8) + protobuf(2, b"tests") + protobuf(7, graph) + protobuf(8, protobuf(2, 17))


def torch_checkpoint(pickle: bytes, method: int = zipfile.ZIP_STORED) -> bytes:
    """A checkpoint as torch.save lays it out."""
    return make_zip({"model/data.pkl": pickle, "model/data/0": b"\x00" * 64, "model/version": b"3\n"}, method)
