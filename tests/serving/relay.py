"""A way to a server that can be cut and mended."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress


class Relay:
    """Passes connections to a port of 127.0.0.1 on to where `connect` leads, until cut; then they are refused."""

    def __init__(self, connect: Callable[[], socket.socket], *, is_cut: bool = False) -> None:
        self._connect = connect
        self._ends: list[socket.socket] = []
        self._listener = self._bind(0)
        self.port = int(self._listener.getsockname()[1])
        if is_cut:
            self.cut()
        else:
            self._serve()

    def cut(self) -> None:
        """Break all connections and refuse new ones."""
        for end in (self._listener, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def mend(self) -> None:
        """Let connections through again."""
        self._listener = self._bind(self.port)
        self._serve()

    def _bind(self, port: int) -> socket.socket:
        return socket.create_server(("127.0.0.1", port))

    def _serve(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = self._connect()
                self._ends += (near, far)
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
