"""stages/*.py -> params.schema.json: what params.yaml may hold, as the union of every stage's Params.

`--check` writes nothing and fails when the file on disk differs.
"""

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pydantic

from unrender import config

FILE = Path(config.SCHEMA)


def main() -> None:
    text = json.dumps(schema(Path("stages")), indent=2, ensure_ascii=False) + "\n"
    if "--check" not in sys.argv:
        FILE.write_text(text, encoding="utf-8")
    elif not FILE.exists() or FILE.read_text(encoding="utf-8") != text:
        raise config.UserError(f"{FILE} does not match the Params of the stages. Run `make fmt`.")


def schema(folder: Path) -> dict[str, Any]:
    """JSON schema of params.yaml. Two stages that declare one section differently are a UserError."""
    fields: dict[str, Any] = {}
    for path in sorted(folder.glob("*.py")):
        for name, field in stage_params(path).model_fields.items():
            known = fields.setdefault(name, field)
            if known.annotation is not field.annotation:
                raise config.UserError(f"{path}: section {name} is a {field.annotation}, elsewhere {known.annotation}.")
    definitions: dict[str, Any] = {name: (fields[name].annotation, fields[name]) for name in sorted(fields)}
    model = pydantic.create_model("Params", __base__=config.Section, **definitions)
    return untitled(model.model_json_schema())


def stage_params(path: Path) -> type[config.Section]:
    """The Params class of a stage script."""
    spec = importlib.util.spec_from_file_location(f"stages.{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Params


def untitled(schema: Any) -> Any:
    """Without the title pydantic gives each field, which only repeats its name."""
    if isinstance(schema, dict):
        named = "properties" if "properties" in schema else None
        return {
            key: {k: untitled(v) for k, v in value.items()} if key == named else untitled(value)
            for key, value in schema.items()
            if key != "title"
        }
    return [untitled(item) for item in schema] if isinstance(schema, list) else schema


if __name__ == "__main__":
    config.run_stage(main)
