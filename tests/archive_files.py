"""Small archives made on the spot."""

import io
import json
import struct
import zipfile
from collections.abc import Mapping

CARD = """---
license: mit
base_model: parent-model
datasets:
- sample-data
---
# A model

It tells cats from dogs. This paragraph describes it.
"""


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    """A ZIP of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def safetensors(parameters: int = 6) -> bytes:
    """A safetensors file with one F32 tensor of so many parameters."""
    header = json.dumps({"weight": {"dtype": "F32", "shape": [parameters], "data_offsets": [0, 4 * parameters]}})
    return struct.pack("<Q", len(header)) + header.encode() + struct.pack(f"<{parameters}f", *range(parameters))


def model_archive(card: str = CARD, **more: bytes | str) -> bytes:
    """A small model: card, configuration and weights."""
    return zipped(
        {"README.md": card, "config.json": '{"model_type": "bert"}', "model.safetensors": safetensors(), **more}
    )


def dangerous_pickle() -> bytes:
    """Opcodes that would call os.system when loaded; nobody loads them."""
    return b"cos\nsystem\n(S'true'\ntR."
