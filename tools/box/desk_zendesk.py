"""Zendesk as a service desk, by its Ticketing API (developer.zendesk.com/api-reference/ticketing).

The asker must be an agent there. Creating: Zendesk keeps an `Idempotency-Key` for two hours, and
tickets are found by the errand's mark as `external_id` ever after. Commenting: the mark lies in
the ticket's audits, and the change is refused if the ticket changed since they were read
(`safe_update`). So looking is sure for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tools.box.desk import MOST_COMMENTS, MOST_LISTED, Comment, Draft, Ticket, Tickets
from tools.call import Json
from tools.far import FarSystem
from tools.far_answer import FarRefused, objects_at, words_at
from tools.once import mark_of
from tools.tool import Errand

_API: Final = ("api", "v2")
_MINE: Final = {"requester": "requested", "assignee": "assigned"}
_ENDED: Final = frozenset({"solved", "closed"})
_MOST_PAGES: Final = 5


@dataclass(frozen=True, slots=True)
class ZendeskDesk:
    """A Zendesk account. `groups` are the groups that tickets may be given to, by their ids."""

    far: FarSystem
    groups: Mapping[str, int]

    @property
    def system(self) -> str:
        """Return the name of the far system."""
        return self.far.name

    @property
    def key_pattern(self) -> str:
        """Return what a ticket's number looks like."""
        return "^[1-9][0-9]{0,14}$"

    @property
    def queues(self) -> tuple[str, ...]:
        """Return the groups' names."""
        return tuple(self.groups)

    @property
    def finds_all_created(self) -> bool:
        """Return True: a ticket is found by its `external_id` at once."""
        return True

    async def ticket(self, key: str, errand: Errand) -> Ticket:
        """Return a ticket with its newest comments."""
        found = await self.far.send(
            "GET", *_API, "tickets", key, query={"include": "users"}, secret=errand.secret
        )
        comments = await self.far.send(
            "GET",
            *(*_API, "tickets", key, "comments"),
            query={"include": "users", "sort": "-created_at", "page[size]": str(MOST_COMMENTS)},
            secret=errand.secret,
        )
        names = _names(found.body) | _names(comments.body)
        written = tuple(
            Comment(
                names.get(words_at(each, "author_id"), ""),
                words_at(each, "created_at"),
                words_at(each, "plain_body") or words_at(each, "body"),
            )
            for each in objects_at(comments.body, "comments")[:MOST_COMMENTS]
        )
        return self._read(found.at("ticket"), names, written)

    async def mine(self, role: str, errand: Errand) -> Tickets:
        """Return open tickets that the asker requested, or that are assigned to them."""
        listed: list[Ticket] = []
        person, cursor = await self._me(errand), ""
        for _ in range(_MOST_PAGES):
            query = {"sort": "-updated_at", "page[size]": str(MOST_LISTED)}
            found = await self.far.send(
                "GET",
                *(*_API, "users", person, "tickets", _MINE[role]),
                query=query | ({"page[after]": cursor} if cursor else {}),
                secret=errand.secret,
            )
            read = [self._read(each, {}) for each in objects_at(found.body, "tickets")]
            listed += [each for each in read if each.status not in _ENDED]
            has_more = found.at("meta", "has_more") is True
            cursor = words_at(found.body, "meta", "after_cursor") if has_more else ""
            if not cursor or len(listed) >= MOST_LISTED:
                break
        return Tickets(tuple(listed[:MOST_LISTED]), not cursor and len(listed) <= MOST_LISTED)

    async def commented(self, key: str, errand: Errand) -> bool:
        """Return whether one of the ticket's changes has the errand's mark."""
        mark = mark_of(errand)
        found = await self.far.send(
            "GET",
            *(*_API, "tickets", key, "audits"),
            query={"sort": "-created_at", "page[size]": "100"},
            secret=errand.secret,
        )
        audits = objects_at(found.body, "audits")
        return any(words_at(each, "metadata", "custom", "pincite") == mark for each in audits)

    async def comment(self, key: str, text: str, errand: Errand) -> str:
        """Add a public comment, unless the ticket changes meanwhile."""
        known = await self.far.send("GET", *_API, "tickets", key, secret=errand.secret)
        if await self.commented(key, errand):
            return self._link(key)
        change: dict[str, Json] = {
            "comment": {"body": text, "public": True},
            "metadata": {"pincite": mark_of(errand)},
            "safe_update": True,
            "updated_stamp": words_at(known.body, "ticket", "updated_at"),
        }
        await self.far.send(
            "PUT", *_API, "tickets", key, body={"ticket": change}, secret=errand.secret
        )
        return self._link(key)

    async def created(self, errand: Errand) -> Ticket | None:
        """Return the ticket with the errand's mark."""
        found = await self.far.send(
            "GET", *_API, "tickets", query={"external_id": _mark(errand)}, secret=errand.secret
        )
        for each in objects_at(found.body, "tickets"):
            if words_at(each, "external_id") == _mark(errand):
                return self._read(each, {})
        return None

    async def create(self, draft: Draft, errand: Errand) -> Ticket:
        """Create a ticket."""
        ticket: dict[str, Json] = {
            "subject": draft.title,
            "comment": {"body": draft.text},
            "group_id": self.groups[draft.queue],
            "external_id": _mark(errand),
        }
        if draft.urgency:
            ticket["priority"] = draft.urgency
        made = await self.far.send(
            "POST",
            *(*_API, "tickets"),
            body={"ticket": ticket},
            secret=errand.secret,
            key=_mark(errand),
        )
        return self._read(made.at("ticket"), {})

    async def _me(self, errand: Errand) -> str:
        """Return the asker's number; Zendesk tells none where it does not know who asks."""
        answer = await self.far.send("GET", *_API, "users", "me", secret=errand.secret)
        number = words_at(answer.body, "user", "id")
        if not number:
            raise FarRefused(
                f"{self.system} did not accept your credential. Connect your account at "
                f"{self.system} again.",
                401,
            )
        return number

    def _read(
        self, ticket: Json, names: Mapping[str, str], comments: tuple[Comment, ...] = ()
    ) -> Ticket:
        key = words_at(ticket, "id")
        return Ticket(
            key=key,
            title=words_at(ticket, "subject"),
            status=words_at(ticket, "status"),
            link=self._link(key),
            updated=words_at(ticket, "updated_at"),
            requester=names.get(words_at(ticket, "requester_id"), ""),
            assignee=names.get(words_at(ticket, "assignee_id"), ""),
            comments=comments,
        )

    def _link(self, key: str) -> str:
        return self.far.link("agent", "tickets", key)


def _mark(errand: Errand) -> str:
    return f"pincite-{mark_of(errand)}"


def _names(body: Json) -> dict[str, str]:
    return {words_at(each, "id"): words_at(each, "name") for each in objects_at(body, "users")}
