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
    ACT = "act"
    CONFIRM = "confirm"
    REVIEW = "review"
    EVALUATE = "evaluate"
    GOVERN = "govern"
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


_EVERYBODY = frozenset({Action.ASK, Action.SEARCH, Action.READ, Action.ACT, Action.CONFIRM})
_BY_ROLE = {
    Role.REVIEWER: frozenset({Action.REVIEW}),
    Role.EVALUATOR: frozenset({Action.EVALUATE}),
    Role.STEWARD: frozenset({Action.GOVERN}),
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

_OWNERS = frozenset({Means.MACHINE, Means.CHOICE})
"""Where there are no accounts, whoever is at the machine owns what it keeps."""
_OF_OWNERS = frozenset({Action.EVALUATE, Action.GOVERN})


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
    def roles(self) -> frozenset[str]:
        """Return the names of their roles."""
        return frozenset(each.value for each in self.person.roles) if self.person else frozenset()

    @property
    def bound_to(self) -> str:
        """Return what a confirmation is bound to: how they are signed in, by no secret."""
        return self.credential or f"{self.means} of {self.name}"

    @property
    def channel(self) -> str:
        """Return the way they came by, as a policy of tools names it: programs by `api`."""
        return "api" if self.means is Means.TOKEN else "web"

    @property
    def display(self) -> str:
        """Return the name that people use."""
        return self.person.display if self.person else self.principal.name


def may(caller: Caller, action: Action) -> bool:
    """Return whether the caller may do this: their role allows it, and their token is for it."""
    if caller.scopes is not None and action not in caller.scopes:
        return False
    if caller.person is None and caller.means in _OWNERS:
        return action in _EVERYBODY | _OF_OWNERS
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
