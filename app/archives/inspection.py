"""One file of the archive: its digest, format, tensors and what is suspicious in it, in a single pass over its data."""

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from app.archives.checkpoints import scan_checkpoint, scan_npy
from app.archives.components import component_of
from app.archives.compressed import Decompression
from app.archives.contents import ArchiveFile, ArchiveLimits, TensorSummary
from app.archives.formats import HEAD_BYTES, format_of, suffix_of
from app.archives.gguf import read_gguf
from app.archives.onnx import read_onnx
from app.archives.pickles import is_pickle_start, scan_pickles
from app.archives.plain import shown
from app.archives.reader import ArchiveReader, FileSlice
from app.archives.report import Report, report_pickles
from app.archives.safetensors import read_safetensors
from app.archives.streams import ByteReader, Malformed
from app.archives.zip_directory import STORED, ZipEntry
from app.enums import ScanSeverity

_PICKLE_FORMATS = frozenset({"pickle", "joblib", "pytorch", "npz", "keras"})
_EXECUTABLES = {"elf": "Linux", "pe": "Windows", "mach-o": "macOS"}
_ARCHIVES = frozenset({"zip", "tar", "gzip", "bzip2", "xz", "zstandard", "lz4", "7z"})
_SCRIPTS = frozenset({"python", "shell", "batch", "powershell", "javascript", "notebook"})
_LAMBDA = re.compile(rb'"class_name"\s*:\s*"(Lambda|__lambda__)"')
_GRAPH_OPERATIONS = re.compile(rb"(ReadFile|WriteFile|PyFuncStateless|PyFunc|EagerPyFunc)")
_OVERLAP = 64


