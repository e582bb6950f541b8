"""A suite from its file, or from a folder of files. READ FIRST: `read_suite` is the story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from evals.errors import BadSuite
from evals.suites.building import built, named
from evals.suites.case import Suite
from evals.suites.document import Document, Location, read_document

BOX: Final = Path(__file__).parents[1] / "box"
"""Where the suites lie that the product brings along: a folder or a file each."""

_ENDINGS = (".yaml", ".yml")


def read_suite(path: Path) -> Suite:
    """Return the suite of a file, or of all YAML files in a folder, merged.

    In a folder, any file may have cases; what else there is to say stands in one of them alone.

    Raises:
        BadSuite: it is not what was expected; the message has the file, the line and the case.
    """
    merged = _merged(_files(path))
    return built(merged.value, path if path.is_dir() else path.parent, merged.place)


def suite_of(name: str, home: Path | None = None) -> Path:
    """Return where a suite lies: one of the box or of a home by its name, else at this path.

    Raises:
        BadSuite: there is none, or two of this name.
    """
    boxed = _of_name(BOX, name)
    own = _of_name(own_folder(home), name) if home else None
    if boxed and own:
        raise BadSuite(
            f"Expected one suite of the name {name}, got two: one comes along, the other is "
            f"{own}. Rename that file, and the suite in it."
        )
    if found := boxed or own:
        return found
    if name and Path(name).exists():
        return Path(name)
    raise _unknown(name, [*in_the_box(), *(own_names(home) if home else ())])


def in_the_box() -> list[str]:
    """Return the names of the suites that the product brings along."""
    return _names_in(BOX)


def own_names(home: Path) -> list[str]:
    """Return the names of the suites that lie in a home."""
    return _names_in(own_folder(home))


def own_folder(home: Path) -> Path:
    """Return where a home keeps suites of its own."""
    return home / "evaluations" / "suites"


def _of_name(folder: Path, name: str) -> Path | None:
    if name not in _names_in(folder):
        return None
    file = folder / f"{name}.yaml"
    return file if file.exists() else folder / name


def _names_in(folder: Path) -> list[str]:
    found = {
        path.stem if path.is_file() else path.name
        for path in folder.glob("*")
        if path.suffix == ".yaml" or (path.is_dir() and any(path.glob("*.yaml")))
    }
    return sorted(found)


def _unknown(name: str, known: Sequence[str]) -> BadSuite:
    close = get_close_matches(name, known, n=1)
    meant = f" Did you mean `{close[0]}`?" if close else ""
    return BadSuite(
        f"Expected a suite ({', '.join(known) or 'none in the box'}) or the path of one, got "
        f"{name[:200]!r}.{meant}"
    )


@dataclass(frozen=True, slots=True)
class _Merged:
    """The values of all files as one, and for every case the file and the place it came from."""

    documents: Sequence[Document]
    value: dict[str, Any]
    cases: Sequence[tuple[Document, int]]

    def place(self, location: Location) -> str:
        """Return the file, the line and the case of a value."""
        if location[:1] == ("cases",) and len(location) > 1 and isinstance(location[1], int):
            document, at = self.cases[location[1]]
            place = document.place(("cases", at, *location[2:]))
            return named(place, self.value["cases"][location[1]])
        for document in self.documents:
            if location and location[0] in document.value:
                return document.place(location)
        return str(self.documents[0].path)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(each for each in path.iterdir() if each.suffix in _ENDINGS and each.is_file())
    if not found:
        raise BadSuite(f"Expected YAML files in {path}, got none.")
    return found


def _merged(paths: Sequence[Path]) -> _Merged:
    documents = [read_document(each) for each in paths]
    value: dict[str, Any] = {}
    cases: list[tuple[Document, int]] = []
    for document in documents:
        for key, each in document.value.items():
            if key == "cases":
                if not isinstance(each, list):
                    raise BadSuite(f"{document.place((key,))}: Expected a list of cases.")
                value.setdefault(key, []).extend(each)
                cases += ((document, at) for at in range(len(each)))
            elif key in value:
                raise BadSuite(
                    f"{document.place((key,))}: Expected `{key[:80]}` in one file of the folder, "
                    "got it in two."
                )
            else:
                value[key] = each
    return _Merged(documents, value, cases)
