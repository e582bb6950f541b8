"""The program `pincite`, and the only place that joins the parts.

What is heavy to import is imported when it is joined, so that help and mistakes answer at once.
"""

from __future__ import annotations

import functools
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from deploy.agents import mcp
from deploy.commands import Program, cli
from deploy.governing import COMMANDS
from deploy.modelling import models
from deploy.quiet import keep_quiet
from deploy.reviewing import review
from deploy.tooling import tools
from evals.commands import evaluate

if TYPE_CHECKING:
    from assistant.http.health import Part
    from assistant.http.parts import Annex
    from deploy.choices import Choices
    from deploy.equipping import Equip
    from deploy.parts import Parts
    from deploy.settings import Settings
    from retrieval.embedder import Embedder


def main() -> None:
    """Run the command line."""
    os.umask(0o077)  # what is kept here is for its owner alone
    keep_quiet()
    for command in (evaluate, mcp, models, review, tools, *COMMANDS):
        cli.add_command(command)
    cli(obj=Program(join, annexes))


def annexes(settings: Settings, joined: Part[Parts]) -> tuple[Annex, ...]:
    """Return the web pages that are not the assistant's own."""
    from evals.web.evaluations import evaluations

    return (evaluations(settings, joined),)


@asynccontextmanager
async def join(
    settings: Settings,
    choices: Choices | None = None,
    embedder: Embedder | None = None,
    equip: Equip | None = None,
) -> AsyncIterator[Parts]:
    """Open every part, lend them, and close them again in reverse order.

    An embedder that is open already is used and stays open. `equip` makes the hands that stand in
    for those of far systems.
    """
    from assistant.admission import Admission, Admitted
    from assistant.assistant import Assistant
    from assistant.conversation import Conversing
    from assistant.conversation_recall import History
    from assistant.conversation_rewriter import FollowUps
    from assistant.measured import Measured, MeasuredRecord
    from assistant.metrics import Metrics
    from assistant.quotes import Quoter
    from assistant.recorded import Recorded
    from assistant.review.approving import Judging
    from assistant.review.review import Review
    from assistant.searching import Searching
    from assistant.sharing import Sharing
    from assistant.stopping import Underway
    from assistant.support import Support
    from assistant.survey import Survey
    from assistant.tool_loop import Limits, ToolLoop
    from assistant.tool_opened import WithResults
    from assistant.turns import Room
    from assistant.unanswered import Clustering
    from assistant.watching import Watchers
    from deploy.choices import SERVED
    from deploy.equipping import open_workbench
    from deploy.home import prepare
    from deploy.keeping import Keeper
    from deploy.opening import (
        open_embedder,
        open_index,
        open_ranker,
        open_sandbox,
        read_limits,
    )
    from deploy.own_tools import own_hands
    from deploy.parts import Parts
    from deploy.tending import tended
    from deploy.tracing import open_traces
    from deploy.uploading import UploadFolder
    from deploy.writing import open_writer
    from evals.drafts.own_suites import own_suites
    from ingest.chunker import Chunker
    from ingest.indexer import Indexer
    from ingest.parser import SandboxedParser
    from ingest.pipeline import Pipeline
    from ingest.stores import Stores
    from retrieval.approved.opening import OpenAnswers
    from retrieval.audit.record import KeptRecord
    from retrieval.blobs import Blobs
    from retrieval.census import Census
    from retrieval.conversation_shares import Shares
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
    from retrieval.retriever import Retriever
    from retrieval.review.cases import Cases
    from retrieval.search.catalogue import Catalogue
    from retrieval.search.finder import Finder
    from retrieval.search.saved import SavedSearches
    from retrieval.shelf import Shelf
    from retrieval.sources import Sources
    from retrieval.stops import Stops
    from tools.calls import Calls
    from tools.kept_results import Results

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
        blobs, shelf = Blobs(settings.home / "blobs"), Shelf(database)
        journal = Journal(database, is_titled=chosen.titles)
        library, failures, sources = Library(database, blobs), Failures(database), Sources(database)
        embedder = embedder or await open_embedder(settings)
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
        retriever = Retriever(
            library, index, embedder, open_ranker(words.terms, chosen), words.terms
        )
        directory, calls = Directory(database), Calls(database, record)
        opened = WithResults(library, Results(calls))
        own = own_hands(retriever, library, words.terms)
        workbench = await stack.enter_async_context(
            open_workbench(settings, own, database, record, directory, stops, equip)
        )
        seconds = min(settings.tools_seconds, settings.model_seconds / 2)
        limits = Limits(settings.tools_rounds, seconds)
        tools = ToolLoop(workbench, library, limits, watching) if workbench else None
        follow_ups, conversations = FollowUps(), Conversations(database, record)
        history = History(conversations, opened, opened, OpenAnswers(database))
        cases = Cases(database, record)
        reviews = Review.over(
            cases,
            Drafts(database, record),
            library,
            record,
            own_suites(settings.home),
            opened,
        )
        judging = Judging.of(embedder, words.terms)
        reviews = reviews.with_approved(database, record, library, directory, judging)
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
                tools,
            )
        )
        sandbox = await stack.enter_async_context(open_sandbox(settings))
        catalogue = Catalogue(database)
        pipeline = Pipeline(
            Stores(shelf, blobs, failures, sources, indexer),
            SandboxedParser(sandbox, read_limits(settings)),
            Chunker(chosen.passage_characters, is_titled=chosen.titles),
            embedder,
            words.of_body,
            record,
        )
        keeper = Keeper(pipeline, sources, failures, stops, settings.pincite_sync_minutes * 60)
        stack.push_async_callback(keeper.close)
        checkup, models_at_work = await stack.enter_async_context(
            tended(settings, database, record, embedder, index, journal)
        )
        named = f"settings {settings.digest()}"
        yield Parts(
            settings=settings,
            database=database,
            record=record,
            directory=directory,
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
            sharing=Sharing(Shares(database, record), library, record),
            review=reviews,
            workbench=workbench,
            calls=calls,
            opened=opened,
            shelf=shelf,
            census=census,
            sources=sources,
            failures=failures,
            journal=journal,
            index=index,
            indexer=indexer,
            embedder=embedder,
            pipeline=pipeline,
            keeper=keeper,
            uploads=UploadFolder.of(settings, record, sources, census, keeper),
            clustering=Clustering(cases, library, embedder, record, opened),
            checkup=checkup,
            models=models_at_work,
            retriever=retriever,
            saved=SavedSearches(database, record),
            searching=Searching(
                Finder(catalogue, library, retriever),
                catalogue,
                MeasuredRecord(record, watching),
                admission,
                watching,
                words.terms,
                f"{embedder.name}, {named}",
            ),
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
                                tools,
                                reviews.first,
                            ),
                            MeasuredRecord(record, watching),
                            f"{writer.name if writer else 'quotes'}, {embedder.name}, {named}",
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
