"""What words could say to become a link, an image or markup where Markdown is rendered."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from tests.assistant.hostile_words import XSS

ADDRESSES = (
    "https://evil.example/p?q=1",
    "HTTP://evil.example",
    "//evil.example/x",
    "www.evil.example",
    "www.x",
    "evil.com",
    "a@b.c",
    "me@evil.example",
    "mailto:me@evil.example",
    "javascript:alert(1)",
    "/admin/stop",
    "ftp://evil.example/a(b)c",
    "https://user:word@evil.example:8080/#a",
    "http://127.0.0.1/",
    "https://xn--80ak6aa92e.com",
    "http://évil.example",
)
FORMS = (
    "{}",
    "<{}>",
    "[x]({})",
    "![x]({})",
    "[![x]({})]({})",
    "[x](<{}> 'title')",
    "[x][1]\n\n[1]: {}",
    "[1]: {}",
    "[1]: <{}> 'title'\n[1]",
    "[^1]: {}",
    "](<{}>)",
    "]({})",
    "\\]({})",
    "\\[x]({})",
    "[x\\\\]({})",
    "[x]\u200b({})",
    "[x]\n({})",
    "<a href={}>x</a>",
    "<img src='{}'>",
    "&lt;a href={}&gt;",
    "&#91;x&#93;&#40;{}&#41;",
    "[x](&#x68;ttps:{})",
    "`x` [x]({}) `",
    "``` [x]({})",
    "```\n[x]({})",
    "    [x]({})",
    "\t{}",
    "# {}",
    "> [x]({})",
    "1. [x]({})",
    "2) ![]({})",
    "- [ ] [x]({})",
    "* {}",
    "| [x]({}) |\n|---|\n| {} |",
    "x\n===\n{}",
    "---\n{}",
    "**[x]({})**",
    "~~[x]({})~~",
    "_{}_",
    "$\\href{{{}}}{{x}}$",
    "\\[\\href{{{}}}{{x}}\\]",
    "!\u202e[x]({})",
    "ht\u200btps://evil.example {}",
    "{}`",
    "`{}",
    "``{}`",
    "\\{}",
    "({})",
    '"{}"',
    "x{{: onclick={} }}",
    ":::{}",
    "\x1b]8;;{}\x07x\x1b]8;;\x07",
)
AROUND = ("{}", "See {} there.", "90 days{}")


def hostile_texts() -> Iterator[str]:
    """Yield every form of every address in every place, and what attacks pages."""
    yield from XSS
    for around, form, address in product(AROUND, FORMS, ADDRESSES):
        yield around.format(form.format(*[address] * form.count("{}")))
