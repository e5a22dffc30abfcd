"""The output of a command, whatever it is connected to: any encoding, a full disk, a closed pipe.

A character that the encoding does not have is replaced. After an error the stream drops what follows, so the command
still does its work to the end: a closed pipe (`carillon verify | head -1`) changes neither the work nor the exit code.
The error of the standard output is kept, and cli/root.py reports it at the end.
"""

import errno
import io
import os
import select
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

_LOSSY = {"strict", "surrogateescape", "surrogatepass"}  # these raise an error for some text


class Sink(io.RawIOBase):
    """The bytes behind a stream. `error` is the first error of a write, and a closed pipe is none."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._open = True
        self.error: OSError | None = None

    def write(self, data: Any) -> int:
        """Write the bytes, or drop them after an error. Wait if a non-blocking stream is full."""
        if self._open:
            try:
                return self._write(data)
            except BrokenPipeError:
                self._open = False
            except OSError as error:
                self._open, self.error = False, error
        return len(data)

    def _write(self, data: Any) -> int:
        if self._inner is None:  # the caller closed it: `carillon stats >&-`
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        while (count := self._inner.write(data)) is None:
            select.select([], [self._inner], [])
        self._inner.flush()
        return count

    def writable(self) -> bool:
        """Return True: a buffer may write to it."""
        return True

    def isatty(self) -> bool:
        """Return True if a person reads the stream."""
        return self._inner is not None and self._inner.isatty()

    def fileno(self) -> int:
        """Return the file descriptor."""
        if self._inner is None:
            raise io.UnsupportedOperation
        return self._inner.fileno()


def _safe(stream: TextIO | None) -> tuple[TextIO, Sink]:
    """Return a stream with the same target and encoding, and the sink behind it."""
    buffer = getattr(stream, "buffer", None)
    if stream is not None:
        with suppress(OSError, ValueError):
            stream.flush()
    sink = Sink(getattr(buffer, "raw", buffer))
    errors = getattr(stream, "errors", None) or "strict"
    safe = io.TextIOWrapper(
        io.BufferedWriter(sink),
        encoding=getattr(stream, "encoding", None) or "utf-8",
        errors="replace" if errors in _LOSSY else errors,
        line_buffering=sink.isatty(),
    )
    return safe, sink


@contextmanager
def safe_output() -> Generator[Sink]:
    """Replace the standard output and the standard error by safe ones, and yield the sink of the output."""
    kept = sys.stdout, sys.stderr
    output, sink = _safe(kept[0])
    errors, _ = _safe(kept[1])
    sys.stdout, sys.stderr = output, errors
    try:
        yield sink
    finally:
        sys.stdout, sys.stderr = kept
        output.flush()
        errors.flush()


def complain(message: str) -> None:
    """Write a line to the standard error."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def shown(text: str) -> str:
    """Return the text as the standard output will show it. A table needs this before it computes widths."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding, "replace")
