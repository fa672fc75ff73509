"""CPU time and memory of processes: of a server, and of PostgreSQL on its behalf."""

from collections.abc import Iterable

import psutil
import psycopg


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
    """The processes that serve the clients of one database; none where PostgreSQL runs on another machine.

    The database must be set not to use parallel workers (the generator does): they end before they could be counted.
    """

    def __init__(self, database_url: str) -> None:
        self._connection = psycopg.connect(database_url, autocommit=True)
        self._seconds: dict[int, float] = {}
        pid = self._connection.info.backend_pid
        self.is_local = psutil.pid_exists(pid) and "postgres" in psutil.Process(pid).name()

    def cpu_seconds(self) -> float:
        """CPU time of all of them so far, as far as it was seen of those that ended."""
        found = self._connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        if self.is_local:
            self._seconds |= {pid: _cpu_seconds(psutil.Process(pid)) for (pid,) in found if psutil.pid_exists(pid)}
        return sum(self._seconds.values())

    def close(self) -> None:
        """Leave the database."""
        self._connection.close()


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
