"""Traces of messages: read one, pick a step, draw it as a sequence diagram."""

from pgcore.tracing.mermaid import mermaid
from pgcore.tracing.scene import Scene, scene
from pgcore.tracing.svg import svg
from pgcore.tracing.text import text
from pgcore.tracing.trace import Entry, Step, TraceError, entries, pick

__all__ = ["Entry", "Scene", "Step", "TraceError", "entries", "mermaid", "pick", "scene", "svg", "text"]
