"""Reading a pickle's opcodes without running them (PEP 307, PEP 574; the table of opcodes is Python's own pickletools).

A small stack machine follows strings only, as far as needed to know which global names the pickle imports.
"""

import codecs
import pickletools
import re
from dataclasses import dataclass, field

from app.archives.pickle_globals import judge
from app.archives.pickle_search import search_globals
from app.archives.streams import ByteReader, Malformed
from app.enums import ScanSeverity

_MAX_STACK = 1_000_000
_MAX_OPCODES = 20_000_000
_MAX_NAMES = 10_000
_MAX_NAME_BYTES = 512
_MAX_MEMO_STRINGS = 200_000
_LENGTH_SIZES = {-2: 1, -3: 4, -4: 4, -5: 8}  # pickletools.TAKEN_FROM_ARGUMENT…
_STRING_OPCODES = frozenset(
    {"STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"}
)


class TooLong(Exception):
    """The pickle has more opcodes than are followed."""


@dataclass(slots=True)
class PickleScan:
    """What was seen. `whole`: everything was followed; otherwise the rest was searched by pattern.

    `unresolved`: a global's name is computed, not written; `extensions`: it comes from copyreg's registry.
    """

    names: set[tuple[str, str]] = field(default_factory=set)
    pickle_count: int = 0
    whole: bool = True
    too_long: bool = False
    unresolved: bool = False
    extensions: bool = False

    def add(self, module: str, name: str) -> None:
        """Keep a global name; past the first 10,000 only that there are more."""
        if len(self.names) < _MAX_NAMES:
            self.names.add((module, name))
        else:
            self.too_long = True

    def merge(self, other: "PickleScan") -> None:
        """Take over what was seen in one of the stream's pickles."""
        for module, name in other.names:
            self.add(module, name)
        self.unresolved |= other.unresolved
        self.extensions |= other.extensions
        self.too_long |= other.too_long


def scan_pickles(reader: ByteReader) -> PickleScan:
    """Follow all pickles in the stream, one after the other. Never raises on bad pickles.

    Checkpoints of old PyTorch and joblib files have raw numbers behind or inside their pickles. There the walk fails:
    of what it took for opcodes in data that does not start like a pickle, only dangerous names are kept.
    """
    scan = PickleScan()
    steps = _Steps()
    while scan.whole and not reader.at_end():
        declared = is_pickle_start(reader.peek(3))
        found = PickleScan()
        try:
            _Machine(reader, found, steps).run()
            scan.pickle_count += 1
        except Malformed:
            scan.whole = False
            if not declared:
                dangerous = {pair for pair in found.names if judge(*pair) is ScanSeverity.CRITICAL}
                found = PickleScan(names={pair for pair in dangerous if all(map(_is_dotted_name, pair))})
        except TooLong:
            scan.whole = False
            scan.too_long = True
        scan.merge(found)
    for module, name in search_globals(reader.rest()):
        scan.add(module, name)
    return scan


def _is_dotted_name(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))


class _Steps:
    """Counts opcodes over all pickles of a stream."""

    def __init__(self) -> None:
        self.left = _MAX_OPCODES


@dataclass(frozen=True, slots=True)
class _Opcode:
    name: str
    argument: int  # bytes, or what pickletools says instead
    lines: int
    to_mark: bool
    pops: int  # beyond the mark
    pushes: int


def _opcode(info: pickletools.OpcodeInfo) -> _Opcode:
    before = [item.name for item in info.stack_before]
    argument = info.arg.n if info.arg else 0
    lines = 0
    if argument == pickletools.UP_TO_NEWLINE:
        lines = 2 if info.arg and info.arg.name == "stringnl_noescape_pair" else 1
    to_mark = "mark" in before
    pops = before.index("mark") if to_mark else len(before)
    return _Opcode(info.name, argument, lines, to_mark, pops, len(info.stack_after))


_OPCODES = {ord(info.code): _opcode(info) for info in pickletools.opcodes}
_MARK = object()


class _Memo:
    """The unpickler's memo: which numbers are taken, and the strings under them."""

    def __init__(self) -> None:
        self._strings: dict[int, str] = {}
        self._next = 0
        self._sparse: set[int] = set()

    def __len__(self) -> int:
        return self._next + len(self._sparse)

    def put(self, number: int, value: object) -> None:
        if number == self._next:
            self._next += 1
            while self._next in self._sparse:
                self._sparse.discard(self._next)
                self._next += 1
        elif number > self._next:
            if len(self._sparse) >= _MAX_MEMO_STRINGS:
                raise TooLong
            self._sparse.add(number)
        if isinstance(value, str) and len(self._strings) < _MAX_MEMO_STRINGS:
            self._strings[number] = value
        else:
            self._strings.pop(number, None)

    def get(self, number: int) -> object:
        return self._strings.get(number)


