"""A whole node at work and a real browser in front of it, as a newcomer has them after `make run`."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from tests.services import CHROMIUM_FLAGS, SLOW_MS

BEGIN = """
import django; django.setup()
from kaowu.app import first_start, run
run.prepare_database()
first_start.prepare(print)
"""
KAOWU = Path(sys.executable).with_name("kaowu")
STARTS_WITHIN_S = 300


@dataclass(frozen=True)
class Node:
    """A running node: its address, and the password of each demonstration account."""

    address: str
    passwords: dict[str, str]
    folder: Path


def begin(data):
    """What a first start does before it opens the doors."""
    environment = inherited() | {"KAOWU_DATA": str(data), "DJANGO_SETTINGS_MODULE": "kaowu.app.settings"}
    subprocess.run([sys.executable, "-c", BEGIN], env=environment, check=True, stdout=subprocess.DEVNULL)


def inherited():
    """The environment without what tells this process which node it is."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("KAOWU_", "DJANGO_"))}


@pytest.fixture(scope="module")
def node(tmp_path_factory, made_once):
    """`kaowu run` on a free port, with the data folder of a first start."""
    folder = tmp_path_factory.mktemp("walk")
    made_once("first-start", begin, folder / "node")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = inherited() | {"KAOWU_DATA": str(folder / "node"), "KAOWU_PORT": str(port)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([KAOWU, "run"], stdout=log, stderr=log, env=environment, cwd=folder)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_answering(address, process, folder / "log")
        accounts = (folder / "node" / "accounts.txt").read_text("utf-8").splitlines()
        yield Node(address, dict(line.split()[:2] for line in accounts), folder)
    finally:
        process.terminate()
        process.wait(timeout=120)


def _wait_until_answering(address, process, log):
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/account/sign-in/", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise RuntimeError("the node did not start:\n" + log.read_text(errors="replace"))


@pytest.fixture(scope="module")
def browser(chromium_path):
    """Chromium without a window. While it runs an event loop runs too, in which Django refuses its database."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium_path, args=list(CHROMIUM_FLAGS))
        yield started
        started.close()


def is_complaint(said):
    """Errors of the page. That a form came back with its faults (422) is an answer, not an error."""
    return said.type == "error" and "status of 422" not in said.text


@pytest.fixture
def open_page(browser, node):
    """Open a page as an account; whatever the browser complains about fails the test."""
    contexts, complaints = [], []

    def sign_in(account, **options):
        context = browser.new_context(
            **({"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN"} | options)
        )
        contexts.append(context)
        context.set_default_timeout(SLOW_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if is_complaint(said) else None)
        page.goto(f"{node.address}/account/sign-in/")
        page.fill("input[name=username]", account)
        page.fill("input[name=password]", node.passwords[account])
        page.click("button.pri")
        page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []
