"""Settings: the only reader of the environment. Every setting, its meaning, its default and its bounds stand here.

A setting is taken from the environment, else from `.env`, else its default. A secret may stand in a file named by
the setting's name with `_FILE` behind it (`SECRET_KEY_FILE=/run/secrets/key`).
"""

import os
import secrets
import tempfile
from contextlib import suppress
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from app.identity.rules import email_problem, password_problem, username_problem
from app.setting_values import HostAndPort, Network, Origin, Several, Url, is_database_url, without

SHORTEST_SECRET_KEY = 32


class Environment(StrEnum):
    """How the server is run: on a desk, or for others."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class SettingsError(Exception):
    """The settings are unusable; the message lists every problem, one a line."""


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads the files that `<NAME>_FILE`, in the environment or in `.env`, names for the settings that are secrets."""

    def __init__(self, settings_cls: type[BaseSettings], dotenv: DotEnvSettingsSource) -> None:
        super().__init__(settings_cls)
        self._dotenv = dotenv

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The file's content, stripped; one that cannot be read is left to the validator to tell."""
        name = f"{field_name}_file"
        path = os.environ.get(name.upper()) or self._dotenv.env_vars.get(name)
        if not path or not _is_secret(field):
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            return _UnreadableFile(f"{name.upper()} names a file that cannot be read: {path}: {reason}"), "", False

    def __call__(self) -> dict[str, Any]:
        """The settings found in files."""
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


class _UnreadableFile(str):
    """Stands in the place of a secret whose file cannot be read, and says why."""


def _is_secret(field: FieldInfo) -> bool:
    return SecretStr in (field.annotation, *get_args(field.annotation))


class Settings(BaseSettings):
    """Everything that can be set, checked as a whole when the server starts."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True, validate_default=True)

    environment: Environment = Field(
        Environment.DEVELOPMENT,
        description="`production` logs one JSON line each, closes introspection to strangers and requires SECRET_KEY.",
    )
    host: str = Field("127.0.0.1", description="The address the server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="The port the server listens on; 0 takes a free one.")
    public_url: Url | None = Field(None, description="The server's URL as clients see it; by default the request's.")
    workers: int = Field(1, ge=1, le=64, description="Server processes. More than one needs PostgreSQL.")
    trusted_proxies: Annotated[list[Network], NoDecode, Several] = Field(
        default_factory=list, description="Networks, comma-separated, whose X-Forwarded-For is believed."
    )
    allowed_origins: Annotated[list[Origin], NoDecode, Several] = Field(
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
    s3_endpoint_url: Url | None = Field(None, description="The S3 server, when it is not Amazon's.")
    s3_public_endpoint_url: Url | None = Field(
        None, description="The S3 server's URL as clients see it, for presigned links; by default S3_ENDPOINT_URL."
    )
    s3_region: str = Field("us-east-1", description="The bucket's region.")
    s3_access_key_id: SecretStr | None = Field(None, description="By default boto3's own credential chain.")
    s3_secret_access_key: SecretStr | None = Field(None, description="By default boto3's own credential chain.")
    s3_max_connections: int = Field(16, ge=1, le=256, description="Threads and connections to S3 per process.")

    password_min_length: int = Field(10, ge=8, le=128, description="The shortest password accepted.")
    admin_username: Annotated[str, without(username_problem)] = Field(
        "admin", description="The first administrator's name."
    )
    admin_email: Annotated[str, without(email_problem)] = Field(
        "admin@localhost", description="The first administrator's e-mail address."
    )
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

    deleted_package_grace_days: int = Field(30, ge=1, description="How long deleted packages can be restored.")
    sweep_interval_seconds: int = Field(3600, ge=1, description="How often what nobody needs any more is removed.")

    scoring_enabled: bool = Field(True, description="Ask model hubs and repository hosts when scoring.")
    scoring_timeout_seconds: float = Field(10, gt=0, description="How long one such request may take.")
    scoring_concurrency: int = Field(2, ge=1, le=32, description="Packages scored at the same time per process.")
    scorings_per_minute: int = Field(10, ge=1, description="Packages an account may have scored again in a minute.")
    huggingface_url: Url = Field("https://huggingface.co", description="The model hub's base URL.")
    github_api_url: Url = Field("https://api.github.com", description="The repository host's API base URL.")
    github_token: SecretStr | None = Field(None, description="Lifts the repository host's rate limit.")
    allowed_fetch_hosts: Annotated[list[HostAndPort], NoDecode, Several] = Field(
        default_factory=list, description="host:port pairs that may be fetched although their address is an inner one."
    )

    # What concerns several settings is judged by the validator of the last one of them, not of the whole: a model's
    # validator runs only once all fields are good, and then not all problems are listed at once.

    @field_validator("*", mode="before")
    @classmethod
    def _readable(cls, value: Any) -> Any:
        if isinstance(value, _UnreadableFile):
            raise ValueError(str(value))
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        url = value.get_secret_value() if value is not None else ""
        if value is not None and not is_database_url(url):
            raise ValueError("must have the form postgresql://user:password@host:port/name or sqlite:///file")
        if info.data.get("workers", 1) > 1 and not url.startswith("postgres"):
            raise ValueError("WORKERS: more than one server process needs PostgreSQL: set DATABASE_URL=postgresql://…")
        return value

    @field_validator("admin_password")
    @classmethod
    def _good_password(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is not None and "password_min_length" in info.data:
            names = tuple(info.data[name] for name in ("admin_username", "admin_email") if name in info.data)
            shortest = info.data["password_min_length"]
            if problem := password_problem(value.get_secret_value(), shortest=shortest, names=names):
                raise ValueError(problem)
        return value

    @field_validator("secret_key")
    @classmethod
    def _good_keys(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        keys = _keys(value)
        if not keys and info.data.get("environment") is Environment.PRODUCTION:
            raise ValueError("required in production; `openssl rand -hex 32` makes one")
        if any(len(key) < SHORTEST_SECRET_KEY for key in keys):
            raise ValueError(
                f"each key needs at least {SHORTEST_SECRET_KEY} characters; `openssl rand -hex 32` makes one"
            )
        return value

    @field_validator("s3_secret_access_key")
    @classmethod
    def _whole_credential(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if (value is None) != (info.data.get("s3_access_key_id") is None):
            raise ValueError("S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY go together: set both or neither")
        return value

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
        assert isinstance(dotenv_settings, DotEnvSettingsSource)
        return init_settings, env_settings, _SecretFiles(settings_cls, dotenv_settings), dotenv_settings

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
        return _keys(self.secret_key) or (_generated_key(self.data_dir / "secret_key"),)


def _keys(value: SecretStr | None) -> tuple[str, ...]:
    given = value.get_secret_value() if value is not None else ""
    return tuple(key.strip() for key in given.split(",") if key.strip())


def _generated_key(path: Path) -> str:
    """The key in the file, which is made, whole and at once, where it is missing: servers may start together."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:  # its mode is 0600
            file.write(secrets.token_urlsafe(48))
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text(encoding="ascii").strip()


def load_settings(**overrides: Any) -> Settings:
    """Read and check all settings. Raises SettingsError with every problem listed, one a line."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_input=False, include_url=False):
            message = problem["msg"].removeprefix("Value error, ")
            name = str(problem["loc"][0]).upper()
            lines.append(message if message.startswith("WORKERS:") else f"{name}: {message}")
        raise SettingsError("\n".join(lines)) from None
