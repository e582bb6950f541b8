"""The same files for people who follow a link: what goes wrong is told on a page."""

from __future__ import annotations

from fastapi import APIRouter

from assistant.http import export, export_found

router = APIRouter(prefix="/export", include_in_schema=False)
router.add_api_route("/conversations/{conversation}", export.conversation, methods=["GET"])
router.add_api_route("/found", export_found.found, methods=["GET"])
