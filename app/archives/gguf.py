"""The header of a GGUF file (github.com/ggml-org/ggml, docs/gguf.md), versions 2 and 3, either byte order."""

from app.archives.contents import TensorSummary
from app.archives.streams import ByteReader, Malformed
from app.archives.tensors import TensorCount

# enum ggml_type in ggml.h; the holes are types that were removed.
_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K",
    12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
    20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64",
    29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4", 40: "NVFP4", 41: "Q1_0",
}  # fmt: skip
# gguf_metadata_value_type → bytes: u8 i8 u16 i16 u32 i32 f32 bool, u64 i64 f64.
_SCALAR_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY = 8, 9
_MAX_DIMENSIONS = 4
_MAX_TENSORS = 1_000_000
# Vocabularies hold some 300,000 strings and as many merges; every string is a step, so steps are what is bounded.
_MAX_STEPS = 5_000_000
_MAX_ARRAY_DEPTH = 4


def read_gguf(reader: ByteReader, file_size: int) -> TensorSummary:
    """Sum up the tensors. Raises Malformed when the header is damaged or contradicts the file's size."""
    return _Header(reader, file_size).summary()


class _Header:
    def __init__(self, reader: ByteReader, file_size: int) -> None:
        self._reader = reader
        self._file_size = file_size
        self._order: str = "little"
        self._steps = 0

    def summary(self) -> TensorSummary:
        """Walk metadata and tensor descriptions; the data behind them is not read."""
        if self._reader.take(4) != b"GGUF":
            raise Malformed("the file does not start with GGUF")
        version = self._reader.take(4)
        self._order = "little" if int.from_bytes(version, "little") < 1 << 16 else "big"
        if self._integer_of(version) not in (2, 3):
            raise Malformed("the GGUF version is neither 2 nor 3")
        tensors, pairs = self._integer(8), self._integer(8)
        if tensors > _MAX_TENSORS:
            raise Malformed(f"the header claims {tensors} tensors")
        for _ in range(pairs):
            self._skip_string()
            self._skip_value(self._integer(4), 0)
        count = TensorCount()
        for _ in range(tensors):
            self._skip_string()
            dimensions = self._integer(4)
            if dimensions > _MAX_DIMENSIONS:
                raise Malformed(f"a tensor has {dimensions} dimensions")
            shape = [self._integer(8) for _ in range(dimensions)]
            dtype = _TYPES.get(self._integer(4))
            if dtype is None:
                raise Malformed("a tensor has an unknown type")
            if self._integer(8) > self._file_size:
                raise Malformed("a tensor's offset lies outside of the file")
            count.add(dtype, shape)
        return count.summary(max_bits=8 * self._file_size)

    def _integer_of(self, data: bytes) -> int:
        return int.from_bytes(data, "little" if self._order == "little" else "big")

    def _integer(self, size: int) -> int:
        return self._integer_of(self._reader.take(size))

    def _step(self) -> None:
        self._steps += 1
        if self._steps > _MAX_STEPS:
            raise Malformed("the metadata has too many values")

    def _skip_string(self) -> None:
        self._step()
        self._reader.skip(self._integer(8))

    def _skip_value(self, kind: int, depth: int) -> None:
        if kind in _SCALAR_SIZES:
            self._reader.skip(_SCALAR_SIZES[kind])
        elif kind == _STRING:
            self._skip_string()
        elif kind == _ARRAY and depth < _MAX_ARRAY_DEPTH:
            inner, length = self._integer(4), self._integer(8)
            if inner in _SCALAR_SIZES:
                self._reader.skip(length * _SCALAR_SIZES[inner])
                return
            for _ in range(length):
                self._step()
                self._skip_value(inner, depth + 1)
        else:
            raise Malformed("a metadata value has an unknown type")
