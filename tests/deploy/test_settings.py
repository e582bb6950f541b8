"""Settings: right ones are taken, a wrong one is named with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.example import PATH as EXAMPLE
from deploy.settings import SettingsError, read_settings


def test_everything_has_a_default(tmp_path: Path) -> None:
    settings = read_settings({"PINCITE_HOME": str(tmp_path)})

    assert settings.pincite_port == 8080
    assert settings.database() == f"sqlite:///{tmp_path}/library.db"


def test_every_line_of_the_example_is_taken_as_it_stands(tmp_path: Path) -> None:
    pairs = (line[2:].split("=", 1) for line in EXAMPLE.read_text().splitlines() if "=" in line)
    given = {name: value for name, value in pairs if name.isupper() and value}

    settings = read_settings(given | {"PINCITE_HOME": str(tmp_path)})

    assert len(given) > 20
    assert settings == read_settings({"PINCITE_HOME": str(tmp_path)})


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "pincite.env").write_text("PINCITE_PORT=9000\nPINCITE_SYNC_MINUTES=7\n")

    settings = read_settings({"PINCITE_HOME": str(tmp_path), "PINCITE_PORT": "9001"})

    assert (settings.pincite_port, settings.pincite_sync_minutes) == (9001, 7)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PINCITE_PORT", "eighty", "PINCITE_PORT: expected a valid integer"),
        ("PINCITE_PORT", "99999", "less than or equal to 65535"),
        ("PROXY_NETWORKS", "10.1.0.0", "JSON such as"),
        ("PROXY_NETWORKS", '["10.1.0.0/99"]', "PROXY_NETWORKS"),
        ("AUDIT_DAYS", "30", "at least 184 days"),
        ("PINCITE_USER", "a b", "without spaces"),
        ("PINCITE_PROT", "1", "Did you mean PINCITE_PORT"),
        ("INDEX_URL", "qdrant:6333", "http://"),
        ("INDEX_GRPC", "perhaps", "INDEX_GRPC"),
        ("MODEL_URL", "127.0.0.1:30000", "http://"),
        ("MODEL_URL", "http://127.0.0.1:99999", "port from 1 to 65535"),
        ("MODEL_URL", "http://:30000", "with a host"),
        ("MODEL_URL", "http://127.0.0.1:30000", "MODEL_NAME: expected"),
        ("MODEL_SECONDS", "0", "greater than 0"),
        ("MODEL_MOST_TOKENS", "1", "greater than or equal to 50"),
        ("PINCITE_SETTINGS", "/no/such/file", "deploy/env.example"),
    ],
)
def test_a_wrong_setting_is_named_with_what_was_expected(
    tmp_path: Path, name: str, value: str, told: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({"PINCITE_HOME": str(tmp_path), name: value})

    assert name in str(caught.value)
    assert told in str(caught.value)


def test_an_unknown_name_in_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pincite.env").write_text("EMBEDING_MODEL=x\n")

    with pytest.raises(SettingsError, match="Did you mean EMBEDDING_MODEL"):
        read_settings({"PINCITE_HOME": str(tmp_path)})


def test_a_secret_is_never_repeated(tmp_path: Path) -> None:
    settings = read_settings({"PINCITE_HOME": str(tmp_path), "INDEX_API_KEY": "s3cret"})

    assert "s3cret" not in repr(settings)


def test_a_password_in_an_address_is_refused_and_not_repeated(tmp_path: Path) -> None:
    for name in ("MODEL_URL", "INDEX_URL"):
        at = ("ftp" if name == "INDEX_URL" else "http") + "://ann:s3cret@127.0.0.1"
        with pytest.raises(SettingsError, match=name) as caught:
            read_settings({"PINCITE_HOME": str(tmp_path), name: at})
        assert "s3cret" not in str(caught.value)


def test_a_profile_asks_for_its_own_least(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="at least 2192 days"):
        read_settings({"PINCITE_HOME": str(tmp_path), "AUDIT_PROFILE": "hipaa"})


def test_without_sign_in_only_loopback_is_listened_on(tmp_path: Path) -> None:
    open_door = {"PINCITE_HOME": str(tmp_path), "PINCITE_SIGN_IN": "off"}

    assert read_settings(open_door | {"PINCITE_HOST": "::1"}).pincite_host == "::1"
    with pytest.raises(SettingsError, match="PINCITE_HOST: a loopback address"):
        read_settings(open_door | {"PINCITE_HOST": "0.0.0.0"})


def test_a_state_of_the_settings_has_a_name_that_tells_no_secret(tmp_path: Path) -> None:
    home = {"PINCITE_HOME": str(tmp_path)}
    for name in ("INDEX_API_KEY", "EMBEDDING_KEY", "MODEL_KEY", "OIDC_CLIENT_SECRET"):
        one, other = (read_settings(home | {name: key}) for key in ("one", "two"))
        assert one.digest() == other.digest()
    assert one.digest() != read_settings(home | {"PINCITE_PORT": "9"}).digest()
