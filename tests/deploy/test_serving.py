"""`pincite serve` as a process: soon there, the door for other commands, gone without a trace."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.control import socket_path
from tests.deploy.homes import CONTRACT, Done, Home, write_documents

pytestmark = pytest.mark.slow

NOTICE = "How many days of notice end the agreement?"


class Server:
    """A running server and its address."""

    def __init__(self, home: Home, port: int) -> None:
        self.home = home
        self.url = f"http://127.0.0.1:{port}"
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            home.command("serve"),
            cwd=home.folder.parent,
            env=home.environment(PINCITE_PORT=str(port)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, path: str, seconds: float = 300) -> float:
        """Wait until a path answers 200; return the seconds since the start."""
        while time.monotonic() - self.started < seconds:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(self.url + path, timeout=5).status_code == 200:
                    return time.monotonic() - self.started
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.02)
        raise AssertionError(f"{path} did not answer 200 within {seconds} s")

    def stop(self, with_signal: int) -> tuple[int, float, str]:
        """Send a signal; return the exit code, the seconds it took and what was said."""
        started = time.monotonic()
        self.process.send_signal(with_signal)
        _, said = self.process.communicate(timeout=120)
        assert "Traceback" not in said, said
        return self.process.returncode, time.monotonic() - started, said


@contextlib.contextmanager
def served(home: Home, port: int | None = None) -> Iterator[Server]:
    server = Server(home, port or free_port())
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home with documents in it, and the fake model."""
    top = tmp_path_factory.mktemp("served")
    write_documents(top / "papers")
    home = Home(top / "home")
    assert home.run("add", "papers").code == 0
    return home


@pytest.fixture(scope="module")
def server(home: Home) -> Iterator[Server]:
    """Return a ready server, for tests that only ask."""
    with served(home) as server:
        server.wait_for("/readyz")
        yield server


def test_is_healthy_before_it_is_ready(home: Home, tmp_path: Path) -> None:
    shutil.copytree(home.folder.parent, tmp_path / "top")
    with served(replace(home, folder=tmp_path / "top" / "home")) as server:
        healthy = server.wait_for("/healthz")
        ready = server.wait_for("/readyz")

    assert ready >= healthy


def test_answers_over_http(server: Server) -> None:
    reply = httpx.post(server.url + "/api/ask", json={"question": NOTICE}).json()

    [citation] = reply["sentences"][0]["citations"]
    assert citation["words"] == CONTRACT[citation["start"] : citation["end"]]


@pytest.mark.parametrize(
    "command",
    [
        ("search", NOTICE, "--json", "--limit", "3"),
        ("ask", NOTICE, "--json"),
        ("status", "--json"),
        ("ask", NOTICE),
        ("ask", NOTICE, "--as-of", "2999-01-01"),
        ("sync", "nowhere"),
    ],
    ids=" ".join,
)
def test_commands_print_the_same_with_and_without_a_server(
    home: Home, server: Server, command: tuple[str, ...], tmp_path: Path
) -> None:
    shutil.copytree(home.folder, tmp_path / "home", ignore=shutil.ignore_patterns("*.sock"))
    alone = replace(home, folder=tmp_path / "home")

    assert _printed(home, command) == _printed(alone, command)


def _printed(home: Home, command: tuple[str, ...]) -> Done:
    """Return what a command prints; a new conversation and turn have other names each time."""
    done = home.run(*command)
    return replace(done, out=re.sub(r'"(?:conversation|turn)": "[0-9a-f]{32}"', "", done.out))


def test_commands_go_through_the_server(home: Home, server: Server) -> None:
    paper = home.folder.parent / "more" / "gate.txt"
    paper.parent.mkdir()
    paper.write_text("A visitor signs in at the gate.")

    added = home.run("add", "more", "--json")

    assert added.json["sources"][0]["new"] == 1
    found = httpx.get(server.url + "/api/search", params={"q": "visitor at the gate"}).json()
    assert found["hits"][0]["uri"] == "gate.txt"
    assert home.run("reindex", "--json").json["model"] == "hashed-words-64"
    assert "in use by the running server" in home.run("doctor").out
    assert home.run("remove", "more", "--json").json["removed"] == 1
    found = httpx.get(server.url + "/api/search", params={"q": "visitor at the gate"}).json()
    assert "gate.txt" not in [each["uri"] for each in found["hits"]]


@pytest.mark.parametrize(
    ("line", "told", "code"),
    [
        (b"\n", "one line of JSON", 2),
        (b"no json\n", "one line of JSON", 2),
        (b'{"operation": "frobnicate", "arguments": {}}\n', "frobnicate", 2),
        (json.dumps({"operation": "ask", "arguments": {"question": "a\0b"}}).encode()
         + b"\n", "null bytes", 2),
        (b'{"operation": "ask", "arguments": {"question": 7}}\n', "the int 7", 2),
    ],
    ids=["empty", "no json", "unknown", "null bytes", "number"],
)  # fmt: skip
def test_its_socket_answers_nonsense_with_an_error(
    server: Server, line: bytes, told: str, code: int
) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(socket_path(server.home.folder)))
        client.sendall(line)
        answer: Any = json.loads(client.makefile().readline())

    assert told in answer["error"]["message"]
    assert answer["error"]["code"] == code


def test_only_its_owner_may_use_its_socket(server: Server) -> None:
    assert socket_path(server.home.folder).stat().st_mode & 0o077 == 0


def test_a_second_server_of_the_same_home_is_told_so(home: Home, server: Server) -> None:
    done = home.run("serve", PINCITE_PORT=str(free_port()))

    assert done.code == 1
    assert "Expected no other server" in done.told
    assert httpx.get(server.url + "/readyz").status_code == 200


