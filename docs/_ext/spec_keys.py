"""The directive ``spec-keys``: a table of the keys of one record of the spec, with unit, bounds, default and meaning, made from its class."""

import re
from importlib import import_module
from typing import Any, ClassVar

import attrs
from attrs import Attribute
from docutils import nodes
from docutils.statemachine import StringList
from markdown import code, table
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

from pgcore.quantity import choices, known
from pgcore.spec.records import fields_of, named


class SpecKeys(SphinxDirective):
    """``{spec-keys} module:Class``: keys in the order of the class's fields.

    Lines ``key: meaning`` in its body say what the class does not; option ``default`` holds ``key value`` for a default that the loader gives.
    """

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"default": str}

    def run(self) -> list[nodes.Node]:
        """The table."""
        module, _, name = self.arguments[0].partition(":")
        kind = getattr(import_module(module), name)
        docs = ModuleAnalyzer.for_module(module).find_attr_docs()
        said = {key: meaning for key, _, meaning in (line.partition(": ") for line in self.content)}
        given, _, default = self.options.get("default", "").partition(" ")
        below = {field.name: said.get(field.name) or " ".join(docs.get((name, field.name), ())).strip() for field in fields_of(kind)}
        rows = [_row(field, below[field.name], default if field.name == given else _default(field)) for field in fields_of(kind)]
        text = table(("key", "value", "unit", "expected", "default", "meaning"), rows)
        holder = nodes.container()
        self.state.nested_parse(StringList(text.splitlines(), self.arguments[0]), self.content_offset, holder)
        return list(holder.children)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_directive("spec-keys", SpecKeys)
    return {"version": "1", "parallel_read_safe": True}


def _row(field: "Attribute[Any]", below: str, default: str) -> tuple[str, ...]:
    """A field's row; ``below`` is its meaning where it was declared without one."""
    about, allowed = known(field), choices(field)
    bounds = about.expected() if about else ""
    expected = bounds or (f"one of {', '.join(map(str, allowed))}" if allowed else "")
    unit = about.unit if about and about.unit != "1" else ""
    meaning = (about.doc if about else "") or re.sub(r"``|:\w+:`[^`]*\.|`", "", below)
    return (code(field.alias or field.name), named(field.type), unit, expected, default if default == "required" else code(default), meaning)


def _default(field: "Attribute[Any]") -> str:
    if field.default is attrs.NOTHING:
        return "required"
    made = getattr(field.default, "factory", None)
    value = made() if made is not None else field.default
    return "" if value in (None, "", (), {}) or attrs.has(type(value)) else str(value).lower() if isinstance(value, bool) else str(value)
