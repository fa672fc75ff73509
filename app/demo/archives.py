"""Archives and model files, written byte by byte: the demo needs no machine-learning library. Same seed, same bytes."""

import io
import json
import struct
import sys
import zipfile
from array import array
from collections.abc import Mapping
from random import Random

Files = Mapping[str, bytes | str]
Shapes = Mapping[str, tuple[int, ...]]

_WRITTEN_AT = (2026, 1, 15, 12, 0, 0)
_DEVIATION = 0.02  # BERT's initializer_range


def make_zip(files: Files) -> bytes:
    """A ZIP archive of the files, by path."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path, _WRITTEN_AT), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def safetensors(shapes: Shapes, seed: int, dtype: str = "F32") -> bytes:
    """A safetensors file (github.com/huggingface/safetensors) of random tensors, F32 or I8."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    data = bytearray()
    random = Random(seed)  # noqa: S311  weights, not secrets
    for name, shape in shapes.items():
        begin = len(data)
        data += _numbers(random, _count(shape), dtype)
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, len(data)]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the format aligns the tensors at 8 bytes
    return struct.pack("<Q", len(text)) + text + bytes(data)


def pickle_that_calls(module: str, function: str, argument: str) -> bytes:
    """A pickle whose loading would call `module.function(argument)`, put together from opcodes and loaded by nobody."""
    text = argument.encode()
    return b"\x80\x02c%s\n%s\nX%s%s\x85R." % (module.encode(), function.encode(), struct.pack("<I", len(text)), text)


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count


def _numbers(random: Random, count: int, dtype: str) -> bytes:
    if dtype == "I8":
        return random.randbytes(count)
    numbers = array("f", (random.gauss(0.0, _DEVIATION) for _ in range(count)))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()
