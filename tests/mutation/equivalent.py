"""Mutants that no test can kill: the program does the same. Each with the reason."""

from __future__ import annotations

_AUDIT, _PEOPLE = "retrieval/audit", "retrieval/people"
_ONE_ROW = "only the first row is looked at"
_THERE = "only whether there is a row is looked at"

EQUIVALENT: dict[tuple[str, str, str], str] = {
    (
        f"{_AUDIT}/retention.py",
        "kept = select(events.number).where(events.at >= before).order_by(events.number).limit(1)",
        "kept = select(events.number).where(events.at >= before).order_by(events.number).limit(2)",
    ): _ONE_ROW,
    (
        f"{_AUDIT}/retention.py",
        "line = (await connection.execute(query.order_by(marks.number.desc()).limit(1))).scalar()",
        "line = (await connection.execute(query.order_by(marks.number.desc()).limit(2))).scalar()",
    ): _ONE_ROW,
    (
        f"{_AUDIT}/retention.py",
        "query = select(marks.line).where(marks.kind == Mark.CHECKPOINT, marks.number >= oldest)",
        "query = select(marks.line).where(marks.number >= oldest)",
    ): "an anchor is of an entry before the oldest",
    (
        f"{_AUDIT}/retention.py",
        "query = select(marks.line).where(marks.kind == Mark.CHECKPOINT, marks.number >= oldest)",
        "query = select(marks.line).where(marks.kind == Mark.CHECKPOINT, )",
    ): "the checkpoints before the oldest entry went with their entries",
    (
        f"{_AUDIT}/retention.py",
        "return Checkpoint.read(line) if line else None",
        "return Checkpoint.read(line) if (line) or True else None",
    ): "what is no line is read as no checkpoint",
    (
        f"{_AUDIT}/retention.py",
        "return or_(events.actor == subject, events.body.contains(f'\"{subject}\"', "
        "autoescape=True))",
        "return or_(events.body.contains(f'\"{subject}\"', autoescape=True))",
    ): "the body names the actor as well",
    **{
        (
            f"{_AUDIT}/retention.py",
            "return or_(events.actor == subject, events.body.contains(f'\"{subject}\"', "
            "autoescape=True))",
            f"return or_(events.actor == subject, events.body.contains(f'\"{{subject}}\"', {how}))",
        ): "a pseudonym holds nothing to escape"
        for how in ("", "autoescape=False")
    },
    **{
        (
            f"{_AUDIT}/retention.py",
            f"{name} = select(literal(1)).where(tables.{table}.c.subject == subject)",
            f"{name} = select(literal(2)).where(tables.{table}.c.subject == subject)",
        ): _THERE
        for name, table in (("query", "holds"), ("erased", "erasures"), ("there", "erasures"))
    },
    (
        f"{_AUDIT}/reading.py",
        "return {value} if isinstance(value, str) else set()",
        "return {value} if (isinstance(value, str)) or True else set()",
    ): "the document looked for is a text, which no other value equals",
    (
        f"{_AUDIT}/record.py",
        'concerns = (choice.person,) if choice.person not in ("", person) else ()',
        'concerns = (choice.person,) if choice.person not in ("XXXX", person) else ()',
    ): "where nobody is asked for, person is empty too",
    **{
        (
            f"{_AUDIT}/verification.py",
            "verdict = Verdict(0, 0, 0, 0, 0)",
            f"verdict = Verdict({', '.join('1' if at == one else '0' for at in range(5))})",
        ): "it is replaced before anybody sees it"
        for one in range(5)
    },
    (
        f"{_AUDIT}/chain.py",
        ".where(head.id == 1, head.number == number, head.digest == digest)",
        ".where(head.number == number, head.digest == digest)",
    ): "there is one row",
    (
        f"{_AUDIT}/chain.py",
        ".where(head.id == 1, head.number == number, head.digest == digest)",
        ".where(head.id == 1, head.digest == digest)",
    ): "a digest is of a body that holds its number",
    (
        f"{_AUDIT}/chain.py",
        "if number <= self._signed:",
        "if number < self._signed:",
    ): "a checkpoint that is there is not stored again",
    (
        f"{_PEOPLE}/glass.py",
        "late = chosen & (glasses.c.ends_at > instant)",
        "late = chosen & (glasses.c.ends_at >= instant)",
    ): "what ends at this instant is set to end at this instant",
    (
        f"{_PEOPLE}/glass.py",
        "still = (glasses.c.document_id == document_id) & (glasses.c.ends_at > instant)",
        "still = (glasses.c.document_id == document_id) & (glasses.c.ends_at >= instant)",
    ): "what ends at this instant is set to end at this instant",
    (
        f"{_PEOPLE}/grants.py",
        "if grant.document_id is not None:",
        "if False:",
    ): "the other documents of the source are settled too, and stay as they are",
    (
        "retrieval/passage_ids.py",
        "held = select(passages.c.id).where(or_(*within)).limit(1)",
        "held = select(passages.c.id).where(or_(*within)).limit(2)",
    ): _THERE,
    (
        "retrieval/library.py",
        "piece = values[start : start + 500]",
        "piece = values[start : start + 501]",
    ): "a row found twice is found",
    (
        "retrieval/library.py",
        'columns = [column for column in pages.c if column.name != "boxes"]',
        'columns = [column for column in pages.c if column.name != "XXboxesXX"]',
    ): "the boxes are read as well, and left out all the same",
    **{
        (
            "retrieval/timeline.py",
            "for row, interval in zip(rows, counts, strict=True):",
            f"for row, interval in zip(rows, counts, {how}):",
        ): "there is an interval for each row"
        for how in ("", "strict=False")
    },
    (
        "tools/call.py",
        "most, left = 0, [(value, 1)]",
        "most, left = 1, [(value, 1)]",
    ): "arguments are an object, which is a level",
    **{
        ("tools/patterns.py", line, line.replace("> 1", "> 2")): "a class has one character or ten"
        for line in (
            'if len(low) > 1 or self.rest.startswith("-]") or not self._take("-"):',
            "if len(high) > 1 or min(high) < min(low):",
        )
    },
    (
        "tools/words.py",
        'folded = text if text.isascii() else unicodedata.normalize("NFKC", text)',
        'folded = text if (text.isascii()) and False else unicodedata.normalize("NFKC", text)',
    ): "ASCII is its own compatibility form",
    (
        "retrieval/readership.py",
        "if present.keys() & set(changed):",
        "if present.keys() | set(changed):",
    ): "where nothing is present nothing is deleted",
}
"""By file, line as it is and line as it was changed to, both without the space around them."""
