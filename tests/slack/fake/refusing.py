"""How the fake says no: Slack's own error codes."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A call that Slack answers with `ok: false`; `told` says which field and why."""

    def __init__(self, code: str, *told: str, status: int = 200, **more: Any) -> None:
        super().__init__(code, *told)
        self.code, self.told, self.status, self.more = code, told, status, more

    @property
    def body(self) -> dict[str, Any]:
        """Return what Slack answers."""
        body: dict[str, Any] = {"ok": False, "error": self.code, **self.more}
        if self.told:
            body["errors"] = list(self.told)
            body["response_metadata"] = {"messages": [f"[ERROR] {each}" for each in self.told]}
        return body


def need(is_so: object, code: str, *told: str) -> None:
    """Refuse with `code` unless it is so."""
    if not is_so:
        raise Refused(code, *told)