class _Machine:
    """Follows one pickle up to its STOP."""

    def __init__(self, reader: ByteReader, scan: PickleScan, steps: _Steps) -> None:
        self._reader = reader
        self._scan = scan
        self._steps = steps
        self._stack: list[object] = []
        self._memo = _Memo()

    def run(self) -> None:
        """Raises Malformed where the pickle is damaged, and TooLong."""
        while True:
            self._steps.left -= 1
            if self._steps.left < 0 or len(self._stack) > _MAX_STACK:
                raise TooLong
            opcode = _OPCODES.get(self._reader.byte())
            if opcode is None:
                raise Malformed("an unknown opcode")
            argument = self._argument(opcode)
            if opcode.name == "STOP":
                return
            self._step(opcode, argument)

    def _argument(self, opcode: _Opcode) -> bytes:
        """The argument, or the first 512 bytes of a long one; the lines of a pair stay separated by a newline."""
        if opcode.lines:
            return b"\n".join(self._reader.line(_MAX_NAME_BYTES) for _ in range(opcode.lines))
        if opcode.argument >= 0:
            return self._reader.take(opcode.argument) if opcode.argument else b""
        length = int.from_bytes(self._reader.take(_LENGTH_SIZES[opcode.argument]), "little")
        kept = self._reader.take(min(length, _MAX_NAME_BYTES))
        self._reader.skip(length - len(kept))
        return kept

    def _step(self, opcode: _Opcode, argument: bytes) -> None:
        name, stack = opcode.name, self._stack
        if name == "MARK":
            stack.append(_MARK)
        elif name in _STRING_OPCODES:
            stack.append(_text(name, argument))
        elif name in ("GLOBAL", "INST"):
            if name == "INST":
                self._pop_to_mark()
            module, _, attribute = argument.partition(b"\n")
            self._scan.add(_decoded(module), _decoded(attribute))
            stack.append(None)
        elif name == "STACK_GLOBAL":
            self._stack_global()
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            self._memo.put(_number(name, argument), self._top())
        elif name == "MEMOIZE":
            self._memo.put(len(self._memo), self._top())
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(self._memo.get(_number(name, argument)))
        elif name == "DUP":
            stack.append(self._top())
        else:
            if name.startswith("EXT"):
                self._scan.extensions = True
            if opcode.to_mark:
                self._pop_to_mark()
            if len(stack) < opcode.pops:
                raise Malformed("the stack is empty")
            if opcode.pops:
                del stack[-opcode.pops :]
            stack.extend([None] * opcode.pushes)

    def _stack_global(self) -> None:
        if len(self._stack) < 2:
            raise Malformed("the stack is empty")
        attribute, module = self._stack.pop(), self._stack.pop()
        if isinstance(module, str) and isinstance(attribute, str):
            self._scan.add(module, attribute)
        else:
            self._scan.unresolved = True
        self._stack.append(None)

    def _top(self) -> object:
        if not self._stack:
            raise Malformed("the stack is empty")
        return self._stack[-1]

    def _pop_to_mark(self) -> None:
        while self._stack:
            if self._stack.pop() is _MARK:
                return
        raise Malformed("a mark is missing")


def _number(opcode: str, argument: bytes) -> int:
    if opcode not in ("PUT", "GET"):
        return int.from_bytes(argument, "little")
    if not re.fullmatch(rb"[0-9]{1,18}", argument):
        raise Malformed("a memo's number is none")
    return int(argument)


def _text(opcode: str, argument: bytes) -> str | None:
    """The string, or None where it is too long to be a name."""
    if len(argument) >= _MAX_NAME_BYTES:
        return None
    try:
        if opcode == "UNICODE":
            return argument.decode("raw-unicode-escape")
        if opcode == "STRING":
            return _decoded(codecs.escape_decode(argument.strip()[1:-1])[0])
    except ValueError:
        return None
    return _decoded(argument)


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def is_pickle_start(head: bytes) -> bool:
    """Whether data starts as pickles of protocol 2 and later do; protocols 0 and 1 have no mark of their own."""
    return len(head) > 2 and head[0] == 0x80 and 2 <= head[1] <= 5 and head[2] in _OPCODES
