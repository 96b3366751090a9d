"""How the make-*-fixtures.py write tensors: small inputs, and JSON that the tests' readFixture understands."""
import json
import pathlib

import torch

FOLDER = pathlib.Path(__file__).parent / "fixtures"
torch.set_default_dtype(torch.float64)
torch.manual_seed(1)


def eighths(*shape, bound=16):
    return torch.randint(-bound, bound + 1, shape) / 8


def plain(value):
    """Tensors as {"shape", "data"}, also inside of lists and dictionaries; whole numbers without a decimal point."""
    if isinstance(value, torch.Tensor):
        data = [int(v) if v == int(v) else v for v in value.detach().flatten().tolist()]
        return {"shape": list(value.shape), "data": data}
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def write(name, value):
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(plain(value)) + "\n")
