"""Write a spec as canonical YAML: the document after ``extends``, ``defaults`` and ``--set``, which loads to an equal spec."""

import io
from collections.abc import Mapping
from typing import Any

import attrs
from ruamel.yaml import YAML

from pgcore.spec.model import VERSION, Spec


def dump(spec: Spec) -> str:
    """The spec's document as YAML text: the version first, then the sections in one fixed order; names keep theirs, since order matters there."""
    order = ["spec", *(field.name for field in attrs.fields(Spec))]
    document = {"spec": VERSION, **spec.document}
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 100_000
    text = io.StringIO()
    yaml.dump({key: _plain(document[key]) for key in order if key in document}, text)
    return text.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
