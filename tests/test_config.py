"""Settings: where they come from, and that everything wrong with them is told at once."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from app.config import Settings, SettingsError, load_settings

ROOT = Path(__file__).parents[1]
KEY = "k" * 32


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing set in the environment."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)


def problems(**given: object) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(_env_file=None, **given)
    return str(caught.value).splitlines()


def test_every_setting_is_described() -> None:
    undescribed = [name for name, field in Settings.model_fields.items() if not (field.description or "").endswith(".")]
    assert undescribed == []


def test_the_example_names_only_real_settings() -> None:
    # given
    of_compose = {"POSTGRES_PASSWORD", "S3_PORT"}
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    # when
    named = {line.lstrip("#").split("=")[0] for line in lines if "=" in line and not line.startswith("# ")}
    # then
    assert len(named) > 10
    assert named - of_compose <= {name.upper() for name in Settings.model_fields}


def test_the_defaults_serve_a_desk(tmp_path: Path) -> None:
    settings = load_settings(_env_file=None, data_dir=tmp_path)
    assert settings.effective_database_url == f"sqlite:///{tmp_path}/registry.db"
    assert (settings.effective_storage_dir, settings.s3_bucket) == (tmp_path / "storage", None)
    assert (settings.is_production, settings.anonymous_read, settings.admin_password) == (False, False, None)


def test_all_problems_are_listed_at_once_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    for name, value in {
        "ENVIRONMENT": "production",
        "PORT": "http",
        "PUBLIC_URL": "registry.example.com",
        "WORKERS": "2",
        "TRUSTED_PROXIES": "10.0.0.1/8,nonsense",
        "ALLOWED_ORIGINS": "https://good.example,https://bad.example/path",
        "ADMIN_USERNAME": "two words",
        "ADMIN_PASSWORD": "s3cr3t",
        "S3_ACCESS_KEY_ID": "key",
        "MAX_QUERY_DEPTH": "1",
    }.items():
        monkeypatch.setenv(name, value)
    # when
    told = problems()
    # then
    assert [line.split(":")[0] for line in told] == [
        "PORT",
        "PUBLIC_URL",
        "TRUSTED_PROXIES",
        "TRUSTED_PROXIES",
        "ALLOWED_ORIGINS",
        "WORKERS",
        "S3_SECRET_ACCESS_KEY",
        "ADMIN_USERNAME",
        "ADMIN_PASSWORD",
        "SECRET_KEY",
        "MAX_QUERY_DEPTH",
    ]
    assert "s3cr3t" not in "".join(told)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", "mysql://root:geheim@localhost/x"),
        ("database_url", "postgresql://root:geheim@localhost:port/x"),
        ("secret_key", "too-short-geheim"),
        ("secret_key", f"{KEY},too-short-geheim"),
        ("admin_password", "geheim"),
        ("admin_password", "admin@localhost"),
    ],
)
def test_a_bad_secret_is_refused_and_not_repeated(name: str, value: str) -> None:
    [told] = problems(**{name: value})
    assert told.startswith(f"{name.upper()}: ")
    assert "geheim" not in told


@pytest.mark.parametrize("name", ["s3_endpoint_url", "public_url", "huggingface_url"])
@pytest.mark.parametrize("value", ["localhost:9000", "ftp://host", "http://", "http://host:port", "http://host?x=1"])
def test_a_url_must_be_one(name: str, value: str) -> None:
    [told] = problems(**{name: value})
    assert told == f"{name.upper()}: must have the form https://host[:port][/path]"


def test_lists_are_split_at_commas() -> None:
    settings = load_settings(
        _env_file=None, trusted_proxies="10.0.0.0/8, ::1,", allowed_origins="https://a.example, http://[::1]:3000"
    )
    assert settings.trusted_proxies == [ip_network("10.0.0.0/8"), ip_network("::1")]
    assert settings.allowed_origins == ["https://a.example", "http://[::1]:3000"]


def test_the_environment_goes_before_a_secret_file_and_that_before_env(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    for number in (1, 2):
        (tmp_path / str(number)).write_text(f"token-{number}\n", encoding="utf-8")
    env = tmp_path / ".env"
    env.write_text(f"GITHUB_TOKEN_FILE={tmp_path / '1'}\nGITHUB_TOKEN=token-0\nPORT=1234\n", encoding="utf-8")

    def token() -> str:
        settings = load_settings(_env_file=env)
        assert settings.port == 1234
        assert settings.github_token is not None
        return settings.github_token.get_secret_value()

    # when / then
    assert token() == "token-1"
    monkeypatch.setenv("GITHUB_TOKEN_FILE", str(tmp_path / "2"))
    assert token() == "token-2"
    monkeypatch.setenv("GITHUB_TOKEN", "token-3")
    assert token() == "token-3"


def test_an_unreadable_secret_file_is_one_problem_among_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("PORT", "-1")
    port, key = problems()
    assert port.startswith("PORT: ")
    assert key.startswith(
        f"SECRET_KEY: SECRET_KEY_FILE names a file that cannot be read: {tmp_path / 'missing'}: No such"
    )


def test_an_empty_setting_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("PORT", "")
    settings = load_settings(_env_file=None)
    assert (settings.database_url, settings.port) == (None, 8000)


def test_keys_rotate_in_the_order_given() -> None:
    settings = load_settings(_env_file=None, secret_key=f"{'n' * 32}, {KEY},")
    assert settings.secret_keys == ("n" * 32, KEY)


def test_production_makes_up_no_key() -> None:
    assert problems(environment="production") == [
        "SECRET_KEY: required in production; `openssl rand -hex 32` makes one"
    ]


def test_development_makes_up_one_key_and_keeps_it_to_itself(tmp_path: Path) -> None:
    # when
    keys = [load_settings(_env_file=None, data_dir=tmp_path / "new").secret_keys for _ in range(2)]
    # then
    assert keys[0] == keys[1]
    assert len(keys[0][0]) >= 32
    assert (tmp_path / "new" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_secrets_do_not_show() -> None:
    settings = load_settings(_env_file=None, secret_key=KEY, database_url="postgresql://u:geheim@localhost/x")
    assert KEY not in repr(settings)
    assert "geheim" not in repr(settings)
