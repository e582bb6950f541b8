"""Small PDFs written line by line."""

from __future__ import annotations

import io
from collections.abc import Sequence

from pypdfium2 import PdfDocument
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

Words = tuple[float, float, str]  # left and baseline from the top, in points, and the text


def pdf(
    *pages: Sequence[Words], size: tuple[float, float] = (612, 792), rotation: int = 0,
    password: str = "", title: str = "",
) -> bytes:  # fmt: skip
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=size, encrypt=password or None, invariant=1)
    canvas.setTitle(title)
    for words in pages:
        canvas.setFont("Helvetica", 12)
        for left, down, text in words:
            canvas.drawString(left, size[1] - down, text)
        canvas.showPage()
    canvas.save()
    return rotated(file.getvalue(), rotation) if rotation else file.getvalue()


def rotated(data: bytes, degrees: int) -> bytes:
    document = PdfDocument(data)
    for page in document:
        page.set_rotation(degrees)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def scan() -> bytes:
    from PIL import Image

    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(612, 792), invariant=1)
    canvas.drawImage(ImageReader(Image.new("L", (100, 100), 128)), 0, 0, 612, 792)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def paragraph(left: float, down: float, *lines: str, step: float = 14) -> list[Words]:
    return [(left, down + step * number, text) for number, text in enumerate(lines)]
