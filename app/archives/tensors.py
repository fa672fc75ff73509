"""Adding up tensors, whatever the format they come from."""

import math
from collections import Counter
from collections.abc import Sequence

from app.archives.contents import TensorSummary
from app.archives.streams import Malformed

_MAX_PARAMETERS = 1 << 62
_MAX_DIMENSIONS = 64

# Bits per element, by the safetensors spelling (huggingface/safetensors, tensor.rs).
BITS = {
    "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "F8_E8M0": 8, "F8_E4M3": 8, "F8_E5M2": 8,
    "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I2": 2, "U2": 2, "I4": 4, "U4": 4, "I8": 8, "U8": 8, "I16": 16, "U16": 16,
    "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64, "C64": 64, "C128": 128,
}  # fmt: skip


class TensorCount:
    """Counts tensors and parameters by dtype."""

    def __init__(self) -> None:
        self._parameters: Counter[str] = Counter()
        self._tensors = 0

    def add(self, dtype: str, shape: Sequence[int]) -> int:
        """Count one tensor and return its parameters. Raises Malformed for shapes that cannot be."""
        if len(shape) > _MAX_DIMENSIONS or any(size < 0 for size in shape):
            raise Malformed("a tensor has an impossible shape")
        parameters = math.prod(shape)
        if parameters + self._parameters.total() > _MAX_PARAMETERS:
            raise Malformed("the tensors have more parameters than can be")
        self._parameters[dtype] += parameters
        self._tensors += 1
        return parameters

    def summary(self, max_bits: int | None = None) -> TensorSummary:
        """The sums. Raises Malformed when there are more parameters than `max_bits`, as no format packs so densely."""
        total = self._parameters.total()
        if max_bits is not None and total > max_bits:
            raise Malformed("the header names more parameters than the file can hold")
        return TensorSummary(total, tuple(dtype for dtype, _ in self._parameters.most_common()), self._tensors)
