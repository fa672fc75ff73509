"""Logging: one JSON line each in production, for machines; plain lines otherwise, for people."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


class JsonLines(logging.Formatter):
    """A record as one JSON object; what was passed as `extra` becomes members of it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            **{name: value for name, value in vars(record).items() if name not in _STANDARD},
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        # Not orjson, which refuses lone surrogates and large integers: a log must take whatever it is given.
        return json.dumps(line, default=str)


def configure_logging(*, as_json: bool, sql_echo: bool) -> None:
    """Send all logs, warnings included, to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines() if as_json else logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    # Strawberry logs each refusal as an error, with what the client sent; what nobody expected is logged by ourselves.
    logging.getLogger("strawberry.execution").disabled = True
    for name in ("app.db.sql", "sqlalchemy.engine"):
        logging.getLogger(name).setLevel(logging.INFO if sql_echo else logging.WARNING)
    if sql_echo:
        logging.getLogger("app").warning("SQL_ECHO logs every statement with its values, secrets and all")
    for name in ("httpx", "httpcore", "botocore", "boto3", "alembic", "s3transfer"):
        logging.getLogger(name).setLevel(logging.WARNING)
