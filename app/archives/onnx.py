"""The weights of an ONNX model: a walk over the protobuf fields that hold them (github.com/onnx/onnx, onnx.proto).

Only ModelProto.graph.initializer and .sparse_initializer are looked into; their data is passed over, never kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.archives.contents import TensorSummary
from app.archives.streams import ByteReader, Malformed
from app.archives.tensors import BITS, TensorCount

_DATA_TYPES = {
    1: "F32", 2: "U8", 3: "I8", 4: "U16", 5: "I16", 6: "I32", 7: "I64", 8: "STRING", 9: "BOOL", 10: "F16", 11: "F64",
    12: "U32", 13: "U64", 14: "C64", 15: "C128", 16: "BF16", 17: "F8_E4M3", 18: "F8_E4M3FNUZ", 19: "F8_E5M2",
    20: "F8_E5M2FNUZ", 21: "U4", 22: "I4", 23: "F4", 24: "F8_E8M0", 25: "U2", 26: "I2", 27: "F6_E2M3", 28: "F6_E3M2",
}  # fmt: skip
_MODEL_IR_VERSION, _MODEL_GRAPH = 1, 7
_GRAPH_INITIALIZER, _GRAPH_SPARSE_INITIALIZER = 5, 15
_SPARSE_VALUES = 1
_TENSOR_DIMS, _TENSOR_DATA_TYPE, _TENSOR_RAW_DATA, _TENSOR_EXTERNAL_DATA = 1, 2, 9, 13
_ENTRY_KEY, _ENTRY_VALUE = 1, 2
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_MAX_TENSORS = 1_000_000
_MAX_FIELDS = 20_000_000
_MAX_TEXT_BYTES = 4096


@dataclass(slots=True)
class OnnxModel:
    """What the walk found: the sum, and the files beside the model that hold its data.

    `tensors` is None where the graph has no initializers: some exporters write weights as constants between the nodes.
    """

    tensors: TensorSummary | None
    external_files: set[str]


@dataclass(slots=True)
class _Tensor:
    shape: list[int] = field(default_factory=list)
    dtype: str | None = None
    raw_bytes: int | None = None


def read_onnx(reader: ByteReader, file_size: int) -> OnnxModel:
    """Sum up the initializers. Raises Malformed when this is no ONNX model or its fields contradict each other."""
    walk = _Walk(reader)
    has_version = has_graph = False
    for number, wire, value in walk.fields(file_size):
        if number == _MODEL_IR_VERSION and wire == _VARINT:
            has_version = True
        elif number == _MODEL_GRAPH and wire == _LENGTH:
            has_graph = True
            walk.graph(value)
        else:
            walk.pass_over(wire, value)
    if not (has_version and has_graph):
        raise Malformed("the file holds no ONNX graph")
    tensors = walk.count.summary()
    return OnnxModel(tensors if tensors.tensor_count else None, walk.external_files)


class _Walk:
    def __init__(self, reader: ByteReader) -> None:
        self._reader = reader
        self._field_count = 0
        self._tensor_count = 0
        self.count = TensorCount()
        self.external_files: set[str] = set()

    def fields(self, end: int) -> Iterator[tuple[int, int, int]]:
        """Number, wire type and value of each field up to position `end`; the value of a LENGTH field is where it ends.

        The caller consumes LENGTH fields before asking for the next one.
        """
        while self._reader.position < end:
            self._field_count += 1
            if self._field_count > _MAX_FIELDS:
                raise Malformed("the model has too many fields")
            key = self._varint()
            number, wire = key >> 3, key & 7
            if wire == _VARINT:
                value = self._varint()
            elif wire == _LENGTH:
                length = self._varint()
                value = self._reader.position + length
                if value > end:
                    raise Malformed("a field is longer than what holds it")
            elif wire in (_FIXED64, _FIXED32):
                self._reader.skip(8 if wire == _FIXED64 else 4)
                value = 0
            else:
                raise Malformed("a field has an unknown wire type")
            yield number, wire, value
        if self._reader.position != end:
            raise Malformed("a field is longer than what holds it")

    def pass_over(self, wire: int, end: int) -> None:
        """Skip the content of a field that `fields` gave."""
        if wire == _LENGTH:
            self._reader.skip(end - self._reader.position)

    def graph(self, end: int) -> None:
        """Count the initializers of a GraphProto."""
        for number, wire, value in self.fields(end):
            if number == _GRAPH_INITIALIZER and wire == _LENGTH:
                self._tensor(value)
            elif number == _GRAPH_SPARSE_INITIALIZER and wire == _LENGTH:
                for inner, inner_wire, inner_value in self.fields(value):
                    if inner == _SPARSE_VALUES and inner_wire == _LENGTH:
                        self._tensor(inner_value)
                    else:
                        self.pass_over(inner_wire, inner_value)
            else:
                self.pass_over(wire, value)

    def _tensor(self, end: int) -> None:
        self._tensor_count += 1
        if self._tensor_count > _MAX_TENSORS:
            raise Malformed("the model has too many tensors")
        tensor = _Tensor()
        for number, wire, value in self.fields(end):
            if number == _TENSOR_DIMS and wire == _VARINT:
                self._add_dimension(tensor, value)
            elif number == _TENSOR_DIMS and wire == _LENGTH:
                while self._reader.position < value:
                    self._add_dimension(tensor, self._varint())
            elif number == _TENSOR_DATA_TYPE and wire == _VARINT:
                tensor.dtype = _DATA_TYPES.get(value)
            elif number == _TENSOR_EXTERNAL_DATA and wire == _LENGTH:
                self._external_entry(value)
            else:
                if number == _TENSOR_RAW_DATA and wire == _LENGTH:
                    tensor.raw_bytes = value - self._reader.position
                self.pass_over(wire, value)
        if tensor.dtype is None:
            raise Malformed("a tensor has an unknown type")
        parameters = self.count.add(tensor.dtype, tensor.shape)
        bits = BITS.get(tensor.dtype)
        if tensor.raw_bytes and bits and (parameters * bits + 7) // 8 != tensor.raw_bytes:
            raise Malformed("a tensor's data does not fit its shape")

    @staticmethod
    def _add_dimension(tensor: _Tensor, size: int) -> None:
        if len(tensor.shape) >= 64 or size >= 1 << 63:
            raise Malformed("a tensor has an impossible shape")
        tensor.shape.append(size)

    def _external_entry(self, end: int) -> None:
        """A StringStringEntryProto: `location` names a file beside the model."""
        key = location = b""
        for number, wire, value in self.fields(end):
            if wire == _LENGTH and number in (_ENTRY_KEY, _ENTRY_VALUE):
                if value - self._reader.position > _MAX_TEXT_BYTES:
                    raise Malformed("an external file's name is too long")
                text = self._reader.take(value - self._reader.position)
                key, location = (text, location) if number == _ENTRY_KEY else (key, text)
            else:
                self.pass_over(wire, value)
        if key == b"location" and len(self.external_files) < 1000:
            self.external_files.add(location.decode("utf-8", "replace"))

    def _varint(self) -> int:
        result = shift = 0
        while True:
            byte = self._reader.byte()
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return result
            shift += 7
            if shift > 63:
                raise Malformed("a number is too long")