def test_a_taken_port_is_named(server: Server, tmp_path: Path) -> None:
    port = server.url.rsplit(":", 1)[1]
    done = Home(tmp_path / "home").run("serve", PINCITE_PORT=port)

    assert done.code == 1
    assert f"127.0.0.1:{port}" in done.told
    assert "PINCITE_PORT" in done.told


def test_a_new_home_is_served_and_filled_through_the_server(tmp_path: Path) -> None:
    write_documents(tmp_path / "papers")
    home = Home(tmp_path / "home")
    with served(home) as server:
        server.wait_for("/readyz")
        assert home.run("add", "papers", "--json").json["sources"][0]["new"] == 4
        reply = httpx.post(server.url + "/api/ask", json={"question": NOTICE}).json()
        assert reply["outcome"] == "answer"


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_and_nothing_stays(tmp_path: Path, with_signal: signal.Signals) -> None:
    write_documents(tmp_path / "papers")
    home = Home(tmp_path / "home")
    assert home.run("add", "papers").code == 0
    with served(home) as server:
        server.wait_for("/readyz")
        family = [server.process.pid, *descendants(server.process.pid)]
        code, _, _ = server.stop(with_signal)

    assert code == 0
    assert [pid for pid in family if is_alive(pid)] == []
    left = {path.name for path in home.folder.iterdir()}
    assert left <= {"audit", "blobs", "index", "library.db", "library.db-wal", "library.db-shm"}
    assert home.run("doctor").code == 0


def test_killed_and_started_again_it_serves_on(tmp_path: Path) -> None:
    write_documents(tmp_path / "papers")
    home = Home(tmp_path / "home")
    assert home.run("add", "papers").code == 0
    port = free_port()
    with served(home, port) as server:
        server.wait_for("/readyz")
        family = descendants(server.process.pid)
        server.process.kill()
        server.process.wait()
    wait_until_gone(family)
    assert home.run("ask", NOTICE, "--json").json["outcome"] == "answer"
    with served(home, port) as server:
        server.wait_for("/readyz")
        reply = httpx.post(server.url + "/api/ask", json={"question": NOTICE}).json()
        assert reply["outcome"] == "answer"


def test_an_index_of_another_model_is_told_and_mended_without_the_server(tmp_path: Path) -> None:
    write_documents(tmp_path / "papers")
    home = Home(tmp_path / "home")
    assert home.run("add", "papers").code == 0
    other = replace(home, settings={"FAKE_DIMENSION": "32"})
    with served(other) as server:
        server.wait_for("/healthz")
        asked = other.run("ask", NOTICE)
        reindexed = other.run("reindex")
        assert httpx.get(server.url + "/readyz").status_code == 503
        server.stop(signal.SIGTERM)

    assert (asked.code, reindexed.code) == (1, 1)
    assert "hashed-words-32" in asked.told
    assert "Stop the server" in reindexed.told
    assert other.run("reindex").code == 0
    assert other.run("ask", NOTICE, "--json").json["outcome"] == "answer"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def descendants(pid: int) -> list[int]:
    """Return the processes that one has started, and theirs."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *descendants(child)]
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(pids: list[int]) -> None:
    for _ in range(500):
        if not any(is_alive(pid) for pid in pids):
            return
        time.sleep(0.02)
    raise AssertionError(f"{pids} outlived their server")


def test_what_people_write_reaches_no_log_and_is_on_record(tmp_path: Path) -> None:
    canary = "zanzibarquartz"
    write_documents(tmp_path / "papers")
    (tmp_path / "papers" / f"{canary}.txt").write_text(f"The {canary} clause is not for logs.\n")
    home = Home(tmp_path / "home")
    assert home.run("add", str(tmp_path / "papers")).code == 0

    with served(home) as server:
        server.wait_for("/readyz")
        asked = httpx.post(f"{server.url}/api/ask", json={"question": f"What says {canary}?"})
        assert asked.status_code == 200
        for path in (f"/api/search?q={canary}", f"/{canary}", f"/source/{canary}/1?start={canary}"):
            httpx.get(server.url + path, headers={"User-Agent": canary, "Cookie": canary})
        httpx.post(f"{server.url}/api/ask", content=canary, headers={"Origin": canary})
        code, _, said = server.stop(signal.SIGTERM)
    assert code == 0
    assert canary not in said

    told = home.run("audit", "export", "--json").json["events"]
    assert any(canary in each["words"].get("question", "") for each in told)
    assert not any(canary in json.dumps(each["about"]) for each in told)
    did = [each["about"]["did"] for each in told if each["act"] == "source"]
    assert did == ["add", "sync", "store", "synced"]
    assert home.run("audit", "verify", "--json").json["is_sound"]


def test_a_server_that_is_stopped_answers_no_more_and_still_finds(tmp_path: Path) -> None:
    write_documents(tmp_path / "papers")
    home = Home(tmp_path / "home")
    assert home.run("add", str(tmp_path / "papers")).code == 0

    with served(home) as server:
        server.wait_for("/readyz")
        assert home.run("stop", "--reason", "a drill").code == 0
        asked = httpx.post(f"{server.url}/api/ask", json={"question": NOTICE}).json()
        assert (asked["outcome"], asked["reason"]) == ("refusal", "stopped")
        assert httpx.get(f"{server.url}/api/search", params={"q": NOTICE}).json()["hits"]
        assert home.run("resume").code == 0
        asked = httpx.post(f"{server.url}/api/ask", json={"question": NOTICE}).json()
        assert asked.get("reason") != "stopped"
