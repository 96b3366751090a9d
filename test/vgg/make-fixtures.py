"""Makes the files of fixtures/ with PyTorch, h5py and NumPy and, in expected.json, the values that they must be read as.

Run it again only to change them: python3 test/vgg/make-fixtures.py && npx biome format --write test/vgg/fixtures
(PyTorch, h5py, NumPy).
"""

import base64
import collections
import json
import pathlib

import h5py
import numpy as np
import torch

FOLDER = pathlib.Path(__file__).parent / "fixtures"
LAYERS = {"conv1_1": (0, 3, 2), "conv1_2": (2, 2, 5), "conv2_1": (5, 5, 3)}  # torchvision's position, inputs, outputs
CAFFE_BIAS = [0.7301776, 0.06493629, 0.03428847, 0.8260386, 0.2578029, 0.54867655]  # of conv1_1 in the original VGG19
EXPECTED = {}


def network(seed, dtype=np.float32):
    """Standard name to values, OIHW, that the dtype holds exactly."""
    random = np.random.default_rng(seed)
    tensors = {}
    for name, (_, inputs, outputs) in LAYERS.items():
        tensors[f"{name}.weight"] = random.standard_normal((outputs, inputs, 3, 3)).astype(dtype)
        tensors[f"{name}.bias"] = random.standard_normal(outputs).astype(dtype)
    return tensors


def expect(file, tensors):
    """Notes what the file holds, as float32, or the name of an earlier file that holds the same."""
    noted = {
        name: {"shape": list(values.shape), "values": base64.b64encode(np.ascontiguousarray(values, "<f4")).decode()}
        for name, values in tensors.items()
    }
    EXPECTED[file] = next((other for other, entry in EXPECTED.items() if entry == noted), noted)


def position(name, prefix="features."):
    layer, kind = name.split(".")
    return f"{prefix}{LAYERS[layer][0]}.{kind}"


def save(file, value, **options):
    torch.save(value, FOLDER / file, **options)


class OldTensor:
    """A tensor as PyTorch 0.1 to 0.3 pickled it."""

    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        tensor = self.tensor
        return torch._utils._rebuild_tensor, (tensor.storage(), tensor.storage_offset(), tuple(tensor.size()), tensor.stride())


def module_of(tensors):
    """A module with torchvision's names and a classifier that nobody asks for."""
    features = torch.nn.Sequential()
    for i in range(6):
        features.add_module(str(i), torch.nn.ReLU())
    for name, (place, inputs, outputs) in LAYERS.items():
        layer = torch.nn.Conv2d(inputs, outputs, 3)
        layer.weight.data = torch.from_numpy(tensors[f"{name}.weight"])
        layer.bias.data = torch.from_numpy(tensors[f"{name}.bias"])
        features[place] = layer
    module = torch.nn.Module()
    module.features = features
    module.classifier = torch.nn.Sequential(torch.nn.Linear(40, 50))
    return module


def views(tensors):
    """The same tensors, none of them alone in its storage or contiguous, except for some."""
    flat = torch.cat([torch.zeros(7)] + [torch.from_numpy(values).flatten() for values in tensors.values()])
    result, start = collections.OrderedDict(), 7
    for name, values in tensors.items():
        result[position(name)] = flat[start : start + values.size].view(*values.shape)
        start += values.size
    weight = torch.from_numpy(tensors["conv1_2.weight"])
    result["features.2.weight"] = weight.contiguous(memory_format=torch.channels_last)
    result["features.5.weight"] = torch.from_numpy(np.ascontiguousarray(tensors["conv2_1.weight"].T)).permute(3, 2, 1, 0)
    result["features.5.bias"] = torch.tensor([0.5]).expand(3)
    return result


def make_pth():
    torch.manual_seed(0)
    for kind, newer in (("zip", True), ("stream", False)):
        options = {"_use_new_zipfile_serialization": newer}
        for number, dtype in enumerate((np.float32, np.float16, np.float64)):
            tensors = network(number, dtype)
            file = f"{kind}-{np.dtype(dtype).name}.pth"
            save(file, module_of(tensors).state_dict(), **options)
            expect(file, {position(name): values for name, values in tensors.items()})
        tensors = network(3)
        rounded = {position(name): torch.from_numpy(values).bfloat16() for name, values in tensors.items()}
        save(f"{kind}-bfloat16.pth", rounded, **options)
        expect(f"{kind}-bfloat16.pth", {name: value.float().numpy() for name, value in rounded.items()})
        state = views(network(4))
        save(f"{kind}-views.pth", state, **options)
        expect(f"{kind}-views.pth", {name: value.numpy() for name, value in state.items()})
        tensors = network(5)
        parameters = {position(name, "module.features."): torch.nn.Parameter(torch.from_numpy(v)) for name, v in tensors.items()}
        save(f"{kind}-nested.pth", {"epoch": 7, "loss": 0.25, "state_dict": parameters, "preprocessing": "caffe"}, **options)
        expect(f"{kind}-nested.pth", {position(name, "module.features."): values for name, values in tensors.items()})
    tensors = network(6)
    old = collections.OrderedDict((position(name), OldTensor(torch.from_numpy(v))) for name, v in tensors.items())
    save("stream-old.pth", old, _use_new_zipfile_serialization=False)
    expect("stream-old.pth", {position(name): values for name, values in tensors.items()})
    random = np.random.default_rng(7)
    caffe = {"features.0.weight": random.standard_normal((64, 3, 3, 3)), "features.0.bias": random.standard_normal(64)}
    caffe["features.0.bias"][:6] = CAFFE_BIAS
    caffe = {name: values.astype(np.float32) for name, values in caffe.items()}
    save("zip-caffe.pth", {name: torch.from_numpy(values) for name, values in caffe.items()})
    expect("zip-caffe.pth", caffe)


