"""Work on many facts beside the event loop, in two lanes of one thread each.

Threads that work on facts compete for the interpreter: more of them at once get no more done, and hold up whoever answers a question.
So what is recorded goes through one lane, a piece after the other, and what is read from the graph in bulk through another.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

MANY = 500
"""Facts from which on work is not done at once."""
T = TypeVar("T")
Values = TypeVarTuple("Values")


class Lane:
    """A queue for pieces of work, one at a time."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, name)

    async def do(self, work: Callable[[*Values], T], *values: *Values) -> T:
        """Do this when it is its turn."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *values)

    async def apart(self, size: int, work: Callable[[*Values], T], *values: *Values) -> T:
        """Work on this many facts: on few at once, on many when it is their turn."""
        return await self.do(work, *values) if size >= MANY else work(*values)


RECORDING, READING = Lane("recording"), Lane("reading")
