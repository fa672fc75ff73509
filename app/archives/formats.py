"""Which format a file has, by its first bytes where those are unmistakable, else by its name."""

import re
import struct

from app.archives.pickles import is_pickle_start

HEAD_BYTES = 4096

# First bytes that no other format in a package starts with.
_MAGIC = (
    (b"GGUF", "gguf"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"\x93NUMPY", "npy"),
    (b"\x7fELF", "elf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"%PDF-", "pdf"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstandard"),
    (b"\x04\x22\x4d\x18", "lz4"),
)
_MACH_O = frozenset(
    {b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"}
)
# Formats whose files may be compressed as a whole, or be ZIP archives themselves: the name tells more than the magic.
_PICKLE_NAMES = {
    "pkl": "pickle", "pickle": "pickle", "pck": "pickle", "pcl": "pickle", "p": "pickle", "dill": "pickle",
    "cloudpickle": "pickle", "joblib": "joblib", "jl": "joblib", "sav": "pickle", "npz": "npz", "keras": "keras",
    "pt": "pytorch", "pth": "pytorch", "ckpt": "pytorch", "bin": "pytorch", "ptl": "pytorch", "pt2": "pytorch",
    "jit": "pytorch", "mar": "pytorch", "t7": "pytorch",
}  # fmt: skip
_SUFFIXES = {
    "safetensors": "safetensors", "gguf": "gguf", "ggml": "ggml", "onnx": "onnx", "onnx_data": "onnx_data",
    "ort": "ort", "h5": "hdf5", "hdf5": "hdf5", "tflite": "tflite", "mlmodel": "coreml", "msgpack": "msgpack",
    "pb": "protobuf", "engine": "tensorrt", "plan": "tensorrt", "index": "index", "model": "sentencepiece",
    "spm": "sentencepiece", "npy": "npy", "parquet": "parquet", "arrow": "arrow", "feather": "arrow", "csv": "csv",
    "tsv": "csv", "jsonl": "jsonl", "ndjson": "jsonl", "json": "json", "tfrecord": "tfrecord", "avro": "avro",
    "sqlite": "sqlite", "db": "sqlite", "wav": "audio", "flac": "audio", "mp3": "audio", "ogg": "audio",
    "mp4": "video", "avi": "video", "mkv": "video", "ubj": "xgboost",
    "png": "png", "jpg": "jpeg", "jpeg": "jpeg", "gif": "gif", "webp": "webp", "svg": "svg", "pdf": "pdf",
    "md": "markdown", "markdown": "markdown", "rst": "restructuredtext", "txt": "text", "html": "html",
    "py": "python", "pyi": "python", "ipynb": "notebook", "sh": "shell", "bash": "shell", "bat": "batch",
    "ps1": "powershell", "js": "javascript", "ts": "typescript", "c": "c", "h": "c", "cpp": "c++", "hpp": "c++",
    "cu": "cuda", "cuh": "cuda", "java": "java", "go": "go", "rs": "rust", "r": "r", "sql": "sql",
    "proto": "protobuf_schema", "jinja": "jinja", "j2": "jinja", "yaml": "yaml", "yml": "yaml", "toml": "toml",
    "ini": "ini", "cfg": "ini", "xml": "xml", "lock": "lock", "zip": "zip", "whl": "zip", "jar": "zip", "nemo": "tar",
    "tar": "tar", "gz": "gzip", "tgz": "gzip", "bz2": "bzip2", "xz": "xz", "zst": "zstandard", "7z": "7z", "so": "elf",
}  # fmt: skip
_NAMES = {"dockerfile": "dockerfile", "makefile": "makefile", "license": "text", "copying": "text", "readme": "text"}
# XGBoost's models as JSON: the learner comes first (xgboost.readthedocs.io, "Introduction to Model IO").
_XGBOOST_JSON = re.compile(rb'\s*\{\s*"learner"\s*:')
_COMPRESSED = frozenset({"gzip", "bzip2", "xz", "zstandard", "lz4"})


def suffix_of(path: str) -> str:
    """The extension in lower case, without its dot; empty when there is none."""
    name = path.rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    return suffix.lower() if dot and stem else ""


def format_of(path: str, head: bytes) -> str | None:
    """The format's name; None when nothing tells. `head`: the first 4096 bytes, or all there are."""
    suffix = suffix_of(path)
    by_magic = _by_magic(head)
    if suffix in _PICKLE_NAMES and (by_magic is None or by_magic in _COMPRESSED | {"zip", "pickle"}):
        return _PICKLE_NAMES[suffix]
    if by_magic is not None:
        return by_magic
    by_name = _SUFFIXES.get(suffix) or _NAMES.get(path.rpartition("/")[2].lower())
    if by_name == "protobuf" and path.rpartition("/")[2].lower() == "saved_model.pb":
        return "savedmodel"
    if by_name == "json" and _XGBOOST_JSON.match(head):
        return "xgboost"
    return by_name


def _by_magic(head: bytes) -> str | None:
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    if head[4:8] == b"TFL3":
        return "tflite"
    if head[257:262] == b"ustar":
        return "tar"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if _is_mach_o(head):
        return "mach-o"
    if _is_pe(head):
        return "pe"
    if _is_safetensors(head):
        return "safetensors"
    return "pickle" if is_pickle_start(head) else None


def _is_pe(head: bytes) -> bool:
    if head[:2] != b"MZ" or len(head) < 64:
        return False
    (offset,) = struct.unpack_from("<I", head, 60)
    return head[offset : offset + 4] == b"PE\x00\x00"


def _is_mach_o(head: bytes) -> bool:
    if head[:4] == b"\xca\xfe\xba\xbe":  # Java classes share this one; a fat binary has few architectures
        return 0 < int.from_bytes(head[4:8], "big") < 20
    return head[:4] in _MACH_O


def _is_safetensors(head: bytes) -> bool:
    return len(head) > 10 and head[8:10] in (b'{"', b"{ ", b"{}", b"{\n") and not any(head[5:8])
