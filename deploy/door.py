"""How people get in, as the settings say."""

from __future__ import annotations

import socket
from typing import Protocol
from urllib.parse import urlsplit

from assistant.http.parts import LOCAL_HOSTS
from assistant.signin.addresses import networks_of
from assistant.signin.authenticator import Proxy
from assistant.signin.oidc import Provider
from assistant.signin.signin import Options, SignIn, make_sign_in
from deploy.settings import Settings
from retrieval.audit.event import Record
from retrieval.errors import Unavailable
from retrieval.people.attempts import Attempts
from retrieval.people.credentials import Credentials
from retrieval.people.directory import Directory


class DoorParts(Protocol):
    """The parts that signing in needs."""

    @property
    def directory(self) -> Directory:
        """Return who there is."""

    @property
    def credentials(self) -> Credentials:
        """Return what they come in with."""

    @property
    def attempts(self) -> Attempts:
        """Return how often they failed to."""

    @property
    def record(self) -> Record:
        """Return where it is noted."""


def open_sign_in(settings: Settings, parts: DoorParts) -> SignIn:
    """Return what signs people in."""
    return make_sign_in(
        options_of(settings), parts.directory, parts.credentials, parts.attempts, parts.record
    )


def options_of(settings: Settings) -> Options:
    """Return how people may sign in."""
    networks = networks_of(settings.proxy_networks)
    proxy = Proxy(
        settings.proxy_user_header,
        networks,
        settings.proxy_groups_header,
        settings.proxy_adds_people,
    )
    return Options(
        address=settings.address(),
        provider=_provider(settings),
        proxy=proxy if networks else None,
        proxies=networks,
    )


def hosts_of(settings: Settings) -> frozenset[str]:
    """Return the names under which the server may be called."""
    named = urlsplit(settings.address()).netloc.rpartition("@")[2]
    host, colon, port = named.rpartition(":")
    return LOCAL_HOSTS | {(host if colon and port.isdigit() else named).lower()}


def _provider(settings: Settings) -> Provider | None:
    if not settings.oidc_issuer:
        return None
    return Provider(
        settings.oidc_title,
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        name_claim=settings.oidc_name_claim,
        groups_claim=settings.oidc_groups_claim,
        may_add=settings.oidc_adds_people,
        ca_file=settings.oidc_ca_file,
    )


def bind(settings: Settings) -> socket.socket:
    """Return what listens at the address that is set; raise `Unavailable` if that is taken."""
    family = socket.AF_INET6 if ":" in settings.pincite_host else socket.AF_INET
    # Named as TCP, or asyncio would not send what is small at once: 40 ms on every small answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.pincite_host, settings.pincite_port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise Unavailable(
            f"Expected to listen on {settings.pincite_host}:{settings.pincite_port}, got: "
            f"{error.strerror}. Stop what uses that port, or set PINCITE_PORT to another."
        ) from error
    return listener
