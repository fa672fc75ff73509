"""The forms that settings' values have, and what is told where one has another."""

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _network(value: Any) -> Any:
    try:
        return ip_network(value)
    except ValueError as error:
        raise ValueError(f"{error}; write networks such as 10.0.0.0/8 or single addresses") from None


def _matching(pattern: str, form: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"must have the form {form}")
        return value.rstrip("/")

    return AfterValidator(check)


def without(problem: Callable[[str], str | None]) -> AfterValidator:
    """Refuses what `problem` finds something wrong with."""

    def check(value: str) -> str:
        if found := problem(value):
            raise ValueError(found)
        return value

    return AfterValidator(check)


def is_database_url(value: str) -> bool:
    """Whether it can be a URL of one of the two databases that there is a driver for."""
    try:
        return value.startswith(("postgresql://", "postgres://", "sqlite:///")) and bool(make_url(value))
    except (ArgumentError, ValueError):  # a port that is no number
        return False


_HOST = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?"
Url = Annotated[str, _matching(rf"https?://{_HOST}(?:/[^\s?#]*)?", "https://host[:port][/path]")]
Origin = Annotated[str, _matching(rf"https?://{_HOST}", "https://host[:port], with nothing behind it")]
HostAndPort = Annotated[str, _matching(r"[^\s/]+:\d{1,5}", "host:port")]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
Several = BeforeValidator(_split)
