"""Sign-in tokens (JWT, signed) and API keys (random, stored as a hash)."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

import jwt

from app.errors import Unauthenticated

_ALGORITHM = "HS256"
_PURPOSE = b"sign-in token"
API_KEY_MARK = "mlr_"


def _signing_key(secret: str) -> bytes:
    """A key of its own for tokens, so that a secret used for links signs nothing here."""
    return hashlib.sha256(_PURPOSE + b"\0" + secret.encode()).digest()


def issue_token(token_id: UUID, user_id: UUID, expires_at: datetime, secret_keys: tuple[str, ...]) -> str:
    """A JWT that carries the ids of a sign-in and its user, signed with the newest key."""
    claims = {"jti": token_id.hex, "sub": user_id.hex, "exp": int(expires_at.timestamp())}
    return jwt.encode(claims, _signing_key(secret_keys[0]), algorithm=_ALGORITHM)


def token_id_of(token: str, secret_keys: tuple[str, ...]) -> UUID:
    """The sign-in that a JWT carries. Raises Unauthenticated for one that is forged, malformed or expired."""
    for secret in secret_keys:
        try:
            claims = jwt.decode(
                token, _signing_key(secret), algorithms=[_ALGORITHM], options={"require": ["jti", "sub", "exp"]}
            )
            return UUID(hex=claims["jti"])
        except jwt.InvalidSignatureError:
            continue
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("This token has expired; sign in again.") from None
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
            break
    raise Unauthenticated("This token is not valid; sign in again.")


def new_api_key() -> tuple[str, str, str]:
    """A new API key: (the whole secret to show once, its prefix to recognize it by, the hash to keep)."""
    secret = API_KEY_MARK + secrets.token_urlsafe(32)
    return secret, secret[:12], hash_api_key(secret)


def hash_api_key(secret: str) -> str:
    """SHA-256 in hexadecimal: the key is random and long, so a slow hash would protect nothing more."""
    return hashlib.sha256(secret.encode()).hexdigest()
