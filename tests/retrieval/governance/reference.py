"""The rule as it is written down, asked one instant at a time. It shares no code with ours."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.documents import NEVER, Status
from retrieval.governance.standing import Ruling, Stated

STANDING = (Status.DRAFT, Status.APPROVED)


class Reference:
    """A document's versions and decisions, and when another document supersedes it."""

    def __init__(
        self, versions: Sequence[Stated], rulings: Sequence[Ruling], succeeded_at: int = NEVER
    ) -> None:
        self.versions, self.rulings, self.succeeded_at = versions, rulings, succeeded_at
        self.begins: list[int] = []
        for number, version in enumerate(versions):
            waits = version.waits and any(
                self.status(earlier, version.start) is Status.APPROVED for earlier in range(number)
            )
            self.begins.append(self._approved(number) if waits else version.start)

    def status(self, number: int, instant: int) -> Status | None:
        """Return how a version stands at an instant, None if it does not count yet."""
        replaced = self._replaced(number)
        if instant < replaced:
            return self._live(number, instant)
        before = self._live(number, replaced, is_before=True)
        return Status.SUPERSEDED if before is None or before in STANDING else before

    def _replaced(self, number: int) -> int:
        later = [each for each in self.begins[number + 1 :] if each < NEVER]
        return later[0] if later else NEVER

    def _live(self, number: int, instant: int, *, is_before: bool = False) -> Status | None:
        """Return how it stands while no newer version counts.

        With `is_before` an instant at which it is replaced is looked at: all else that happens
        then has happened already, but for a beginning no earlier than that.
        """
        version, replaced = self.versions[number], self._replaced(number)
        endings = [] if replaced < NEVER else [(self.succeeded_at, Status.SUPERSEDED)]
        if version.expires < replaced:
            endings.append((version.expires, Status.EXPIRED))
        past = sorted((each for each in endings if each[0] <= instant), key=lambda each: each[0])
        verdict, since = version.base, None
        for at, status in self._decided(number):
            if at <= instant and (since is None or at >= since):
                ended = next((how for when, how in past if when <= at), None)
                verdict, since = status or ended or version.base, at
        if verdict in STANDING:
            open_to = [how for when, how in past if since is None or when > since]
            verdict = open_to[0] if open_to else verdict
        is_begun = self.begins[number] <= instant
        return verdict if is_begun or verdict not in STANDING else None

    def _decided(self, number: int) -> list[tuple[int, Status | None]]:
        version = self.versions[number]
        own = [each for each in self.rulings if each.version_id == version.id]
        found: list[tuple[int, Status | None]] = []
        for each in self.rulings:
            if each.seen_id < version.id and not (own and each.id > own[0].id):
                arrival = min(version.start, version.added_at)
                at = each.at if each.at > version.added_at else arrival
                withdraws = each.status in (Status.DRAFT, Status.EXPIRED, Status.SUPERSEDED)
                holds = withdraws or each.blob == version.blob
                found.append((at, each.status if holds else None))
        return found + [(each.at, each.status) for each in own]

    def _approved(self, number: int) -> int:
        for at, status in self._decided(number):
            if status is Status.APPROVED:
                return max(at, self.versions[number].start)
        return NEVER
