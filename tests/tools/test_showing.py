"""What a person is shown: every argument to the letter, whatever it looks like."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.tools.benches import CREATE
from tools.call import Call
from tools.confirmation import Standing
from tools.kept import Asked, Kept
from tools.showing import confirmation_of, value_of, will_of
from tools.tool import Effect

plain_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
values = st.recursive(
    plain_text
    | st.integers()
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


def kept(call: Call) -> Kept:
    asked = Asked("1", "2", "ann", "web", "web", "s", call, Effect.CHANGES, "p", "r", 5)
    return Kept(Asked.read(asked.written()), 1, Standing.WAITING, 1)


@given(st.dictionaries(plain_text, values, max_size=5))
def test_every_argument_is_shown_to_the_letter(arguments: dict[str, object]) -> None:
    call = Call("desk.create_ticket", arguments)  # type: ignore[arg-type]
    shown = confirmation_of(kept(call), 1)
    assert {each.name: each.value for each in shown.shown} == {
        name: value_of(value) for name, value in call.arguments.items()
    }
    assert shown.digest == call.digest


def test_what_happens_is_said_with_arguments_as_they_are() -> None:
    arguments = {"title": "{level} {0.__class__} %s $x", "level": "{title}"}
    assert will_of(CREATE, arguments) == (
        "A ticket {level} {0.__class__} %s $x of level {title} is created at the desk; "
        "it may cost –."
    )


def test_it_is_over_when_its_time_is() -> None:
    waiting = kept(Call("t", {}))
    assert confirmation_of(waiting, 4).standing is Standing.WAITING
    assert confirmation_of(waiting, 5).standing is Standing.EXPIRED