class Inspector:
    """Inspects the files of one archive; what it finds goes to `report`, texts asked for to `texts`."""

    def __init__(
        self, file: BinaryIO, reader: ArchiveReader, limits: ArchiveLimits, report: Report, wanted: dict[str, int]
    ) -> None:
        """`wanted`: the paths whose text is to be kept, each with the most bytes to keep."""
        self._file = file
        self._reader = reader
        self._meter = reader.meter()
        self._limits = limits
        self._report = report
        self._wanted = wanted
        self.texts: dict[str, bytes] = {}

    def inspect(self, entry: ZipEntry) -> ArchiveFile:
        """Read the whole entry once. Raises HostileArchive."""
        digest = hashlib.sha256()
        data = ByteReader(_tee(self._reader.chunks(entry, self._meter), digest.update))
        head = data.peek(HEAD_BYTES)
        format_name = format_of(entry.path, head)
        self._judge_head(entry.path, format_name, head)
        tensors = self._look_into(entry, format_name, head, data)
        data.drain()
        if format_name in _PICKLE_FORMATS and head[:4] == b"PK\x03\x04" and entry.method == STORED:
            part = FileSlice(self._file, entry.data_offset, entry.size)
            scan_checkpoint(cast(BinaryIO, part), entry.path, self._limits, self._report)
        component = component_of(entry.path, format_name)
        return ArchiveFile(entry.path, entry.size, digest.hexdigest(), component, format_name, tensors)

    def _look_into(
        self, entry: ZipEntry, format_name: str | None, head: bytes, data: ByteReader
    ) -> TensorSummary | None:
        path = entry.path
        if path in self._wanted:
            self.texts[path] = data.read(self._wanted[path])
        elif format_name in ("safetensors", "gguf", "onnx"):
            return self._tensors(path, format_name, data, entry.size)
        elif format_name in _PICKLE_FORMATS and head[:2] == b"PK":
            if entry.method != STORED:
                self._scan_spooled(path, data)
        elif format_name in _PICKLE_FORMATS or _is_packed_pickle(path, format_name):
            self._scan_pickle(path, head, data)
        elif format_name == "npy":
            scan_npy(data, path, self._report)
        elif format_name == "hdf5" and _search(_LAMBDA, data.rest()):
            message = "It has a Lambda layer: marshalled Python code that runs when the model is loaded or used."
            self._report.find(path, ScanSeverity.CRITICAL, "keras.lambda_layer", message)
        elif format_name == "savedmodel" and (found := _search(_GRAPH_OPERATIONS, data.rest())):
            message = f"Its graph uses {found.decode()}, which reaches files or Python code when the model runs."
            self._report.find(path, ScanSeverity.WARNING, "savedmodel.operation", message)
        return None

    def _tensors(self, path: str, format_name: str, data: ByteReader, size: int) -> TensorSummary | None:
        try:
            if format_name == "safetensors":
                return read_safetensors(data, size)
            if format_name == "gguf":
                return read_gguf(data, size)
            model = read_onnx(data, size)
        except Malformed as error:
            self._report.warn(f"“{shown(path)}” has no readable {format_name} header: {error}.")
            message = f"Its {format_name} header is damaged or contradicts the file: {error}."
            self._report.find(path, ScanSeverity.WARNING, f"{format_name}.bad_header", message)
            return None
        for location in sorted(model.external_files):
            if location.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", location) or location[1:2] == ":":
                message = f"It reads its data from “{shown(location)}”, outside of the package."
                self._report.find(path, ScanSeverity.CRITICAL, "onnx.external_path", message)
        return model.tensors

    def _scan_pickle(self, path: str, head: bytes, data: ByteReader) -> None:
        decompression = Decompression(self._limits)
        inflated = ByteReader(decompression.chunks(data.rest(), head))
        declared = is_pickle_start(inflated.peek(3))
        scan = scan_pickles(inflated)
        report_pickles(self._report, path, scan, declared=declared)
        if decompression.failed or head[:4] == b"\x04\x22\x4d\x18":
            message = "It is a compressed pickle that could not be inflated to its end, and was not scanned as a whole."
            self._report.find(path, ScanSeverity.CRITICAL, "pickle.not_scanned", message)

    def _scan_spooled(self, path: str, data: ByteReader) -> None:
        """A compressed checkpoint is put down first, as its directory is at its end; the archive's limits bound it."""
        with tempfile.TemporaryFile(dir=self._limits.spool_dir) as spool:
            for chunk in data.rest():
                spool.write(chunk)
            scan_checkpoint(cast(BinaryIO, spool), path, self._limits, self._report)

    def _judge_head(self, path: str, format_name: str | None, head: bytes) -> None:
        report, suffix = self._report, suffix_of(path)
        if system := _EXECUTABLES.get(format_name or ""):
            report.find(path, ScanSeverity.WARNING, "file.executable", f"It is a program or library for {system}.")
        if format_name in _ARCHIVES and not _is_packed_pickle(path, format_name):
            report.find(path, ScanSeverity.INFO, "nested.not_opened", f"It is {format_name} data and was not opened.")
        if head[:2] == b"#!" and format_name not in _SCRIPTS and suffix:
            report.find(path, ScanSeverity.INFO, "file.script", "It is a script, though its name does not say so.")
        if suffix == "pth" and re.search(rb"^import[ \t]", head, re.MULTILINE) and not is_pickle_start(head):
            message = "Python runs its import line at every start once it lies in a site-packages folder."
            report.find(path, ScanSeverity.WARNING, "pth.import_line", message)


def _tee(chunks: Iterator[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
    for chunk in chunks:
        update(chunk)
        yield chunk


def _is_packed_pickle(path: str, format_name: str | None) -> bool:
    """Whether the name is a pickle's with the compression's behind it: model.pkl.gz."""
    return format_name in _ARCHIVES and bool(re.search(r"\.(pkl|pickle|joblib|dill)\.[a-z0-9]+$", path, re.IGNORECASE))


def _search(pattern: re.Pattern[bytes], chunks: Iterator[bytes]) -> bytes | None:
    """The first match of a short pattern in the data."""
    tail = b""
    for chunk in chunks:
        data = tail + chunk
        if match := pattern.search(data):
            return match[1]
        tail = data[-_OVERLAP:]
    return None
