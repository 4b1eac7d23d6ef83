"""A real headless Chromium, spoken to over a pipe: opens a page, runs a line of script in it, notes every address it asks for."""

import json
import os
import shutil
import subprocess
import time
from base64 import b64decode
from pathlib import Path
from types import TracebackType
from typing import Any, Self

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Browser:
    """One page of a browser with a profile of its own; it ends with its block."""

    def __init__(self, profile: Path, width: int = 1280, height: int = 900) -> None:
        read, theirs_out = os.pipe()
        theirs_in, write = os.pipe()
        flags = f"--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --user-data-dir={profile}"
        command = f'exec "{CHROMIUM}" {flags} --window-size={width},{height} --remote-debugging-pipe about:blank 3<&{theirs_in} 4>&{theirs_out}'
        self._child = subprocess.Popen(
            ["bash", "-c", command], pass_fds=(theirs_in, theirs_out), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._in, self._out, self._number = os.fdopen(write, "wb"), os.fdopen(read, "rb"), 0
        self.asked: list[str] = []
        self.problems: list[str] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def _call(self, method: str, session: str | None = None, **parameters: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        self._in.write(json.dumps(message).encode() + b"\0")
        self._in.flush()
        while (told := self._next()).get("id") != self._number:
            self._note(told)
        assert "error" not in told, told
        return told["result"]

    def _next(self) -> Any:
        text = bytearray()
        while (byte := self._out.read(1)) != b"\0":
            assert byte, "the browser ended"
            text += byte
        return json.loads(text)

    def _note(self, told: Any) -> None:
        if told.get("method") == "Network.requestWillBeSent":
            self.asked.append(told["params"]["request"]["url"])
        if told.get("method") == "Log.entryAdded" and told["params"]["entry"]["level"] == "error":
            self.problems.append(told["params"]["entry"]["text"])
        if told.get("method") == "Runtime.exceptionThrown":
            self.problems.append(str(told["params"]["exceptionDetails"]))

    def call(self, method: str, **parameters: Any) -> Any:
        """A command of the DevTools protocol."""
        return self._call(method, self._session, **parameters)

    def open(self, url: str) -> None:
        """Go to an address."""
        self.call("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """The value of a line of script in the page."""
        return self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)["result"].get("value")

    def until(self, script: str, seconds: float = 30) -> None:
        """Wait until a line of script is true. Raises AssertionError when it does not become so."""
        end = time.monotonic() + seconds
        while not self.run(f"!!({script})"):
            assert time.monotonic() < end, f"{script} did not become true; the page says: {self.run('document.body.innerText')[:2000]}"
            time.sleep(0.1)

    def picture(self, path: Path) -> None:
        """Keep a picture of the page."""
        path.write_bytes(b64decode(self.call("Page.captureScreenshot")["data"]))

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End the browser."""
        self._in.close()
        self._out.close()
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
