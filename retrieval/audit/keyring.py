"""The keys of all subjects: one file each, outside the database and every copy of it."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from retrieval.audit import durably
from retrieval.audit.subject import Subject
from retrieval.errors import Unavailable


class Keyring:
    """The folder of key files. Several processes may share it.

    A key is made when a name is first met and ends when it is destroyed; the same name met
    again later is another subject.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._by_id: dict[str, Subject] = {}
        self._by_name: dict[str, Subject] = {}
        self._busy = threading.RLock()

    async def subjects(self, names: Iterable[str]) -> Mapping[str, Subject]:
        """Return the subject of each name; whoever is new gets a key, durable on return.

        Raises:
            Unavailable: the folder cannot be read or written.
        """
        wanted = set(names)
        found = self._held(wanted)
        if len(found) < len(wanted):
            found = await asyncio.to_thread(self._made, wanted)
        return found

    async def named(self, name: str) -> Subject | None:
        """Return the subject of a name, or nothing if there is none."""
        await asyncio.to_thread(self._load)
        return self._held({name}).get(name)

    async def all(self) -> Mapping[str, Subject]:
        """Return every subject that has a key, by id."""
        await asyncio.to_thread(self._load)
        return dict(self._by_id)

    async def destroy(self, subjects: Iterable[str]) -> int:
        """Destroy the keys of these ids for good and return how many there were."""
        return await asyncio.to_thread(self._destroy, list(subjects))

    def _held(self, names: Iterable[str]) -> dict[str, Subject]:
        """Return those in memory whose key still exists: another process may have destroyed it."""
        held = {name: self._by_name[name] for name in names if name in self._by_name}
        for name, subject in list(held.items()):
            if not os.path.exists(f"{self._folder}/{subject.id}.key"):
                self._forget(subject)
                del held[name]
        return held

    def _made(self, names: set[str]) -> dict[str, Subject]:
        with durably.told("make a key in", self._folder), self._busy:
            with durably.alone(self._folder):
                for left in self._folder.glob(".new-*"):
                    durably.destroy(left)
                self._load()
                found = self._held(names)
                for name in sorted(names - found.keys()):
                    found[name] = Subject.new(name)
                    durably.write(self._path(found[name].id), found[name].written())
                    self._keep(found[name])
            return found

    def _load(self) -> None:
        with durably.told("read the keys in", self._folder), self._busy:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            present = {each.name.removesuffix(".key") for each in self._folder.glob("s*.key")}
            for gone in self._by_id.keys() - present:
                self._forget(self._by_id[gone])
            for new in present - self._by_id.keys():
                self._read(new)

    def _read(self, subject_id: str) -> None:
        path = self._path(subject_id)
        try:
            self._keep(Subject.read(path.read_bytes()))
        except FileNotFoundError:
            return
        except ValueError as error:
            raise Unavailable(
                f"Expected a key in {path}, got {error}. Restore the file from a backup, or move "
                "it away: what was sealed with it can then not be read again."
            ) from error

    def _destroy(self, subjects: list[str]) -> int:
        with durably.told("destroy a key in", self._folder), self._busy:
            self._load()
            count = 0
            for subject_id in subjects:
                count += self._path(subject_id).exists()
                durably.destroy(self._path(subject_id))
                if subject_id in self._by_id:
                    self._forget(self._by_id[subject_id])
            return count

    def _path(self, subject_id: str) -> Path:
        return self._folder / f"{subject_id}.key"

    def _keep(self, subject: Subject) -> None:
        self._by_id[subject.id] = subject
        self._by_name[subject.name] = subject

    def _forget(self, subject: Subject) -> None:
        self._by_id.pop(subject.id, None)
        if self._by_name.get(subject.name) == subject:
            del self._by_name[subject.name]
