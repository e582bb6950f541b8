"""The parts of signing in, joined."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.signin.accounts import Accounts
from assistant.signin.addresses import Network
from assistant.signin.authenticator import Authenticator, Proxy
from assistant.signin.cookies import Cookie
from assistant.signin.oidc import Provider, RelyingParty
from assistant.signin.outsiders import Outsiders
from assistant.signin.passwords import Passwords
from assistant.signin.returns import Returns
from assistant.signin.sessions import Sessions
from retrieval.audit.event import Record
from retrieval.people.attempts import Attempts
from retrieval.people.credentials import Credentials
from retrieval.people.directory import Directory

CALLBACK = "/sign-in/callback"
_FLOW_SECONDS = 600
_FORM_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Options:
    """How people may sign in.

    `address` is where browsers reach this server; with `https` cookies are for HTTPS only.
    `proxies` are the networks whose word on where a request comes from is taken.
    """

    address: str
    has_passwords: bool = True
    session_seconds: int = 12 * 3600
    provider: Provider | None = None
    proxy: Proxy | None = None
    proxies: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Outside:
    """A sign-in provider, and what lets its people in."""

    party: RelyingParty
    returns: Returns


@dataclass(frozen=True, slots=True)
class Cookies:
    """The cookies there are: of a session, of a form before there is one, of a flow outside."""

    session: Cookie
    form: Cookie
    flow: Cookie


@dataclass(frozen=True, slots=True)
class SignIn:
    """Everything that signs people in and out, and says who asks."""

    options: Options
    cookies: Cookies
    authenticator: Authenticator
    accounts: Accounts
    sessions: Sessions
    outside: Outside | None


def make_sign_in(
    options: Options,
    directory: Directory,
    credentials: Credentials,
    attempts: Attempts,
    record: Record,
    passwords: Passwords | None = None,
) -> SignIn:
    """Join the parts as the options say."""
    cookies = _cookies(is_secure=options.address.startswith("https://"))
    sessions = Sessions(credentials, record, seconds=options.session_seconds)
    outside = None
    if options.provider:
        party = RelyingParty(options.provider, options.address.rstrip("/") + CALLBACK)
        outsiders = Outsiders(directory, record, may_add=options.provider.may_add)
        outside = Outside(party, Returns(party, outsiders, sessions, attempts))
    return SignIn(
        options=options,
        cookies=cookies,
        authenticator=Authenticator(
            directory,
            credentials,
            attempts,
            record,
            cookies.session,
            proxy=options.proxy,
            proxies=options.proxies,
        ),
        accounts=Accounts(directory, credentials, attempts, record, passwords or Passwords()),
        sessions=sessions,
        outside=outside,
    )


def _cookies(*, is_secure: bool) -> Cookies:
    return Cookies(
        session=Cookie("pincite_session", is_secure),
        form=Cookie("pincite_form", is_secure, _FORM_SECONDS),
        flow=Cookie("pincite_flow", is_secure, _FLOW_SECONDS),
    )
