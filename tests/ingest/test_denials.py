"""Denials that a folder states, on their way in."""

from __future__ import annotations

from pathlib import Path

from tests.ingest.works import works


async def test_a_denial_takes_effect_with_the_next_sync_and_ends_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text("The vault is in the cellar.")
    (tmp_path / "home").mkdir()
    async with works(tmp_path / "home") as office:
        await office.watch(folder)
        await office.sync()
        assert await office.find("vault") == ["The vault is in the cellar."]

        (folder / "pincite.yaml").write_text("denied: ['user:me']\n")
        tally = await office.sync()

        assert await office.texts() == {}
        assert await office.find("vault") == []
        await office.assert_in_step()
        assert (tally.described, tally.updated) == (1, 0)

        (folder / "pincite.yaml").unlink()
        await office.sync()
        assert await office.find("vault") == ["The vault is in the cellar."]


async def test_where_readers_cannot_be_known_denials_stay(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.txt").write_text("The vault is in the cellar.")
    (folder / "sub" / "pincite.yaml").write_text("denied: ['user:eve']\n")
    (tmp_path / "home").mkdir()
    async with works(tmp_path / "home") as office:
        await office.watch(folder)
        await office.sync()
        (folder / "sub" / "pincite.yaml").write_text("denied: eve")
        await office.sync()

        [point] = await office.journal.points(0, 10)
        assert (point.labels.readers, point.labels.denied) == ((), ("user:eve",))
