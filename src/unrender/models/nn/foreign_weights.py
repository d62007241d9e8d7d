"""Weights that others trained, out of a .safetensors file. Other formats may run code when they are read."""

from pathlib import Path

from torch import nn

from unrender.config import UserError

CONVERT = "convert a .pth file with `safetensors.torch.save_file(torch.load(path, weights_only=True), target)`"


def fill(part: nn.Module, path: Path, what: str) -> None:
    """Copy the tensors of `path` that `part` has by name; the others, such as a classifier, are left.

    UserError when the file is missing, damaged or no safetensors, or a tensor is missing or of another shape; `what`
    says what the file should hold."""
    from safetensors import SafetensorError, safe_open

    wanted = {name: value for name, value in part.state_dict().items() if not name.endswith("num_batches_tracked")}
    try:
        with safe_open(path, framework="pt") as file:
            found = {name: file.get_tensor(name) for name in sorted(wanted.keys() & set(file.keys()))}
    except FileNotFoundError:
        raise UserError(f"{path} does not exist; it should hold {what}.") from None
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path} is no whole .safetensors file ({error}); {CONVERT}.") from None
    for name, value in wanted.items():
        here, there = tuple(value.shape), tuple(found[name].shape) if name in found else "nothing"
        if here != there:
            raise UserError(f"{path}: {name} is {there}, but {here} is needed: the file should hold {what}.")
    part.load_state_dict(found, strict=False)
