"""Reading forward through chunks of bytes without keeping them."""

from collections.abc import Iterator

CHUNK_BYTES = 256 << 10


class Malformed(Exception):
    """The data is not what its format demands; the message says where. Never a reason to refuse the archive."""


class EndOfData(Malformed):
    """The data ends in the middle of something."""

    def __init__(self) -> None:
        super().__init__("the data ends in the middle of a value")


class ByteReader:
    """Reads forward over chunks; memory holds one chunk and what `take` and `peek` are asked for."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._buffer = b""
        self._at = 0
        self._passed = 0

    @property
    def position(self) -> int:
        """Bytes consumed so far."""
        return self._passed + self._at

    def _advance(self) -> bool:
        self._passed += len(self._buffer)
        self._buffer = next(self._chunks, b"")
        self._at = 0
        return bool(self._buffer)

    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self._at >= len(self._buffer) and not self._advance()

    def peek(self, count: int) -> bytes:
        """Up to `count` bytes ahead, without consuming them; fewer only at the end."""
        while len(self._buffer) - self._at < count:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            self._passed += self._at
            self._buffer = self._buffer[self._at :] + chunk
            self._at = 0
        return self._buffer[self._at : self._at + count]

    def byte(self) -> int:
        """The next byte. Raises EndOfData."""
        if self._at >= len(self._buffer) and not self._advance():
            raise EndOfData
        value = self._buffer[self._at]
        self._at += 1
        return value

    def read(self, count: int) -> bytes:
        """Up to `count` bytes; fewer only at the end."""
        data = self._buffer[self._at : self._at + count]
        self._at += len(data)
        if len(data) == count:
            return data
        parts = [data]
        missing = count - len(data)
        while missing and self._advance():
            part = self._buffer[:missing]
            self._at = len(part)
            missing -= len(part)
            parts.append(part)
        return b"".join(parts)

    def take(self, count: int) -> bytes:
        """Exactly `count` bytes. Raises EndOfData."""
        data = self.read(count)
        if len(data) < count:
            raise EndOfData
        return data

    def skip(self, count: int) -> None:
        """Pass over exactly `count` bytes. Raises EndOfData."""
        while True:
            available = len(self._buffer) - self._at
            if count <= available:
                self._at += count
                return
            count -= available
            if not self._advance():
                raise EndOfData

    def line(self, limit: int) -> bytes:
        """Up to the next newline, which is consumed and left out; of a long line the first `limit` bytes.

        Raises EndOfData.
        """
        kept = b""
        while True:
            if self._at >= len(self._buffer) and not self._advance():
                raise EndOfData
            end = self._buffer.find(b"\n", self._at)
            stop = len(self._buffer) if end < 0 else end
            kept += self._buffer[self._at : min(stop, self._at + limit - len(kept))]
            if end >= 0:
                self._at = end + 1
                return kept
            self._at = stop

    def rest(self) -> Iterator[bytes]:
        """All that is left, in chunks."""
        while not self.at_end():
            data = self._buffer[self._at :]
            self._at = len(self._buffer)
            yield data

    def drain(self) -> None:
        """Pass over all that is left."""
        for _ in self.rest():
            pass
