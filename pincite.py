"""The program `pincite`, and the only place that joins the parts.

What is heavy to import is imported when it is joined, so that help and mistakes answer at once.
"""

from __future__ import annotations

import functools
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from deploy.commands import Program, cli
from deploy.governing import COMMANDS
from deploy.modelling import models
from deploy.quiet import keep_quiet
from deploy.reviewing import review
from evals.commands import evaluate

if TYPE_CHECKING:
    from assistant.http.health import Part
    from assistant.http.parts import Annex
    from deploy.choices import Choices
    from deploy.parts import Parts
    from deploy.settings import Settings


def main() -> None:
    """Run the command line."""
    os.umask(0o077)  # what is kept here is for its owner alone
    keep_quiet()
    for command in (evaluate, models, review, *COMMANDS):
        cli.add_command(command)
    cli(obj=Program(join, annexes))


def annexes(settings: Settings, joined: Part[Parts]) -> tuple[Annex, ...]:
    """Return the web pages that are not the assistant's own."""
    from evals.web.evaluations import evaluations

    return (evaluations(settings.home, joined),)


@asynccontextmanager
async def join(settings: Settings, choices: Choices | None = None) -> AsyncIterator[Parts]:
    """Open every part, lend them, and close them again in reverse order."""
    from assistant.admission import Admission, Admitted
    from assistant.assistant import Assistant
    from assistant.conversation import Conversing
    from assistant.conversation_recall import History
    from assistant.conversation_rewriter import FollowUps
    from assistant.measured import Measured, MeasuredRecord
    from assistant.metrics import Metrics
    from assistant.quotes import Quoter
    from assistant.recorded import Recorded
    from assistant.review.review import Review
    from assistant.stopping import Underway
    from assistant.support import Support
    from assistant.survey import Survey
    from assistant.turns import Room
    from assistant.watching import Watchers
    from deploy.choices import SERVED
    from deploy.home import prepare
    from deploy.opening import open_embedder, open_index, open_sandbox, read_limits
    from deploy.parts import Parts
    from deploy.tracing import open_traces
    from deploy.writing import open_writer
    from evals.drafts.own_suites import own_suites
    from ingest.chunker import Chunker
    from ingest.indexer import Indexer
    from ingest.parser import SandboxedParser
    from ingest.pipeline import Pipeline
    from ingest.stores import Stores
    from retrieval.audit.record import KeptRecord
    from retrieval.blobs import Blobs
    from retrieval.census import Census
    from retrieval.conversations import Conversations
    from retrieval.database import Database
    from retrieval.drafts.drafts import Drafts
    from retrieval.failures import Failures
    from retrieval.journal import Journal
    from retrieval.library import Library
    from retrieval.pdf import render
    from retrieval.people.attempts import Attempts
    from retrieval.people.credentials import Credentials
    from retrieval.people.directory import Directory
    from retrieval.people.glass import Glasses
    from retrieval.people.grants import Grants
    from retrieval.qdrant.bm25 import Words
    from retrieval.ranking import Ranker
    from retrieval.retriever import Retriever
    from retrieval.review.cases import Cases
    from retrieval.shelf import Shelf
    from retrieval.sources import Sources
    from retrieval.stops import Stops

    chosen = choices or SERVED
    async with AsyncExitStack() as stack:
        prepare(settings.home)
        database = Database(settings.database())
        stack.push_async_callback(database.close)
        await database.migrate()
        record = await KeptRecord.open(
            settings.home / "audit", url=settings.audit_url, checkpoints=settings.audit_checkpoints
        )
        stack.push_async_callback(record.close)
        stops = Stops(database, record)
        await stack.enter_async_context(stops.watched())
        underway = Underway(stops)
        blobs, journal, shelf = Blobs(settings.home / "blobs"), Journal(database), Shelf(database)
        library, failures, sources = Library(database, blobs), Failures(database), Sources(database)
        embedder = await open_embedder(settings)
        index, upkeep = await open_index(settings, embedder, journal, chosen)
        stack.push_async_callback(index.close)
        indexer = Indexer(journal, index)
        await indexer.bring_along()
        words, metrics = Words(), Metrics()
        traces = await stack.enter_async_context(open_traces(settings, metrics))
        watching = Watchers(metrics, traces)
        room = Room(settings.model_at_once, settings.model_waiting)
        admission = Admission(
            room, settings.pincite_questions_each, turned_away=metrics.turned_away
        )
        census = Census(database)
        retriever = Retriever(library, index, embedder, Ranker.load(words.terms), words.terms)
        follow_ups, conversations = FollowUps(), Conversations(database, record)
        history = History(conversations, library)
        reviews = Review.over(
            Cases(database, record),
            Drafts(database, record),
            library,
            record,
            own_suites(settings.home),
        )
        stack.push_async_callback(reviews.queueing.close)
        writer = await stack.enter_async_context(
            open_writer(
                settings,
                embedder,
                library,
                words.terms,
                metrics,
                watching,
                admission,
                follow_ups,
                chosen,
            )
        )
        sandbox = await stack.enter_async_context(open_sandbox(settings))
        yield Parts(
            settings=settings,
            record=record,
            directory=Directory(database),
            credentials=Credentials(database),
            attempts=Attempts(database),
            grants=Grants(database, record),
            glass=Glasses(database, record),
            stops=stops,
            underway=underway,
            admission=admission,
            library=library,
            conversations=conversations,
            history=history,
            review=reviews,
            shelf=shelf,
            census=census,
            sources=sources,
            failures=failures,
            journal=journal,
            index=index,
            indexer=indexer,
            embedder=embedder,
            pipeline=Pipeline(
                Stores(shelf, blobs, failures, sources, indexer),
                SandboxedParser(sandbox, read_limits(settings)),
                Chunker(chosen.passage_characters),
                embedder,
                words.of_body,
                record,
            ),
            retriever=retriever,
            assistant=Measured(
                Admitted(
                    Conversing(
                        Recorded(
                            Assistant(
                                retriever,
                                Quoter(embedder, words.terms, Support.load()),
                                underway,
                                writer,
                                watching,
                                follow_ups,
                            ),
                            MeasuredRecord(record, watching),
                            f"{writer.name if writer else 'quotes'}, {embedder.name}, "
                            f"settings {settings.digest()}",
                            reviews.queueing,
                        ),
                        conversations,
                        history,
                        stops.shut,
                        keeps=settings.conversation_days > 0,
                    ),
                    admission,
                ),
                watching,
            ),
            watching=watching,
            survey=Survey(metrics, sources, census, failures, stops),
            render=functools.partial(render, sandbox),
            upkeep=upkeep,
        )


if __name__ == "__main__":
    main()
