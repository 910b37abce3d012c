"""Azurite, Microsoft's own emulator of Blob storage, with https and tokens."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

from tests.live.node import NODE_MODULES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "devstoreaccount1"


def missing() -> str | None:
    """Why it cannot be started; None where it can."""
    if shutil.which("node") is None:
        return "needs node"
    return None if script().is_file() else "needs azurite of npm: `make test` installs it"


def script() -> Path:
    """What starts the emulator."""
    return NODE_MODULES / "azurite" / "dist" / "src" / "blob" / "main.js"


def serving(folder: Path, certificate: Path, key: Path) -> Iterator[str]:
    """The address of the emulator's account, as long as it is wanted."""
    port = _free_port()
    command = ["node", str(script()), "--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence"]
    command += ["--silent", "--disableTelemetry", "--skipApiVersionCheck", "--oauth", "basic"]
    command += ["--cert", str(certificate), "--key", str(key)]
    with (folder / "azurite.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        _wait(port, process)
        yield f"https://127.0.0.1:{port}/{NAME}"
    finally:
        process.terminate()
        process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("Azurite does not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
