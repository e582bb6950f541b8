"""What can go wrong between a stranger and a caller, named by the remedy.

SignInError
├── NotSignedIn       sign in, or send a token that counts
├── NotAllowed        ask an administrator for the role, or use a token with the scope
├── WrongCredentials  try again; whether the name is known is never told
├── TooManyTries      wait, then try again
├── BadForm           load the page anew and send it again
├── BadInvitation     ask an administrator for a new link
└── ProviderFailed    sign in another way, or tell the person who runs the server
"""


class SignInError(Exception):
    """Root of the tree; every message says what was expected, what came and what to do."""


class NotSignedIn(SignInError):
    """Nothing that came with the request says who asks."""


class NotAllowed(SignInError):
    """The caller is known and may not do this."""


class WrongCredentials(SignInError):
    """The name and the password do not belong together, or nobody has the name."""


class TooManyTries(SignInError):
    """Too many sign-ins failed; `wait_seconds` is how long to wait."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(
            "Expected fewer failed sign-ins from your address, got too many. "
            f"Try again in {wait_seconds} seconds."
        )
        self.wait_seconds = wait_seconds


class BadForm(SignInError):
    """The form was not made for this browser's session."""


class BadInvitation(SignInError):
    """The link was used, is too old, or never was one."""


class ProviderFailed(SignInError):
    """The sign-in provider did not do its part; `is_down` says that it cannot be reached."""

    def __init__(self, message: str, *, is_down: bool = False) -> None:
        super().__init__(message)
        self.is_down = is_down
