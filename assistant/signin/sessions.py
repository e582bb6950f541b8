"""Sessions: begun with a fresh secret at every sign-in, ended in the database."""

from __future__ import annotations

from assistant.signin.caller import Caller, Means
from retrieval.audit.event import Act, Event, Record
from retrieval.people.credentials import CredentialKind, Credentials

STRANGER = "stranger"


class Sessions:
    """Begins and ends sessions, each noted first. `seconds` is the longest that one lasts."""

    def __init__(
        self, credentials: Credentials, record: Record, *, seconds: int = 12 * 3600
    ) -> None:
        self._credentials = credentials
        self._record = record
        self._seconds = seconds

    async def begin(self, name: str, by: str, origin: str, earlier: str = "") -> str:
        """Return the secret of a new session; `earlier` is what the browser had, ended here."""
        await self._record.note(Event(Act.SIGN_IN, name, origin, {"by": by}))
        if earlier:
            await self._credentials.spend(earlier, CredentialKind.SESSION)
        kind, seconds = CredentialKind.SESSION, self._seconds
        secret, _ = await self._credentials.make(name, kind, lasts_seconds=seconds, label=origin)
        return secret

    async def note_failed(self, by: str, origin: str) -> None:
        """Note that somebody outside could not be let in."""
        await self._record.note(Event(Act.SIGN_IN_FAILED, STRANGER, origin, {"by": by}))

    async def end(self, caller: Caller) -> None:
        """End the caller's session, if that is what they came with."""
        if caller.means is Means.SESSION:
            await self._record.note(Event(Act.SIGN_OUT, caller.name, caller.origin))
            await self._credentials.spend(caller.session, CredentialKind.SESSION)
