"""What every `Index` keeps: access, scope, order, idempotence. Inherit and give it an `index`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.access import AclFilter, Principal, acl_for
from retrieval.documents import ALWAYS, NEVER, InForce, Kind, Scope, Status, Version
from retrieval.errors import BadRequest
from retrieval.index import Change, Drop, Hit, Index, IndexQuery, Labels, Point, Put, Relabel
from tests.retrieval.hashed_embedder import HashedEmbedder

EMBEDDER = HashedEmbedder(512)
NOW = 1_700_000_000
EVERYTHING = Scope(as_of=NOW)
PERSON = Principal.person("ann", ["legal"])
ANN = acl_for(PERSON)
BOB = acl_for(Principal.person("bob"))
ODD_READERS = (
    "user:o'brien",
    'group:a"b',
    "group:a\\b",
    "group:a/b[0].c",
    "user:Ärger@büro.example",
    "user:李雷",
    "group:*",
    "group:null",
    "group:🦉",
    "user:" + "x" * 127,
)


def labels(version_id: int = 1, **changes: object) -> Labels:
    """Return the labels of an approved contract that everyone reads."""
    usual = Labels(
        document_id=f"d{version_id}",
        version_id=version_id,
        source="files",
        kind="contract",
        declared="approved",
        ended_by="",
        start=ALWAYS,
        end=NEVER,
        readers=("everyone",),
        denied=(),
        parties=(),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


async def point(point_id: int, text: str, of: Labels | None = None, context: str = "") -> Point:
    """Return a point whose vector is that of its context and text."""
    vector = (await EMBEDDER.embed([f"{context} {text}"]))[0]
    return Point(point_id, vector, context, text, of or labels(point_id))


async def ask(
    index: Index, words: str, acl: AclFilter = ANN, scope: Scope = EVERYTHING, limit: int = 100
) -> list[Hit]:
    """Ask the index by words and their vector."""
    vector = (await EMBEDDER.embed([words]))[0]
    return await index.query(IndexQuery(vector, words, acl, scope, limit))


async def found(
    index: Index, words: str, acl: AclFilter = ANN, scope: Scope = EVERYTHING, limit: int = 100
) -> list[int]:
    """Return the ids that a question finds, best first."""
    return [hit.id for hit in await ask(index, words, acl, scope, limit)]


async def contents(index: Index) -> list[Point]:
    """Return everything the index holds, in the order it gives it."""
    return [each async for each in index.scan()]


def same(ours: Point, theirs: Point) -> bool:
    """Return whether two points are the same to an index, which forgets their words."""
    is_close = np.allclose(ours.vector, theirs.vector, atol=1e-6)
    return ours.id == theirs.id and ours.labels == theirs.labels and bool(is_close)


class IndexContract:
    """The contract. A subclass gives a fixture `index` with an empty index."""

    async def test_finds_nothing_in_an_empty_index(self, index: Index) -> None:
        assert await found(index, "notice period") == []
        assert await contents(index) == []

    async def test_ranks_what_shares_words_and_meaning_first(self, index: Index) -> None:
        texts = ["the notice period is thirty days", "fees are due monthly", "laptops are repaired"]
        await index.apply([Put(tuple([await point(i, t) for i, t in enumerate(texts, 1)]))])
        assert (await found(index, "what is the notice period?"))[0] == 1
        assert (await found(index, "when are fees due"))[0] == 2

    async def test_finds_by_words_alone(self, index: Index) -> None:
        far = await point(1, "clause QX-7714 applies")
        near = [await point(i, f"something else {i}") for i in range(2, 30)]
        await index.apply([Put((far, *near))])
        vector = (await EMBEDDER.embed(["something else"]))[0]
        hits = await index.query(IndexQuery(vector, "QX-7714", ANN, EVERYTHING, 3))
        assert 1 in [hit.id for hit in hits]

    async def test_finds_by_meaning_alone(self, index: Index) -> None:
        await index.apply([Put(tuple([await point(i, f"word{i} text") for i in range(1, 30)]))])
        vector = (await EMBEDDER.embed(["word7 text"]))[0]
        hits = await index.query(IndexQuery(vector, "", ANN, EVERYTHING, 3))
        assert hits[0].id == 7

    async def test_finds_by_the_title_though_the_text_lacks_it(self, index: Index) -> None:
        titled = await point(1, "thirty days", context="Supply agreement with Acme")
        await index.apply([Put((titled, await point(2, "thirty days")))])
        assert (await found(index, "Acme supply"))[0] == 1

    @pytest.mark.parametrize(
        "words", ["", "the of and", "?!", "\x00", "🦉", "契約書", "a" * 20_000]
    )
    async def test_answers_any_words(self, index: Index, words: str) -> None:
        await index.apply([Put((await point(1, "notice period"),))])
        assert await found(index, words) == [1]

    async def test_keeps_unicode(self, index: Index) -> None:
        given_labels = labels(1, document_id="契約/Ä.pdf", source="Büro", parties=("Ørsted A/S",))
        await index.apply([Put((await point(1, "Straße naïve 契約書 🦉", given_labels),))])
        assert (await contents(index))[0].labels == given_labels
        assert await found(index, "naïve") == [1]
        assert await found(index, "x", scope=replace(EVERYTHING, sources=frozenset({"Büro"}))) == [
            1
        ]

    async def test_hides_what_the_principal_may_not_read(self, index: Index) -> None:
        readers = [("everyone",), ("user:ann",), ("group:legal",), ("user:bob", "group:hr")]
        made = [
            await point(i, "same words", labels(i, readers=r)) for i, r in enumerate(readers, 1)
        ]
        await index.apply([Put(tuple(made))])
        assert sorted(await found(index, "same words", ANN)) == [1, 2, 3]
        assert sorted(await found(index, "same words", BOB)) == [1, 4]

    async def test_hides_from_all_what_has_no_readers(self, index: Index) -> None:
        await index.apply([Put((await point(1, "secret", labels(1, readers=())),))])
        assert await found(index, "secret", ANN) == []

    async def test_a_denial_wins_over_whatever_lets_one_read(self, index: Index) -> None:
        denials = [(), ("user:ann",), ("group:legal",), ("everyone",), ("user:bob", "group:hr")]
        readers = ("everyone", "user:ann", "group:legal")
        made = [
            await point(i, "w", labels(i, readers=readers, denied=d))
            for i, d in enumerate(denials, 1)
        ]
        await index.apply([Put(tuple(made))])
        assert sorted(await found(index, "w", ANN)) == [1, 5]
        glass = acl_for(replace(PERSON, glass=frozenset(f"d{i}" for i in range(1, 6))))
        assert sorted(await found(index, "w", glass)) == [1, 5]
        await index.apply([Relabel(labels(1, readers=readers, denied=("user:ann",)))])
        assert await found(index, "w", ANN) == [5]
        barred = replace(PERSON, barred=frozenset({"user:bob"}))
        assert await found(index, "w", acl_for(barred)) == []

    async def test_what_bars_opens_nothing(self, index: Index) -> None:
        made = [
            await point(1, "w", labels(1, readers=("user:bob",))),
            await point(2, "w", labels(2, readers=("user:ann",), denied=("user:eve",))),
        ]
        await index.apply([Put(tuple(made))])
        barred = replace(PERSON, barred=frozenset({"user:bob"}))
        assert await found(index, "w", acl_for(barred)) == [2]

    async def test_nobody_reads_what_comes_from_a_shut_source(self, index: Index) -> None:
        sources = ("files", "wiki", "desk")
        made = [await point(i, "w", labels(i, source=s)) for i, s in enumerate(sources, 1)]
        await index.apply([Put(tuple(made))])
        shut = replace(PERSON, shut=frozenset({"wiki", "desk"}))
        assert await found(index, "w", acl_for(shut)) == [1]
        assert await found(index, "w", acl_for(replace(shut, glass=frozenset({"d2"})))) == [1]

    async def test_glass_opens_one_document_and_no_other(self, index: Index) -> None:
        made = [await point(i, "w", labels(i, readers=("user:bob",))) for i in range(1, 4)]
        await index.apply([Put(tuple(made))])
        assert await found(index, "w", acl_for(replace(PERSON, glass=frozenset({"d2"})))) == [2]

    @pytest.mark.parametrize("name", ODD_READERS)
    async def test_takes_odd_reader_names_as_they_are(self, index: Index, name: str) -> None:
        await index.apply([Put((await point(1, "words", labels(1, readers=(name,))),))])
        kind, _, who = name.partition(":")
        right = Principal.person(who) if kind == "user" else Principal.person("ann", [who])
        assert await found(index, "words", acl_for(right)) == [1]
        assert await found(index, "words", BOB) == []

    async def test_admits_exactly_what_the_scope_names(self, index: Index) -> None:
        made = [
            labels(1, kind="policy", source="wiki", document_id="a", parties=("Acme", "Beta")),
            labels(2, kind="ticket", source="wiki", document_id="b", parties=("Beta",)),
            labels(3, kind="policy", source="files", document_id="c"),
        ]
        await index.apply([Put(tuple([await point(i, "w", of) for i, of in enumerate(made, 1)]))])
        scopes: list[tuple[Scope, list[int]]] = [
            (replace(EVERYTHING, kinds=frozenset({Kind.POLICY})), [1, 3]),
            (replace(EVERYTHING, sources=frozenset({"wiki"})), [1, 2]),
            (replace(EVERYTHING, parties=frozenset({"Acme", "Gamma"})), [1]),
            (replace(EVERYTHING, documents=frozenset({"b", "c"})), [2, 3]),
            (replace(EVERYTHING, kinds=frozenset(Kind), sources=frozenset({"none"})), []),
            (replace(EVERYTHING, statuses=frozenset()), []),
        ]
        for scope, expected in scopes:
            assert sorted(await found(index, "w", scope=scope)) == expected

    async def test_a_version_counts_from_its_start_until_just_before_its_end(
        self, index: Index
    ) -> None:
        timed = labels(1, start=NOW, end=NOW + 10, ended_by="superseded")
        await index.apply([Put((await point(1, "w", timed),))])
        for instant, expected in ((-1, []), (0, [1]), (9, [1]), (10, [])):
            assert await found(index, "w", scope=Scope(as_of=NOW + instant)) == expected
        past = frozenset({Status.SUPERSEDED})
        assert await found(index, "w", scope=Scope(as_of=NOW + 10, statuses=past)) == [1]
        assert await found(index, "w", scope=Scope(as_of=NOW + 9, statuses=past)) == []

    @settings(
        max_examples=100,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
            HealthCheck.too_slow,
        ],
    )
    @given(world=st.data())
    async def test_finds_exactly_what_readers_and_scope_admit(
        self, index: Index, world: st.DataObject
    ) -> None:
        # Drawn first: a draw may end the example, which must not leave points behind.
        versions = world.draw(st.lists(st.tuples(_VERSIONS, _DENIED), min_size=1, max_size=8))
        acl, scope = world.draw(_ACLS), world.draw(_SCOPES)
        pairs = [(replace(v, id=number), d) for number, (v, d) in enumerate(versions, 1)]
        made = [version for version, _ in pairs]
        await index.apply(
            [Put(tuple([await point(v.id, "w", _labels_of(v, d)) for v, d in pairs]))]
        )
        expected = {v.id for v, d in pairs if may_see(acl, _labels_of(v, d)) and scope.admits(v)}
        came = set(await found(index, "w", acl, scope))
        await index.apply([Drop(each.id) for each in made])
        assert came == expected

    async def test_applying_twice_changes_nothing(self, index: Index) -> None:
        changes: list[Change] = [
            Put((await point(1, "one"), await point(2, "two", labels(9)))),
            Relabel(labels(9, readers=("group:legal",))),
            Drop(1),
        ]
        await index.apply(changes)
        before = await contents(index)
        await index.apply(changes)
        after = await contents(index)
        assert [each.id for each in after] == [2]
        assert all(map(same, before, after))

    async def test_applies_changes_in_order(self, index: Index) -> None:
        made = await point(1, "one")
        await index.apply([Put((made,)), Drop(1), Put((made,)), Relabel(labels(1, readers=()))])
        assert [each.labels.readers for each in await contents(index)] == [()]
        assert await found(index, "one") == []

    async def test_putting_again_replaces_vector_words_and_labels(self, index: Index) -> None:
        await index.apply([Put((await point(1, "old words", labels(1)),))])
        fresh = await point(1, "new text", labels(2, readers=("user:bob",)))
        await index.apply([Put((fresh,))])
        assert all(map(same, [fresh], await contents(index)))
        assert await found(index, "new text", BOB) == [1]

    async def test_relabels_every_point_of_one_version_and_no_other(self, index: Index) -> None:
        one, two = labels(1, parties=("Acme",), ended_by="expired"), labels(2)
        given_points = [await point(i, f"t{i}", one if i % 2 else two) for i in range(1, 8)]
        await index.apply([Put(tuple(given_points))])
        renewed = labels(1, readers=("user:ann",))
        await index.apply([Relabel(renewed)])
        expected = [replace(p, labels=renewed) if p.id % 2 else p for p in given_points]
        assert all(map(same, expected, await contents(index)))

    async def test_drops_every_point_of_one_version_and_no_other(self, index: Index) -> None:
        made = [await point(i, "w", labels(1 if i < 5 else 2)) for i in range(1, 8)]
        await index.apply([Put(tuple(made)), Drop(1)])
        assert sorted(await found(index, "w")) == [5, 6, 7]

    async def test_relabelling_or_dropping_the_unknown_does_nothing(self, index: Index) -> None:
        await index.apply([Relabel(labels(404)), Drop(405)])
        await index.apply([])
        assert await contents(index) == []

    async def test_returns_the_best_up_to_the_limit(self, index: Index) -> None:
        await index.apply([Put(tuple([await point(i, f"w{i}") for i in range(1, 21)]))])
        hits = await ask(index, "w3", limit=5)
        assert len(hits) == 5
        assert hits[0].id == 3
        assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)

    async def test_scans_every_point_in_id_order(self, index: Index) -> None:
        ids = [*range(1, 1_103), 2**40, 2**62]
        made = [await point(i, f"text {i}", labels(i % 50)) for i in ids]
        await index.apply([Put(tuple(reversed(made)))])
        scanned = await contents(index)
        assert [each.id for each in scanned] == ids
        assert all(map(same, made, scanned))
        assert {(each.context, each.text) for each in scanned} == {("", "")}

    async def test_what_one_may_not_read_does_not_move_what_one_sees(self, index: Index) -> None:
        # Every text has another length, so that no two points tie.
        rare = [await point(i, "indemnity notice" + f" w{i}" * i) for i in range(1, 4)]
        usual = [await point(i, "notice" + f" w{i}" * i) for i in range(4, 20)]
        await index.apply([Put((*rare, *usual))])
        before = [await ask(index, words) for words in ("indemnity notice", "notice w7")]
        hidden = [
            await point(i, "indemnity w7", labels(i, readers=("user:bob",))) for i in range(50, 99)
        ]
        await index.apply([Put(tuple(hidden))])
        after = [await ask(index, words) for words in ("indemnity notice", "notice w7")]
        assert [_ranking(hits) for hits in after] == [_ranking(hits) for hits in before]

    async def test_nor_does_it_move_what_scores_the_same(self, index: Index) -> None:
        texts = ["notice period", "notice period", "fees due"]
        shown = [await point(i * 10, texts[i % 3], labels(1)) for i in range(1, 320)]
        await index.apply([Put(tuple(shown))])
        before = [await ask(index, words) for words in ("notice period", "notice", "fees")]
        hidden = [
            await point(i * 7 + 1, "notice period fees", labels(2, readers=("user:bob",)))
            for i in range(200, 420)
            if (i * 7 + 1) % 10
        ]
        denied = [
            await point(i * 10 + 3, texts[i % 3], labels(3, denied=("user:ann",)))
            for i in range(1, 150)
        ]
        await index.apply([Put(tuple(hidden)), Put(tuple(denied))])
        after = [await ask(index, words) for words in ("notice period", "notice", "fees")]
        assert after == before

    @pytest.mark.parametrize("limit", [0, -1])
    async def test_refuses_a_limit_below_one(self, index: Index, limit: int) -> None:
        with pytest.raises(BadRequest, match="at least 1"):
            await ask(index, "w", limit=limit)

    async def test_refuses_a_vector_of_another_size(self, index: Index) -> None:
        short = np.ones(3, dtype=np.float32)
        with pytest.raises(BadRequest, match="shape"):
            await index.query(IndexQuery(short, "w", ANN, EVERYTHING, 5))
        with pytest.raises(BadRequest, match="shape"):
            await index.apply([Put((replace(await point(1, "w"), vector=short),))])


def _ranking(hits: Iterable[Hit]) -> list[tuple[float, int]]:
    return sorted((round(hit.score, 6), hit.id) for hit in hits)


def may_see(acl: AclFilter, of: Labels) -> bool:
    """Return whether the access rule lets a point with these labels be seen."""
    return acl.allows(of.readers, denied=of.denied, source=of.source, document_id=of.document_id)


def _labels_of(version: Version, denied: tuple[str, ...]) -> Labels:
    return Labels(
        document_id=version.document_id,
        version_id=version.id,
        source=version.source,
        kind=version.kind,
        declared=version.declared,
        ended_by=version.in_force.ended_by or "",
        start=version.in_force.start,
        end=version.in_force.end,
        readers=tuple(sorted(version.readers)),
        denied=denied,
        parties=version.parties,
    )


def _version(
    document_id: str,
    source: str,
    kind: Kind,
    declared: Status,
    in_force: InForce,
    readers: frozenset[str],
    parties: tuple[str, ...],
) -> Version:
    return Version(
        id=0,
        document_id=document_id,
        number=1,
        title="",
        kind=kind,
        source=source,
        uri="",
        declared=declared,
        owner="",
        link="",
        parties=parties,
        effective_from=None,
        expires_on=None,
        media_type="",
        blob="",
        characters=0,
        pages=0,
        added_at=0,
        in_force=in_force,
        readers=readers,
    )


_INSTANTS = st.sampled_from([-5, 0, 1, 2, 3, 1_700_000_000, 253_402_300_799])
_NAMES = st.sampled_from(["a", "b", "c"])
_GROUPS = st.frozensets(st.sampled_from(["hr", "legal", "it"]))
_READERS = st.frozensets(
    st.sampled_from(["user:ann", "user:bob", "group:hr", "group:legal", "everyone"])
)
_DENIED = st.frozensets(st.sampled_from(["user:ann", "group:hr", "everyone"]), max_size=2).map(
    lambda names: tuple(sorted(names))
)
_ACLS = st.builds(
    lambda name, groups, shut, glass, barred: acl_for(
        replace(Principal.person(name, groups), shut=shut, glass=glass, barred=barred)
    ),
    st.sampled_from(["ann", "bob", "eve"]),
    _GROUPS,
    st.frozensets(_NAMES, max_size=2),
    st.frozensets(_NAMES, max_size=2),
    st.frozensets(st.sampled_from(["user:bob", "group:hr", "group:legal"]), max_size=2),
)
_IN_FORCE = st.builds(
    InForce,
    st.one_of(st.just(ALWAYS), _INSTANTS),
    st.one_of(st.just(NEVER), _INSTANTS),
    st.one_of(st.none(), st.sampled_from([Status.SUPERSEDED, Status.EXPIRED])),
)
_VERSIONS = st.builds(
    _version,
    document_id=_NAMES,
    source=_NAMES,
    kind=st.sampled_from(Kind),
    declared=st.sampled_from([Status.DRAFT, Status.APPROVED]),
    in_force=_IN_FORCE,
    readers=_READERS,
    parties=st.lists(_NAMES, unique=True, max_size=2).map(tuple),
)
_SCOPES = st.builds(
    Scope,
    as_of=_INSTANTS,
    kinds=st.one_of(st.just(frozenset()), st.frozensets(st.sampled_from(Kind))),
    statuses=st.frozensets(st.sampled_from(Status)),
    sources=st.one_of(st.just(frozenset()), st.frozensets(_NAMES)),
    parties=st.one_of(st.just(frozenset()), st.frozensets(_NAMES)),
    documents=st.one_of(st.just(frozenset()), st.frozensets(_NAMES)),
)
