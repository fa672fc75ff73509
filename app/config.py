"""Settings: the only reader of the environment. Every setting, its meaning, its default and its bounds stand here.

A setting is taken from the environment, else from `.env`, else its default. A secret may stand in a file named by
the setting's name with `_FILE` behind it (`SECRET_KEY_FILE=/run/secrets/key`).
"""

import os
import secrets
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

SECRET_NAMES = ("SECRET_KEY", "ADMIN_PASSWORD", "DATABASE_URL", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")


class Environment(StrEnum):
    """How the server is run: on a desk, or for others."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class SettingsError(Exception):
    """The settings are unusable; the message lists every problem, one a line."""


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads `<NAME>_FILE` for the settings that are secrets."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{field_name.upper()}_FILE")
        if field_name.upper() not in SECRET_NAMES or not path:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except OSError as error:
            raise SettingsError(f"{field_name.upper()}_FILE: {error.strerror}: {path}") from error

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


class Settings(BaseSettings):
    """Everything that can be set, checked as a whole when the server starts."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    environment: Environment = Field(
        Environment.DEVELOPMENT,
        description="`production` logs one JSON line each, closes introspection to strangers and requires SECRET_KEY.",
    )
    host: str = Field("127.0.0.1", description="The address the server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="The port the server listens on; 0 takes a free one.")
    public_url: str | None = Field(None, description="The server's own URL as clients see it; by default the request's.")
    workers: int = Field(1, ge=1, le=64, description="Server processes. More than one needs PostgreSQL.")
    trusted_proxies: Annotated[list[IPv4Network | IPv6Network], NoDecode] = Field(
        default_factory=list, description="Networks, comma-separated, whose X-Forwarded-For is believed."
    )
    allowed_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="Foreign web origins, comma-separated, that may call the API from a browser."
    )
    shutdown_grace_seconds: int = Field(20, ge=0, description="How long running requests may finish at shutdown.")

    data_dir: Path = Field(Path("data"), description="Where the embedded database, files and generated secrets live.")
    database_url: SecretStr | None = Field(
        None, description="postgresql://… or sqlite:///…; by default SQLite in DATA_DIR. TLS by the URL's sslmode."
    )
    database_pool_size: int = Field(8, ge=1, le=200, description="Database connections per server process.")
    database_pool_timeout_seconds: float = Field(10, gt=0, description="How long to wait for a free connection.")
    sql_echo: bool = Field(False, description="Log every SQL statement.")

    storage_dir: Path | None = Field(None, description="Where files are kept without S3; by default DATA_DIR/storage.")
    upload_tmp_dir: Path | None = Field(None, description="Where uploads are spooled; by default DATA_DIR/tmp.")
    s3_bucket: str | None = Field(None, description="Keep files in this S3 bucket instead of on disk.")
    s3_endpoint_url: str | None = Field(None, description="The S3 server, when it is not Amazon's.")
    s3_public_endpoint_url: str | None = Field(
        None, description="The S3 server's URL as clients see it, for presigned links; by default S3_ENDPOINT_URL."
    )
    s3_region: str = Field("us-east-1", description="The bucket's region.")
    s3_access_key_id: SecretStr | None = Field(None, description="By default boto3's own credential chain.")
    s3_secret_access_key: SecretStr | None = Field(None, description="By default boto3's own credential chain.")
    s3_max_connections: int = Field(16, ge=1, le=256, description="Threads and connections to S3 per process.")

    admin_username: str = Field("admin", min_length=1, max_length=64, description="The first administrator's name.")
    admin_email: str = Field("admin@localhost", description="The first administrator's e-mail address.")
    admin_password: SecretStr | None = Field(
        None, description="The first administrator's password; without one, a random one is printed once."
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Signs tokens and links. Several, comma-separated, rotate: the first signs, all verify. Without "
        "one, development generates it in DATA_DIR.",
    )
    token_days: int = Field(30, ge=1, le=3650, description="How long a sign-in lasts, in days.")
    token_call_limit: int = Field(1000, ge=0, description="Operations a token may make; 0: no limit.")
    anonymous_read: bool = Field(False, description="Let anybody read PUBLIC packages without signing in.")
    sign_in_attempts: int = Field(10, ge=1, description="Failed sign-ins per account and address in the window.")
    sign_in_window_seconds: int = Field(300, ge=1, description="The window of SIGN_IN_ATTEMPTS.")
    password_min_length: int = Field(10, ge=8, le=128, description="The shortest password accepted.")
    password_hash_rounds: int = Field(
        12, ge=4, le=16, description="bcrypt's work for a password, as a power of two; each step doubles the time."
    )

    max_body_bytes: int = Field(1 << 20, ge=1024, description="The largest JSON request body.")
    max_upload_bytes: int = Field(5 << 30, ge=1, description="The largest package archive.")
    max_batch_operations: int = Field(10, ge=1, description="Operations in one batched request.")
    request_timeout_seconds: float = Field(60, gt=0, description="How long one operation without a file may take.")
    upload_idle_seconds: float = Field(60, gt=0, description="How long an upload may send nothing.")
    max_query_depth: int = Field(15, ge=3, description="How deep a selection may nest.")
    max_query_aliases: int = Field(50, ge=1, description="Aliases in one operation.")
    max_query_tokens: int = Field(4000, ge=100, description="Tokens in one document.")
    max_query_cost: int = Field(200_000, ge=100, description="The estimated cost an operation may have.")
    max_page_size: int = Field(1000, ge=1, description="The largest `first` or `last`.")
    lineage_max_nodes: int = Field(10_000, ge=1, description="Packages in the lineage graphs that are read together.")
    max_subscriptions_per_socket: int = Field(100, ge=1, description="Subscriptions on one WebSocket.")
    websocket_init_seconds: float = Field(10, gt=0, description="How long a WebSocket may take to say who it is.")
    websocket_send_seconds: float = Field(30, gt=0, description="How long a WebSocket may leave a message unread.")
    database_sessions_per_request: int = Field(3, ge=1, description="Sessions one request may hold at once.")

    archive_max_files: int = Field(20_000, ge=1, description="Entries in an archive.")
    archive_max_unpacked_bytes: int = Field(50 << 30, ge=1, description="An archive's total size when unpacked.")
    archive_max_ratio: int = Field(200, ge=2, description="How many times an archive may grow when unpacked.")
    readme_max_bytes: int = Field(512 << 10, ge=1024, description="The longest readme kept.")

    download_url_seconds: int = Field(300, ge=1, le=604_800, description="How long a download link works.")

    scoring_enabled: bool = Field(True, description="Ask model hubs and repository hosts when scoring.")
    scoring_timeout_seconds: float = Field(10, gt=0, description="How long one such request may take.")
    scoring_concurrency: int = Field(2, ge=1, le=32, description="Packages scored at the same time per process.")
    scorings_per_minute: int = Field(10, ge=1, description="Packages an account may have scored again in a minute.")
    huggingface_url: str = Field("https://huggingface.co", description="The model hub's base URL.")
    github_api_url: str = Field("https://api.github.com", description="The repository host's API base URL.")
    github_token: SecretStr | None = Field(None, description="Lifts the repository host's rate limit.")
    allowed_fetch_hosts: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="host:port pairs that may be fetched although their address is an inner one."
    )

    @field_validator("trusted_proxies", "allowed_origins", "allowed_fetch_hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("trusted_proxies", mode="after")
    @classmethod
    def _networks(cls, value: list[Any]) -> list[Any]:
        return [ip_network(part) for part in value]

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("postgresql://", "postgres://", "sqlite:///")):
            raise ValueError("must start with postgresql:// or sqlite:///")
        return value

    @model_validator(mode="after")
    def _whole(self) -> "Settings":
        problems = []
        if self.environment is Environment.PRODUCTION and self.secret_key is None:
            problems.append("SECRET_KEY: required in production")
        short = [key for key in self._given_keys() if len(key) < 32]
        if short:
            problems.append("SECRET_KEY: each key needs at least 32 characters")
        if self.workers > 1 and not self.is_postgresql:
            problems.append("WORKERS: more than one server process needs DATABASE_URL=postgresql://…")
        if problems:
            raise ValueError("\n".join(problems))
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Explicit values first, then the environment, secret files and `.env`."""
        return init_settings, env_settings, _SecretFiles(settings_cls), dotenv_settings

    def _given_keys(self) -> list[str]:
        given = self.secret_key.get_secret_value() if self.secret_key else ""
        return [key.strip() for key in given.split(",") if key.strip()]

    @property
    def is_production(self) -> bool:
        """Whether the server runs for others."""
        return self.environment is Environment.PRODUCTION

    @property
    def is_postgresql(self) -> bool:
        """Whether DATABASE_URL names a PostgreSQL server."""
        return self.database_url is not None and self.database_url.get_secret_value().startswith("postgres")

    @property
    def effective_database_url(self) -> str:
        """DATABASE_URL, or the embedded SQLite file in DATA_DIR."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir / 'registry.db'}"

    @property
    def effective_storage_dir(self) -> Path:
        """STORAGE_DIR, or its place in DATA_DIR."""
        return self.storage_dir or self.data_dir / "storage"

    @property
    def effective_upload_tmp_dir(self) -> Path:
        """UPLOAD_TMP_DIR, or its place in DATA_DIR."""
        return self.upload_tmp_dir or self.data_dir / "tmp"

    @cached_property
    def secret_keys(self) -> tuple[str, ...]:
        """The signing keys, newest first; in development one is generated in DATA_DIR on first use."""
        given = self._given_keys()
        return tuple(given) if given else (_generated_key(self.data_dir / "secret_key"),)


def _generated_key(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()


def load_settings(**overrides: Any) -> Settings:
    """Read and check all settings. Raises SettingsError with every problem listed, one a line."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = str(problem["loc"][0]).upper() if problem["loc"] else ""
            message = problem["msg"].removeprefix("Value error, ")
            lines.append(f"{name}: {message}" if name else message)
        raise SettingsError("\n".join(lines)) from error
