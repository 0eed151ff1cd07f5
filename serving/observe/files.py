"""A file store whose calls are spans of the request that they serve.

files = traced(Files.open(settings.store), traces)
"""

from dataclasses import dataclass, field
from pathlib import Path

from serving.observe.traces import Traces
from serving.store.files import Files


@dataclass(frozen=True)
class TracedFiles(Files):
    """A store with a span around each call; keys are not told."""

    traces: Traces = field(default_factory=Traces)

    def put(self, key: str, source: Path | bytes) -> None:
        """Keep a file or bytes. Raises StorageError."""
        with self.traces.span("store put"):
            super().put(key, source)

    def get(self, key: str) -> bytes:
        """The whole content. Raises NotFound or StorageError."""
        with self.traces.span("store get"):
            return super().get(key)

    def delete(self, keys: list[str]) -> None:
        """Delete files. Raises StorageError."""
        with self.traces.span("store delete"):
            super().delete(keys)


def traced(files: Files, traces: Traces) -> Files:
    """The same store, traced where there are traces."""
    if type(traces) is Traces:
        return files
    return TracedFiles(files.store, files.address, files.folder, files.setting, traces)
