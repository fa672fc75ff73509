"""CPU time and memory of processes: of a server, and of PostgreSQL on its behalf."""

from collections.abc import Iterable

import psutil
import psycopg

_BACKGROUND = ("checkpointer", "background writer", "walwriter", "autovacuum", "logical replication", "io worker")
"""PostgreSQL's own processes, whose work belongs to no request."""


class Processes:
    """A process and its children."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)

    def cpu_seconds(self) -> float:
        """CPU time so far, user and system, of all of them; of children that ended too."""
        return sum(map(_cpu_seconds, self._all()))

    def peak_bytes(self) -> int:
        """The largest resident memory so far (VmHWM) of each, added up."""
        return sum(_peak_bytes(process.pid) for process in self._all())

    def _all(self) -> Iterable[psutil.Process]:
        return [self._root, *self._root.children(recursive=True)]


class Backends:
    """The processes that serve a PostgreSQL server's clients; none where it runs on another machine."""

    def __init__(self, database_url: str) -> None:
        with psycopg.connect(database_url) as connection:
            pid = connection.info.backend_pid
            self._postmaster: psutil.Process | None = None
            if psutil.pid_exists(pid) and (parent := psutil.Process(pid).parent()) is not None:
                self._postmaster = parent if "postgres" in parent.name() else None
        # What the postmaster starts later is a client's: a backend or a parallel worker.
        self._background = {process.pid for process in self._children() if _is_background(process)}

    @property
    def is_local(self) -> bool:
        """Whether there is anything to account for."""
        return self._postmaster is not None

    def cpu_seconds(self) -> float:
        """CPU time of all backends and parallel workers so far, of those that ended too."""
        if self._postmaster is None:
            return 0.0
        serving = (process for process in self._children() if process.pid not in self._background)
        return sum(map(_cpu_seconds, serving)) + _cpu_seconds(self._postmaster)

    def _children(self) -> list[psutil.Process]:
        return self._postmaster.children() if self._postmaster is not None else []


def _is_background(process: psutil.Process) -> bool:
    return any(name in " ".join(process.cmdline()) for name in _BACKGROUND)


def _cpu_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0  # its parent has its time
    return float(times.user + times.system + times.children_user + times.children_system)


def _peak_bytes(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            found = next((line for line in status if line.startswith("VmHWM:")), "0 0 kB")
    except FileNotFoundError:
        return 0
    return int(found.split()[1]) * 1024
