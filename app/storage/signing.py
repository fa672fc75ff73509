"""Signatures with keys that rotate: the first key signs, every key verifies."""

import hmac
import json
from collections.abc import Sequence


class Signer:
    """HMAC-SHA256 over a list of strings.

    The keys are derived from the secrets for one `purpose`, so that a signature made for one never holds for another
    and no secret is used as it is (the expand step of HKDF, RFC 5869).
    """

    def __init__(self, secrets: Sequence[str], purpose: str) -> None:
        if not secrets:
            raise ValueError("a signer needs at least one secret")
        info = purpose.encode() + b"\x01"
        self._keys = tuple(hmac.digest(secret.encode(), info, "sha256") for secret in secrets)

    def sign(self, *parts: str) -> str:
        """The signature over the parts, in their order, as 64 hexadecimal digits."""
        return _signature(self._keys[0], parts)

    def verify(self, signature: str, *parts: str) -> bool:
        """Whether one of the keys made this signature over exactly these parts, compared in constant time."""
        given = signature.encode("utf-8", "surrogatepass")
        return any(hmac.compare_digest(_signature(key, parts).encode(), given) for key in self._keys)


def _signature(key: bytes, parts: tuple[str, ...]) -> str:
    # JSON keeps the parts apart: no two lists of strings give the same text.
    return hmac.digest(key, json.dumps(parts).encode(), "sha256").hex()
