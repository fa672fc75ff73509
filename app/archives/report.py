"""Collecting what is suspicious and what could not be read, a bounded number of each."""

from app.archives.contents import ScanResult
from app.archives.pickle_globals import judge
from app.archives.pickles import PickleScan
from app.archives.plain import shown
from app.enums import ScanSeverity

_MAX_FINDINGS = 1000
_MAX_WARNINGS = 200
_MAX_NAMES_PER_PICKLE = 100
_ORDER = (ScanSeverity.CRITICAL, ScanSeverity.WARNING, ScanSeverity.INFO)


class Report:
    """Findings and warnings of one archive; the same one is kept once."""

    def __init__(self) -> None:
        self._findings: dict[ScanSeverity, dict[ScanResult, None]] = {severity: {} for severity in _ORDER}
        self._warnings: dict[str, None] = {}

    def find(self, path: str | None, severity: ScanSeverity, rule: str, message: str) -> None:
        """Note a finding."""
        if len(self._findings[severity]) < _MAX_FINDINGS:
            self._findings[severity][ScanResult(path, severity, rule, message)] = None

    def warn(self, message: str) -> None:
        """Note what could not be read."""
        if len(self._warnings) < _MAX_WARNINGS:
            self._warnings[message] = None

    @property
    def findings(self) -> tuple[ScanResult, ...]:
        """The gravest first, otherwise in the order they were found."""
        return tuple(result for severity in _ORDER for result in self._findings[severity])

    @property
    def warnings(self) -> tuple[str, ...]:
        """In the order they were noted."""
        return tuple(self._warnings)


def report_pickles(report: Report, path: str, scan: PickleScan, *, declared: bool, inside: str = "") -> None:
    """Judge what pickles import. `declared`: the data starts as a pickle does; `inside`: the checkpoint's member."""
    where = f"“{shown(inside)}” in it" if inside else "It"
    severities = [(judge(module, name), module, name) for module, name in sorted(scan.names)]
    for grave, rule, what in (
        (ScanSeverity.CRITICAL, "pickle.dangerous_global", "which can run anything"),
        (ScanSeverity.WARNING, "pickle.unknown_global", "which is not known to be harmless"),
    ):
        names = [f"{shown(module)}.{shown(name)}" for severity, module, name in severities if severity is grave]
        for full_name in names[:_MAX_NAMES_PER_PICKLE]:
            report.find(path, grave, rule, f"{where} imports {full_name} when loaded, {what}.")
    if scan.unresolved:
        message = f"{where} computes the name of what it imports when loaded."
        report.find(path, ScanSeverity.CRITICAL, "pickle.computed_global", message)
    if scan.too_long:
        message = f"{where} is too long to be followed to its end; only known patterns were searched."
        report.find(path, ScanSeverity.CRITICAL, "pickle.not_scanned", message)
    if scan.extensions:
        message = f"{where} imports by number from an extension registry that is not in the package."
        report.find(path, ScanSeverity.WARNING, "pickle.extension", message)
    if declared and not scan.whole and not scan.pickle_count and not scan.too_long:
        _report_broken(report, path, scan, where)


def _report_broken(report: Report, path: str, scan: PickleScan, where: str) -> None:
    if ("joblib.numpy_pickle", "NumpyArrayWrapper") in scan.names:
        message = f"{where} has arrays between its opcodes; what follows the first was only searched by pattern."
        report.find(path, ScanSeverity.WARNING, "pickle.embedded_arrays", message)
    else:
        message = f"{where} is a damaged pickle; what follows the damage was only searched by pattern."
        report.find(path, ScanSeverity.WARNING, "pickle.malformed", message)
