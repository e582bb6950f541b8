"""Coming back from a sign-in provider: each try is counted by address before it is judged."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.signin.errors import ProviderFailed, TooManyTries
from assistant.signin.oidc import RelyingParty, returned
from assistant.signin.outsiders import ORIGIN, Outsiders
from assistant.signin.sessions import Sessions
from retrieval.errors import RetrievalError
from retrieval.people.attempts import Attempts
from retrieval.people.people import Person


class Returns:
    """Lets in whoever a provider has signed in.

    What can be refused without a look anywhere is refused at once and leaves no trace: a page of
    somebody else's can have any browser ask for that, and must not make its owner wait.
    """

    def __init__(
        self,
        party: RelyingParty,
        outsiders: Outsiders,
        sessions: Sessions,
        attempts: Attempts,
    ) -> None:
        self._party = party
        self._outsiders = outsiders
        self._sessions = sessions
        self._attempts = attempts

    async def admit(self, flow: str, brought: Mapping[str, str], address: str) -> Person:
        """Return who came back from the provider to the browser whose cookie holds `flow`.

        Raises:
            ProviderFailed: it was not this browser's flow, or the provider's word lets nobody in.
            TooManyTries: too many from this address failed; nothing was judged.
        """
        back = returned(flow, brought)
        if wait_seconds := await self._attempts.begin_by(ORIGIN, address):
            raise TooManyTries(wait_seconds)
        origin = f"web {address}"
        try:
            identity = await self._party.identity(back)
            person = await self._outsiders.admit(identity, origin)
        except ProviderFailed as error:
            if error.is_down:  # nobody failed: an outage must not make people wait after it
                await self._attempts.take_back(ORIGIN, address)
            else:
                await self._sessions.note_failed(ORIGIN, origin)
            raise
        except RetrievalError:
            await self._attempts.take_back(ORIGIN, address)
            raise
        await self._attempts.take_back(ORIGIN, address)
        return person
