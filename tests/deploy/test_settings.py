"""Settings: right ones are taken, a wrong one is named with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.settings import Settings, SettingsError, read_settings
from retrieval.errors import BadRequest


def test_everything_has_a_default(tmp_path: Path) -> None:
    settings = read_settings({"PINCITE_HOME": str(tmp_path)})

    assert settings.pincite_port == 8080
    assert settings.database() == f"sqlite:///{tmp_path}/library.db"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "pincite.env").write_text("PINCITE_PORT=9000\nPINCITE_SYNC_MINUTES=7\n")

    settings = read_settings({"PINCITE_HOME": str(tmp_path), "PINCITE_PORT": "9001"})

    assert (settings.pincite_port, settings.pincite_sync_minutes) == (9001, 7)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PINCITE_PORT", "eighty", "PINCITE_PORT: expected a valid integer"),
        ("PINCITE_PORT", "99999", "less than or equal to 65535"),
        ("PINCITE_HOST", "0.0.0.0", "Loopback only"),
        ("PINCITE_PEOPLE", "ann", "JSON such as"),
        ("PINCITE_PEOPLE", '{"a b": []}', "without spaces"),
        ("PINCITE_USER", "a b", "without spaces"),
        ("PINCITE_PROT", "1", "Did you mean PINCITE_PORT"),
        ("INDEX_URL", "qdrant:6333", "http://"),
        ("INDEX_GRPC", "perhaps", "INDEX_GRPC"),
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


def test_a_person_has_the_groups_that_are_listed(tmp_path: Path) -> None:
    settings = Settings(pincite_people={"ann": ("legal",)}, pincite_user="ann")

    assert settings.principal().keys == {"user:ann", "group:legal", "everyone"}
    with pytest.raises(BadRequest, match="ann"):
        settings.principal("mallory")
