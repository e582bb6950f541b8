"""A fake Slack on loopback: real HTTP and WebSockets, documented shapes, limits and errors.

    async with FakeSlack() as slack:
        team = slack.team()                                  # a workspace with the app installed
        ann = team.user("Ann", "ann@firm.example")           # home="T9" external, is_guest=True
        bob = team.user("Bob", "bob@firm.example", is_email_confirmed=False)
        general = team.channel("general", [ann, bob])        # kind="group" private; has_bot=False
        dm = team.dm(ann)
        bodies = slack.bodies(team)

        client = AsyncWebClient(team.bot_token, base_url=slack.url)
        # settings: slack.url, slack.app_token, slack.signing_secret, team.bot_token

        await slack.until(lambda: slack.is_connected)        # the app came by Socket Mode
        asked = bodies.asked(ann, general, "How long is the notice?")   # the events of a mention
        await slack.deliver(*asked, times=4)                 # over the socket; waits for every ack
        await slack.until(lambda: team.posted(general))      # generous bound, no sleeping
        team.posted(general)[0].words                        # what people see
        team.whispered(ann)                                  # what only Ann saw (Whisper)
        slack.of("chat.update")                              # every call, with arguments and answer

`bodies` makes everything that Slack sends: `asked` (a mention comes twice, as `app_mention` and as
`message`, with two event ids; `mentions=False` for a thread follow-up), `edited`, `deleted` (a
tombstone, which is a change, if there are replies), `messages_opened` (the pane of newer apps, no
thread), `pane_opened` (the older kind, a thread), `command`, `shortcut`, `press`
(a button in a message or whisper; `value=` forges), `submitted` (a form), `membership`,
`changed` (an account), `uninstalled`, `event` (anything else). Without a socket: feed the body to
your function, or `raw, headers = slack.signed(body)` for HTTP; `at=` and `secret=` forge.

What goes wrong: `slack.fail("chat.postMessage", "is_archived")`, `slack.limit("chat.update", 3)`
(429), `slack.fail("chat.postMessage", status=500, is_late=True)` (done, but not told so),
`drops=True` (connection cut), `slack.hold(method)`/`release`, `slack.drop()` (sockets cut),
`await slack.refresh()`, `team.scopes.discard(...)`, `team.is_revoked = True`,
`slack.can_stream = False`, `slack.can_stream_blocks = False`, `slack.limits_posts = True` (one
post a second and channel), `slack.echoes = True` (own messages come as events),
`slack.resends_after = 0.2` (what is not acknowledged so soon comes again),
`slack.advance(seconds)`, `team.page = 2` (small pages).
"""

from tests.slack.fake.block_kit import check_blocks, check_view, words_in
from tests.slack.fake.bodies import Bodies, as_http, kind_of
from tests.slack.fake.refusing import Refused
from tests.slack.fake.server import SCOPES, Acked, Call, FakeSlack, Fault
from tests.slack.fake.workspace import Channel, Message, User, Whisper, Workspace

__all__ = [
    "SCOPES",
    "Acked",
    "Bodies",
    "Call",
    "Channel",
    "FakeSlack",
    "Fault",
    "Message",
    "Refused",
    "User",
    "Whisper",
    "Workspace",
    "as_http",
    "check_blocks",
    "check_view",
    "kind_of",
    "words_in",
]
