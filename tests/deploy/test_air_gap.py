"""Nothing leaves: with no route out the real program works, and does not even try."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.homes import REAL, Home, write_documents
from tests.ingest import made_files

pytestmark = pytest.mark.slow

NOTICE = "How many days of notice end the agreement?"
CALLS = "connect,sendto,sendmsg,sendmmsg,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2"
ADDRESS = re.compile(r'sin6?_port=htons\((\d+)\).*?inet_(?:addr|pton)\((?:AF_INET6?, )?"([^"]+)"')
WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT")
OPENED = re.compile(r'(?:open|creat)(?:at)?\((?:AT_FDCWD(?:<[^>]*>)?, )?"(/[^"]*)"')
WATCHED = f"""
    ip link set lo up || exit 99
    test -z "$(ip route show table main)" || exit 98
    exec strace -f -s 400 -e trace={CALLS} -o trace sh -c "$@"
"""
SCRIPT = """
    "$@" add papers --json || exit 1
    "$@" ask "{question}" --json || exit 2
    "$@" serve & server=$!
    for _ in $(seq 600); do
        "{python}" -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8099/readyz')" \\
            2>/dev/null && break
        sleep 0.5
    done
    "$@" ask "{question}" --json || exit 3
    "$@" status --json || exit 4
    kill -TERM $server; wait $server || exit 5
"""


@pytest.fixture
def top(tmp_path: Path) -> Path:
    if not all(map(shutil.which, ("ip", "strace", "unshare"))):
        pytest.skip("ip, strace and unshare are needed to watch what the program tries")
    allowed = subprocess.run(
        ["unshare", "--net", "strace", "-f", "-o", "/dev/null", "ip", "link", "set", "lo", "up"],
        capture_output=True,
    )
    if allowed.returncode:
        pytest.skip("namespaces or tracing are not allowed here")
    write_documents(tmp_path / "papers")
    (tmp_path / "papers" / "letter.docx").write_bytes(
        made_files.word(("Normal", "A letter to read."))
    )
    (tmp_path / "papers" / "page.html").write_text("<title>Page</title><p>A page to read.</p>")
    return tmp_path


def test_add_ask_and_serve_try_nothing_beyond_this_machine(top: Path) -> None:
    home = Home(top / "home", program=REAL, settings={"PINCITE_PORT": "8099"})
    script = SCRIPT.format(question=NOTICE, python=sys.executable)
    before = caches()

    ended = subprocess.run(
        ["unshare", "--net", "sh", "-c", WATCHED, "sh", script, "sh", *home.command()],
        cwd=top,
        env=home.environment(),
        capture_output=True,
        text=True,
        timeout=600,
    )

    assert ended.returncode == 0, ended.stderr
    replies = [json.loads(each) for each in re.split(r"(?<=^\})\n", ended.stdout, flags=re.M)[:3]]
    assert [each["outcome"] for each in replies[1:]] == ["answer", "answer"]
    lines = (top / "trace").read_text(errors="replace").splitlines()
    assert [line for line in lines if reaches_out(line)] == []
    assert [line for line in lines if writes_elsewhere(line, top)] == []
    assert caches() == before


def reaches_out(line: str) -> bool:
    """Return whether a system call speaks to anything but this machine, or to a name server."""
    if "AF_INET" not in line or "nlmsg" in line:  # which addresses this machine has is its own
        return False
    found = ADDRESS.search(line)
    if not found:
        return True
    port, address = found.groups()
    return port == "53" or not (address.startswith("127.") or address == "::1")


def writes_elsewhere(line: str, top: Path) -> bool:
    """Return whether a system call opens a file for writing that is not the program's."""
    found = OPENED.search(line)
    if not found or not WRITES.search(line) or re.search(r"= -1 E", line):
        return False
    path = found[1]
    own = (str(top), "/tmp/", "/dev/", "/proc/")
    return path != "/tmp" and not path.startswith(own) and "/__pycache__/" not in path


def caches() -> list[str]:
    """Return what lies where libraries like to keep things."""
    user = Path(os.path.expanduser("~"))
    places = (".cache/huggingface", ".cache/torch", "nltk_data", ".cache/llama_index")
    return sorted(str(each) for place in places for each in (user / place).rglob("*"))
