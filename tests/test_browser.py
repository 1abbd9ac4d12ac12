"""bpstep in a browser: a page of Textual's server in Chromium, with keys, clicks and sizes of the window."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path

import pytest
from command_line import ROOT

aiohttp = pytest.importorskip("aiohttp", reason="the extra 'browser' is not installed")
TEXTUAL = Path(sys.executable).with_name("textual")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.skipif(not TEXTUAL.exists(), reason="the extra 'browser' is not installed"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]

PATIENCE = 120
"""Seconds after which what should happen does not: no machine is that slow."""

_RESIZE = "Emulation.setDeviceMetricsOverride"

_KEEP_THE_TERMINAL = """
Object.defineProperty(Object.prototype, "fitAddon", {
  configurable: true,
  set(addon) {
    window.shown = this;
    Object.defineProperty(this, "fitAddon", { value: addon });
  },
});
"""
"""The page hides its terminal: this intercepts it where its first part is set."""

_READ_THE_TERMINAL = """(() => {
  const terminal = window.shown && window.shown.terminal;
  if (!terminal || !terminal.element) return "{}";
  const box = terminal.element.querySelector(".xterm-screen").getBoundingClientRect();
  const lines = [];
  for (let y = 0; y < terminal.rows; y++)
    lines.push(terminal.buffer.active.getLine(y).translateToString(true));
  return JSON.stringify({
    lines, columns: terminal.cols, x: box.x, y: box.y, width: box.width, height: box.height,
    closed: document.body.classList.contains("-closed"),
  });
})()"""


@contextmanager
def running(*words, **options):
    """A process with all that it starts, ended at last."""
    process = subprocess.Popen(words, start_new_session=True, stdin=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


async def until(found):
    """The first result of a repeated question that is not empty."""
    async with asyncio.timeout(PATIENCE):
        while not (answer := await found()):
            await asyncio.sleep(0.05)
        return answer


class Page:
    """A page of Chromium, asked by the protocol of its developer tools."""

    def __init__(self, tools):
        self._tools = tools
        self._numbers = count(1)
        self.lines = []

    async def ask(self, method, **words):
        number = next(self._numbers)
        await self._tools.send_json({"id": number, "method": method, "params": words})
        while (answer := await self._tools.receive_json(timeout=PATIENCE)).get("id") != number:
            pass
        assert "error" not in answer, answer
        return answer["result"]

    async def look(self):
        """The terminal's lines, its columns, its place in pixels."""
        answer = await self.ask("Runtime.evaluate", expression=_READ_THE_TERMINAL)
        found = json.loads(answer["result"]["value"])
        self.lines = found.get("lines", [])
        return found

    async def until(self, condition):
        async def asked():
            found = await self.look()
            return found if found and condition(found) else None

        try:
            return await until(asked)
        except TimeoutError:
            raise AssertionError("this did not come:\n" + "\n".join(self.lines)) from None

    async def until_shown(self, text):
        return await self.until(lambda found: any(text in line for line in found["lines"]))

    async def press(self, key):
        await self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
        await self.ask("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def click(self, text):
        found = await self.until_shown(text)
        row = next(row for row, line in enumerate(found["lines"]) if text in line)
        column = found["lines"][row].index(text)
        place = {
            "x": found["x"] + (column + 0.5) * found["width"] / found["columns"],
            "y": found["y"] + (row + 0.5) * found["height"] / len(found["lines"]),
        }
        for kind in ("mousePressed", "mouseReleased"):
            await self.ask("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    async def resize(self, width, height):
        """Give the page this many pixels."""
        await self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )


@asynccontextmanager
async def page_of(folder, command):
    """A page of Chromium that shows what `textual serve` makes of the command; both end with it."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TEXTUAL", "SSH"))}
    environment = kept | {
        "PATH": f"{TEXTUAL.parent}:{kept['PATH']}",
        "PYTHONPATH": str(ROOT),
        "XDG_CONFIG_HOME": str(folder / "settings"),
        "XDG_STATE_HOME": str(folder / "state"),
        "HOME": str(folder),
    }
    words = {"env": environment, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    browser = [CHROMIUM, "--headless", "--no-sandbox", "--remote-debugging-port=0", "--window-size=1000,700"]
    browser += ["--enable-unsafe-swiftshader", f"--user-data-dir={folder}/browser", "about:blank"]
    async with aiohttp.ClientSession() as session:

        async def served():
            try:
                async with session.get(f"http://localhost:{port}") as answer:
                    return answer.status == 200
            except aiohttp.ClientConnectionError:
                return False

        async def tools():
            told = folder / "browser" / "DevToolsActivePort"
            lines = told.read_text().split() if told.exists() else []
            if len(lines) < 2:
                return None
            async with session.get(f"http://localhost:{lines[0]}/json/list") as answer:
                pages = [each for each in await answer.json() if each["type"] == "page"]
                return pages[0]["webSocketDebuggerUrl"] if pages else None

        with running(TEXTUAL, "serve", "-p", port, command, **words), running(*browser, **words):
            address = await until(tools)
            await until(served)
            async with session.ws_connect(address, max_msg_size=0) as socket_of_tools:
                page = Page(socket_of_tools)
                await page.ask("Page.enable")
                await page.ask("Page.addScriptToEvaluateOnNewDocument", source=_KEEP_THE_TERMINAL)
                await page.ask("Page.navigate", url=f"http://localhost:{port}")
                yield page


async def test_a_page_steps_is_clicked_and_resized(tmp_path):
    async with page_of(tmp_path, "bpstep xor") as page:
        await page.until_shown("n = 0")
        await page.click("sample 1/4")  # keys go to what was clicked
        await page.press("n")
        await page.until_shown("n = 1 ")
        await page.click("} iteration")
        before = await page.until_shown("n = 20 ")
        await page.resize(1400, 900)
        after = await page.until(
            lambda found: found["columns"] > before["columns"] and "quit" in found["lines"][-1]
        )
        assert len(after["lines"]) > len(before["lines"])
        await page.press("q")
        await page.until(lambda found: found["closed"])
