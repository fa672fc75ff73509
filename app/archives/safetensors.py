"""The header of a safetensors file (github.com/huggingface/safetensors, "Format"): 8 bytes of length, then JSON.

The JSON is walked one tensor at a time, so that a header made to swell in memory does not.
"""

import json

from app.archives.contents import TensorSummary
from app.archives.streams import ByteReader, Malformed
from app.archives.tensors import BITS, TensorCount

# The specification allows 100 MB; headers of the largest public models stay under 10 MB.
MAX_HEADER_BYTES = 100_000_000
READ_HEADER_BYTES = 16 << 20
_MAX_ENTRY_CHARS = 4096
_SPACE = " \t\r\n"
_JSON = json.JSONDecoder()


def read_safetensors(reader: ByteReader, file_size: int) -> TensorSummary:
    """Sum up the tensors. Raises Malformed when the header is damaged or contradicts the file's size."""
    length = int.from_bytes(reader.take(8), "little")
    if length > min(MAX_HEADER_BYTES, file_size - 8):
        raise Malformed(f"the header claims {length} bytes")
    if length > READ_HEADER_BYTES:
        raise Malformed(f"the header of {length} bytes is too long to be read here")
    try:
        text = reader.take(length).decode("utf-8")
        return _Header(text).summary(file_size - 8 - length)
    except (ValueError, IndexError, RecursionError) as error:
        raise Malformed("the header is not valid JSON") from error


class _Header:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._ranges: list[tuple[int, int]] = []
        self._count = TensorCount()

    def summary(self, data_size: int) -> TensorSummary:
        """Walk all tensors; their data must fill the file without holes or overlaps."""
        names: set[str] = set()
        self._expect("{")
        while not self._accept("}"):
            if names:
                self._expect(",")
            name = self._string()
            if name in names:
                raise Malformed("the header names a tensor twice")
            names.add(name)
            self._expect(":")
            if name == "__metadata__":
                self._skip_metadata()
            else:
                self._tensor()
        end = 0
        for start, stop in sorted(self._ranges):
            if start != end:
                raise Malformed("the tensors' offsets leave holes or overlap")
            end = stop
        if end != data_size:
            raise Malformed("the tensors' offsets do not fit the file's size")
        return self._count.summary()

    def _tensor(self) -> None:
        self._peek()
        end = self._text.find("}", self._at, self._at + _MAX_ENTRY_CHARS) + 1
        if not end:
            raise Malformed("the header describes a tensor at unusual length")
        match json.loads(self._text[self._at : end]):
            case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [int(start), int(stop)]}:
                pass
            case _:
                raise Malformed("the header describes a tensor without dtype, shape and offsets")
        self._at = end
        if dtype not in BITS:
            raise Malformed("the header names an unknown dtype")
        if any(type(size) is not int for size in shape):
            raise Malformed("a tensor has an impossible shape")
        if self._count.add(dtype, shape) * BITS[dtype] != 8 * (stop - start) or start < 0:
            raise Malformed("a tensor's offsets do not fit its shape")
        self._ranges.append((start, stop))

    def _skip_metadata(self) -> None:
        self._expect("{")
        first = True
        while not self._accept("}"):
            if not first:
                self._expect(",")
            first = False
            self._string()
            self._expect(":")
            self._string()

    def _string(self) -> str:
        if self._peek() != '"':
            raise Malformed("the header is not valid JSON")
        value, self._at = _JSON.raw_decode(self._text, self._at)
        return str(value)

    def _peek(self) -> str:
        while self._text[self._at] in _SPACE:
            self._at += 1
        return self._text[self._at]

    def _accept(self, char: str) -> bool:
        if self._peek() != char:
            return False
        self._at += 1
        return True

    def _expect(self, char: str) -> None:
        if not self._accept(char):
            raise Malformed("the header is not valid JSON")
