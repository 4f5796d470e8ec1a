"""A TCP proxy that cuts connections at random bytes: of a request, or of its answer once the request has arrived."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable, Coroutine
from typing import Any

CHUNK = 65536


class CuttingProxy:
    """Forwards to `target`; of the chunks that `worth_cutting`, every `one_in`-th costs both sides the connection."""

    def __init__(self, target: int, worth_cutting: Callable[[bytes], bool], one_in: int, seed_number: int) -> None:
        self.cuts = 0
        self.cutting = True
        self.port = 0
        self._target = target
        self._worth_cutting = worth_cutting
        self._one_in = one_in
        self._chance = random.Random(seed_number)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self._thread.start()
        self._ready.wait()

    async def _serve(self) -> None:
        self._ended = asyncio.Event()
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ended.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        far_out = None
        try:
            far_in, far_out = await asyncio.open_connection("127.0.0.1", self._target)
            answer_left: list[int] = []  # bytes of the answer still let through; empty: all
            await _first_to_end(
                self._forward(near_in, far_out, answer_left), self._answer(far_in, near_out, answer_left)
            )
        except (OSError, asyncio.CancelledError):
            pass  # a side went away, or we are closing
        finally:
            for writer in (near_out, far_out):
                if writer is not None:
                    writer.transport.abort()
            self._tasks.discard(task)

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer_left: list[int]
    ) -> None:
        while chunk := await reader.read(CHUNK):
            if self.cutting and self._worth_cutting(chunk) and self._chance.randrange(self._one_in) == 0:
                self.cuts += 1
                if self._chance.random() < 0.5:
                    writer.write(chunk[: self._chance.randrange(len(chunk))])  # arrives in part, or not at all
                    await writer.drain()
                    return
                answer_left.append(self._chance.choice((0, 1, 5, 20)))  # arrives; the answer does not
            writer.write(chunk)
            await writer.drain()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: list[int]) -> None:
        while chunk := await reader.read(CHUNK):
            writer.write(chunk[: left[0]] if left else chunk)
            await writer.drain()
            if left:
                return

    def close(self) -> None:
        """Stop listening and drop every connection."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._loop.close()


async def _first_to_end(*ways: Coroutine[Any, Any, None]) -> None:
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
