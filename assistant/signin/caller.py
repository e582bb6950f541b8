"""Who asks, and what they may do. Roles give actions, never reading."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from assistant.signin.errors import NotAllowed
from retrieval.access import Principal
from retrieval.people.people import Person, Role


class Action(StrEnum):
    """What somebody may want to do. A token's scopes are these words."""

    ASK = "ask"
    SEARCH = "search"
    READ = "read"
    REVIEW = "review"
    EVALUATE = "evaluate"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_SOURCES = "manage_sources"
    MANAGE_ACCESS = "manage_access"
    BREAK_GLASS = "break_glass"
    READ_AUDIT = "read_audit"
    ERASE = "erase"
    STOP = "stop"
    READ_METRICS = "read_metrics"


class Means(StrEnum):
    """How the caller was recognised."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a means, not a secret
    PROXY = "proxy"
    CHOICE = "choice"
    MACHINE = "machine"


_EVERYBODY = frozenset({Action.ASK, Action.SEARCH, Action.READ})
_BY_ROLE = {
    Role.REVIEWER: frozenset({Action.REVIEW}),
    Role.EVALUATOR: frozenset({Action.EVALUATE}),
    Role.OPERATOR: frozenset({Action.MANAGE_SOURCES, Action.STOP, Action.READ_METRICS}),
    Role.ADMIN: frozenset(
        {
            Action.MANAGE_PEOPLE,
            Action.MANAGE_SOURCES,
            Action.MANAGE_ACCESS,
            Action.BREAK_GLASS,
            Action.READ_AUDIT,
            Action.ERASE,
            Action.STOP,
            Action.READ_METRICS,
        }
    ),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: what they answer to, and whom, by which means and from where.

    `person` is None where there are no accounts: a demonstration, one person's own machine.
    `scopes` narrows what the roles allow; None narrows nothing. `session` is the secret that
    forms are bound to, and `credential` the id of the credential, where there is one.
    """

    principal: Principal
    person: Person | None
    means: Means
    origin: str
    scopes: frozenset[str] | None = None
    credential: str = ""
    session: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """Return the name that readers and records use."""
        return self.principal.name

    @property
    def display(self) -> str:
        """Return the name that people use."""
        return self.person.display if self.person else self.principal.name


def may(caller: Caller, action: Action) -> bool:
    """Return whether the caller may do this: their role allows it, and their token is for it."""
    if caller.scopes is not None and action not in caller.scopes:
        return False
    return action in allowed(caller.person.roles if caller.person else frozenset())


def allowed(roles: frozenset[Role]) -> frozenset[Action]:
    """Return every action that these roles allow."""
    return _EVERYBODY.union(*(_BY_ROLE[role] for role in roles))


def require(caller: Caller, action: Action) -> None:
    """Raise `NotAllowed` unless the caller may do this."""
    if not may(caller, action):
        raise NotAllowed(
            f"Expected somebody who may {action.replace('_', ' ')}, got {caller.means} of "
            f"{caller.name}, who may not. Ask an administrator for the role, or use a token with "
            f"the scope '{action}'."
        )
