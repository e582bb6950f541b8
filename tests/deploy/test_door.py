"""The door as the settings describe it, and as a new administrator finds it."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from deploy.door import bind, hosts_of, options_of
from deploy.settings import Settings
from tests.assistant.signin.door import form_token
from tests.deploy.homes import Home, write_documents

PASSWORD = "seven quiet red barns"
NOTICE = "How many days of notice end the agreement?"


def test_without_settings_there_are_passwords_alone() -> None:
    options = options_of(Settings())
    assert options.has_passwords
    assert (options.provider, options.proxy, options.proxies) == (None, None, ())


def test_a_provider_and_a_proxy_come_from_the_settings() -> None:
    options = options_of(
        Settings(
            oidc_issuer="https://id.example.org/",
            oidc_client_id="pincite",
            proxy_networks=("10.1.0.0/16",),
            proxy_groups_header="X-Groups",
        )
    )
    assert options.provider
    assert options.proxy
    assert (options.provider.issuer, options.provider.client_id) == (
        "https://id.example.org",
        "pincite",
    )
    assert [str(each) for each in options.proxies] == ["10.1.0.0/16"]
    assert (options.proxy.header, options.proxy.may_add) == ("X-Forwarded-User", False)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Pincite.example.org", "pincite.example.org"),
        ("https://pincite.example.org:8443", "pincite.example.org"),
        ("http://[::1]:8080", "[::1]"),
    ],
)
def test_the_server_answers_to_the_name_that_people_use(url: str, host: str) -> None:
    assert host in hosts_of(Settings(pincite_url=url))
    assert "evil.example" not in hosts_of(Settings(pincite_url=url))


async def test_what_is_small_is_sent_at_once() -> None:
    delays: asyncio.Queue[int] = asyncio.Queue()

    async def taken(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        own = writer.get_extra_info("socket")
        delays.put_nowait(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with bind(Settings().model_copy(update={"pincite_port": 0})) as listener:
        async with await asyncio.start_server(taken, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname()[:2])
            assert await delays.get() == 1
            writer.close()


@pytest.mark.slow
def test_a_new_administrator_gets_in_by_the_link_that_the_server_prints(tmp_path: Path) -> None:
    write_documents(tmp_path / "papers")
    home = Home(tmp_path / "home")
    assert home.run("add", "papers").code == 0
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    base = f"http://127.0.0.1:{port}"
    said = tmp_path / "said"
    with said.open("w") as err:
        server = subprocess.Popen(
            home.command("serve"),
            cwd=tmp_path,
            env=home.environment(PINCITE_PORT=port, PINCITE_SIGN_IN="on"),
            stdin=subprocess.DEVNULL,
            stderr=err,
        )
    try:
        wait_for(f"{base}/readyz")
        [link] = re.findall(rf"{base}(/invitation/[\w-]{{43}})\s", said.read_text())
        with httpx.Client(base_url=base, headers={"Sec-Fetch-Site": "same-origin"}) as http:
            assert http.post("/api/ask", json={"question": NOTICE}).status_code == 401
            token = form_token(http.get(link).text)
            sent = {"password": PASSWORD, "again": PASSWORD, "form_token": token}
            assert http.post(link, data=sent).status_code == 303
            reply = http.post("/api/ask", json={"question": NOTICE}).json()
            assert http.get(link).status_code == 410
    finally:
        server.terminate()
        server.wait(120)
    assert reply["outcome"] == "answer", "what the owner added is theirs on the web as well"
    assert "Traceback" not in said.read_text()


def wait_for(address: str) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until:
        try:
            if httpx.get(address, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{address} did not answer 200")
