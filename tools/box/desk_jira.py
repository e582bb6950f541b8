"""Jira as a service desk, by its REST API version 3 (developer.atlassian.com/cloud/jira).

A comment carries the errand's mark as a property; comments are read back at once, so looking for
it is sure. A ticket carries the mark as a label, set by the request that creates it, but Jira's
search finds a new ticket a little later: what may have been created is not created again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tools.box.adf import document_of, text_of
from tools.box.desk import MOST_COMMENTS, MOST_LISTED, Comment, Draft, Ticket, Tickets
from tools.call import Json
from tools.far import FarSystem
from tools.far_answer import at, objects_at, words_at
from tools.once import mark_of
from tools.tool import Errand

_API: Final = ("rest", "api", "3")
_PROPERTY: Final = "pincite"
_MOST_LOOKED_AT: Final = 100
_MOST_PAGES: Final = 20
_MINE: Final = {
    "requester": "reporter = currentUser() AND statusCategory != Done ORDER BY updated DESC",
    "assignee": "assignee = currentUser() AND statusCategory != Done ORDER BY updated DESC",
}
_PRIORITIES: Final = {"low": "Low", "normal": "Medium", "high": "High", "urgent": "Highest"}


@dataclass(frozen=True, slots=True)
class JiraDesk:
    """A Jira site. `projects` are keys of projects with the kind of issue created in each."""

    far: FarSystem
    projects: Mapping[str, str]

    @property
    def system(self) -> str:
        """Return the name of the far system."""
        return self.far.name

    @property
    def key_pattern(self) -> str:
        """Return what an issue's key looks like."""
        return "^[A-Z][A-Z0-9_]{1,19}-[1-9][0-9]{0,9}$"

    @property
    def queues(self) -> tuple[str, ...]:
        """Return the projects' keys."""
        return tuple(self.projects)

    @property
    def finds_all_created(self) -> bool:
        """Return False: the search index of Jira is a little behind."""
        return False

    async def ticket(self, key: str, errand: Errand) -> Ticket:
        """Return an issue with its newest comments."""
        names = "summary,status,description,reporter,assignee,updated"
        issue = await self.far.send(
            "GET", *_API, "issue", key, query={"fields": names}, secret=errand.secret
        )
        comments = tuple(
            Comment(
                words_at(each, "author", "displayName"),
                words_at(each, "created"),
                text_of(each.get("body")),
            )
            for each in await self._comments(key, MOST_COMMENTS, errand)
        )
        return self._read(issue.body, comments)

    async def mine(self, role: str, errand: Errand) -> Tickets:
        """Return open issues that the asker reported, or that are assigned to them."""
        listed: list[Ticket] = []
        token = ""
        for _ in range(_MOST_PAGES):
            found = await self._search(_MINE[role], errand, token)
            listed += [self._read(each) for each in objects_at(found, "issues")]
            token = words_at(found, "nextPageToken")
            if not token or len(listed) >= MOST_LISTED:
                break
        return Tickets(tuple(listed[:MOST_LISTED]), not token and len(listed) <= MOST_LISTED)

    async def commented(self, key: str, errand: Errand) -> bool:
        """Return whether one of the newest comments has the errand's mark."""
        newest = await self._comments(key, _MOST_LOOKED_AT, errand)
        ids: list[Json] = [int(each) for one in newest if (each := words_at(one, "id")).isdigit()]
        if not ids:
            return False
        found = await self.far.send(
            "POST",
            *(*_API, "comment", "list"),
            query={"expand": "properties"},
            body={"ids": ids},
            secret=errand.secret,
            reads=True,
        )
        properties = [
            one
            for each in objects_at(found.body, "values")
            for one in objects_at(each, "properties")
        ]
        mark = mark_of(errand)
        return any(
            each.get("key") == _PROPERTY and words_at(each, "value", "mark") == mark
            for each in properties
        )

    async def comment(self, key: str, text: str, errand: Errand) -> str:
        """Add a comment."""
        marked: Json = [{"key": _PROPERTY, "value": {"mark": mark_of(errand)}}]
        await self.far.send(
            "POST",
            *(*_API, "issue", key, "comment"),
            body={"body": document_of(text), "properties": marked},
            secret=errand.secret,
        )
        return self.far.link("browse", key)

    async def created(self, errand: Errand) -> Ticket | None:
        """Return the issue with the errand's label, once the search has it."""
        found = await self._search(f'labels = "{_label(errand)}"', errand)
        for each in objects_at(found, "issues"):
            return self._read(each)
        return None

    async def create(self, draft: Draft, errand: Errand) -> Ticket:
        """Create an issue."""
        fields: dict[str, Json] = {
            "project": {"key": draft.queue},
            "issuetype": {"name": self.projects[draft.queue]},
            "summary": draft.title,
            "description": document_of(draft.text),
            "labels": [_label(errand)],
        }
        if draft.urgency:
            fields["priority"] = {"name": _PRIORITIES[draft.urgency]}
        made = await self.far.send(
            "POST", *_API, "issue", body={"fields": fields}, secret=errand.secret
        )
        key = words_at(made.body, "key")
        return Ticket(key, draft.title, "", self.far.link("browse", key))

    async def _comments(self, key: str, most: int, errand: Errand) -> list[dict[str, Json]]:
        """Return the newest comments on an issue, newest first."""
        answer = await self.far.send(
            "GET",
            *(*_API, "issue", key, "comment"),
            query={"orderBy": "-created", "maxResults": str(most)},
            secret=errand.secret,
        )
        return objects_at(answer.body, "comments")[:most]

    async def _search(self, jql: str, errand: Errand, token: str = "") -> Json:
        query = {"jql": jql, "fields": "summary,status,updated", "maxResults": str(MOST_LISTED)}
        if token:
            query["nextPageToken"] = token
        answer = await self.far.send(
            "GET", *_API, "search", "jql", query=query, secret=errand.secret
        )
        return answer.body

    def _read(self, issue: Json, comments: tuple[Comment, ...] = ()) -> Ticket:
        key = words_at(issue, "key")
        return Ticket(
            key=key,
            title=words_at(issue, "fields", "summary"),
            status=words_at(issue, "fields", "status", "name"),
            link=self.far.link("browse", key),
            updated=words_at(issue, "fields", "updated"),
            requester=words_at(issue, "fields", "reporter", "displayName"),
            assignee=words_at(issue, "fields", "assignee", "displayName"),
            text=text_of(at(issue, "fields", "description")),
            comments=comments,
        )


def _label(errand: Errand) -> str:
    return f"pincite-{mark_of(errand)}"