def make_refused():
    """Files that hold what no state dict does."""
    save("refused-integers.pth", {"features.0.weight": torch.zeros(2, 3, 3, 3, dtype=torch.int64)})
    save("refused-module.pth", torch.nn.Conv2d(3, 2, 3))
    save("refused-tensor.pth", torch.zeros(3), _use_new_zipfile_serialization=False)
    with h5py.File(FOLDER / "refused-latest.h5", "w", libver="latest") as file:
        file["block1_conv1/kernel:0"] = np.zeros((3, 3, 3, 2), np.float32)
    with h5py.File(FOLDER / "refused-compressed.h5", "w") as file:
        file.create_dataset("block1_conv1/kernel:0", data=np.zeros((3, 3, 3, 2), np.float32), compression="gzip")
    with h5py.File(FOLDER / "refused-integers.h5", "w") as file:
        file["block1_conv1/kernel:0"] = np.zeros((3, 3, 3, 2), np.int32)
    np.savez(FOLDER / "refused-integers.npz", **{"conv1_1.weight": np.zeros((2, 3, 3, 3), np.int64)})
    np.savez(FOLDER / "refused-objects.npz", **{"conv1_1.weight": np.array([{}, None])})


def hwio(name, values):
    return values.transpose(2, 3, 1, 0) if name.endswith("weight") else values


def keras_name(name, form):
    """Of `conv1_1.weight` in a layer's group."""
    layer, kind = name.split(".")
    block = f"block{layer[4]}_conv{layer[6]}"
    return block, form.format(block, *{"weight": ("W", "kernel"), "bias": ("b", "bias")}[kind])


def make_h5():
    official, modern = "{0}_{1}_1:0", "{0}/{2}:0"
    for file, form, root, dtype in (
        ("keras-official.h5", official, "", np.float32),
        ("keras-modern.h5", modern, "", np.float16),
        ("keras-model.h5", modern, "model_weights/", np.float32),
        ("keras-float64.h5", "{2}:0", "", np.float64),
    ):
        tensors = network(len(file), dtype)
        with h5py.File(FOLDER / file, "w") as h5:
            group = h5.require_group(root) if root else h5
            # Enough layers without weights for several nodes of symbols.
            layers = ["input_1"] + [f"block{b}_pool" for b in range(1, 6)] + [f"block{b}_conv{i}" for b in (1, 2) for i in (1, 2)]
            layers += [f"dense_{i}" for i in range(10)]
            group.attrs["layer_names"] = [layer.encode() for layer in layers]
            group.attrs["backend"] = b"tensorflow"
            h5.attrs["model_config"] = np.bytes_(json.dumps({"name": "vgg19", "layers": layers * 4}))
            for layer in layers:
                group.require_group(layer).attrs["weight_names"] = np.array([], "S1")
            for name, values in tensors.items():
                layer, path = keras_name(name, form)
                group[layer].attrs["weight_names"] = [path.encode()] * 2
                group[layer].create_dataset(path, data=hwio(name, values))
            if root:
                h5["optimizer_weights/Adam/m/block1_conv1/kernel:0"] = np.zeros((3, 3, 3, 2), np.float32)
        expect(file, tensors)

    tensors = network(8)
    with h5py.File(FOLDER / "keras-chunked.h5", "w") as h5:
        for name, values in tensors.items():
            chunks = (2, 3, 2, 1) if name.endswith("weight") else (2,)
            h5.create_dataset("/".join(keras_name(name, modern)), data=hwio(name, values), chunks=chunks)
    expect("keras-chunked.h5", tensors)

    tensors = network(9)
    with h5py.File(FOLDER / "keras-compact.h5", "w") as h5:
        for name, values in tensors.items():
            plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            plist.set_layout(h5py.h5d.COMPACT)
            layer, path = keras_name(name, official)
            values = np.ascontiguousarray(hwio(name, values))
            space = h5py.h5s.create_simple(values.shape)
            dataset = h5py.h5d.create(h5.require_group(layer).id, path.encode(), h5py.h5t.IEEE_F32LE, space, plist)
            dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
    expect("keras-compact.h5", tensors)


def make_npz():
    for number, dtype in enumerate((np.float32, np.float16, np.float64)):
        for write in (np.savez, np.savez_compressed):
            tensors = network(10 + number, dtype)
            file = f"{'compressed' if write is np.savez_compressed else 'stored'}-{np.dtype(dtype).name}.npz"
            write(FOLDER / file, **tensors)
            expect(file, tensors)
    tensors = network(13)
    flat = {name.replace(".weight", "_W").replace(".bias", "_b"): hwio(name, values) for name, values in tensors.items()}
    np.savez(FOLDER / "hwio.npz", fc6_W=np.zeros((40, 50), np.float32), **{name: np.ascontiguousarray(v) for name, v in flat.items()})
    expect("hwio.npz", tensors)
    tensors = network(14)
    np.savez_compressed(FOLDER / "fortran.npz", **{position(name): np.asfortranarray(values) for name, values in tensors.items()})
    expect("fortran.npz", {position(name): values for name, values in tensors.items()})


def main():
    FOLDER.mkdir(exist_ok=True)
    make_pth()
    make_refused()
    make_h5()
    make_npz()
    (FOLDER / "expected.json").write_text(json.dumps(EXPECTED) + "\n")


main()
