"""ZIP archives within the archive that loaders open themselves: PyTorch checkpoints, `.npz` and `.keras` files."""

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from app.archives.contents import ArchiveLimits, HostileArchive
from app.archives.pickle_globals import judge
from app.archives.pickles import is_pickle_start, scan_pickles
from app.archives.plain import shown
from app.archives.reader import ArchiveReader
from app.archives.report import Report, report_pickles
from app.archives.streams import ByteReader, EndOfData
from app.enums import ScanSeverity

_MAX_CONFIG_BYTES = 4 << 20
_MAX_NPY_HEADER_BYTES = 1 << 20
_OBJECT_DTYPE = re.compile(rb"['\"][|<>=]?O\d*['\"]")
_HARMLESS_KERAS_MODULES = ("keras", "tensorflow.keras", "tf_keras", "tensorflow_probability", "builtins")


def scan_checkpoint(file: BinaryIO, path: str, limits: ArchiveLimits, report: Report) -> None:
    """Scan all pickles and layer configurations in a checkpoint; `path` is the checkpoint's own.

    A checkpoint that is not a sound archive is reported as CRITICAL: loaders are more forgiving, and what they would
    load from it was not seen.
    """
    try:
        reader = ArchiveReader(file, limits)
        meter = reader.meter()
        for entry in reader.files:
            data = ByteReader(reader.chunks(entry, meter))
            head = data.peek(16)
            if head.startswith(b"\x93NUMPY"):
                scan_npy(data, path, report, inside=entry.path)
            elif entry.path.lower().endswith((".pkl", ".pickle")) or is_pickle_start(head):
                scan = scan_pickles(data)
                named = entry.path.lower().endswith((".pkl", ".pickle"))
                if named or scan.pickle_count:
                    report_pickles(report, path, scan, declared=named, inside=entry.path)
                else:  # raw numbers may start like a pickle
                    scan.names = {pair for pair in scan.names if judge(*pair) is ScanSeverity.CRITICAL}
                    scan.unresolved = scan.extensions = scan.too_long = False
                    report_pickles(report, path, scan, declared=False, inside=entry.path)
            elif path.lower().endswith(".keras") and entry.path == "config.json":
                scan_keras_config(data.read(_MAX_CONFIG_BYTES), path, report)
    except HostileArchive as error:
        message = f"It is a damaged or hostile archive and was not scanned: {error.message}"
        report.find(path, ScanSeverity.CRITICAL, "nested.unreadable", message)


def scan_npy(data: ByteReader, path: str, report: Report, inside: str = "") -> None:
    """Scan the pickle in a NumPy array of objects (numpy.lib.format)."""
    try:
        version = data.take(8)[6]
        length = int.from_bytes(data.take(2 if version == 1 else 4), "little")
        header = data.take(min(length, _MAX_NPY_HEADER_BYTES))
        data.skip(length - len(header))
    except EndOfData:
        return
    if length > len(header) or _OBJECT_DTYPE.search(header):
        report_pickles(report, path, scan_pickles(data), declared=True, inside=inside)


def scan_keras_config(text: bytes, path: str, report: Report) -> None:
    """Look for layers that carry code, and for modules outside of Keras that loading would import."""
    try:
        config = json.loads(text)
    except (ValueError, RecursionError):
        message = "Its config.json is not valid JSON or too large and was not scanned."
        report.find(path, ScanSeverity.CRITICAL, "keras.unreadable_config", message)
        return
    for layer in _objects(config):
        if layer.get("class_name") in ("Lambda", "__lambda__"):
            message = "It has a Lambda layer: marshalled Python code that runs when the model is loaded or used."
            report.find(path, ScanSeverity.CRITICAL, "keras.lambda_layer", message)
        module, name = layer.get("module"), layer.get("class_name")
        if not isinstance(module, str) or not isinstance(name, str):
            continue
        if judge(module, name) is ScanSeverity.CRITICAL:
            message = f"Loading it imports {shown(module)}.{shown(name)}, which can run anything."
            report.find(path, ScanSeverity.CRITICAL, "keras.dangerous_module", message)
        elif not module.startswith(_HARMLESS_KERAS_MODULES):
            message = f"Loading it imports {shown(module)}.{shown(name)}, which is not part of Keras."
            report.find(path, ScanSeverity.WARNING, "keras.foreign_module", message)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """All objects in a JSON value, at any depth."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
