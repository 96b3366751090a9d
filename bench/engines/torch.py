"""PyTorch as an engine: the process that torch.ts starts. The work is workload.ts's, the requests are protocol.ts's.

usage: python3 torch.py cpu|cuda|cuda-tf32|float64
float64 runs on the CPU and is where the expected values of workload.ts come from.
"""

import json
import os
import sys
import time

# Threads that wait for work would else burn the cores of those who have some.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# This file is named after the library it imports.
sys.path = [path for path in sys.path if os.path.abspath(path or ".") != os.path.dirname(os.path.abspath(__file__))]

import numpy as np
import torch
import torch.nn.functional as functional

WIDTHS = [64, 128, 256, 512, 512]
CONVOLUTIONS_IN_BLOCK = [2, 2, 4, 4, 1]
STYLE_LAYERS = ["conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"]
CONTENT_LAYER = "conv4_2"
DEEPEST_LAYER = "conv5_1"
STYLE_WEIGHT = 1000
LEARNING_RATE, BETAS, EPSILON = 0.05, (0.9, 0.999), 1e-8
CONTENT_SEED, STYLE_SEED, START_SEED = 1, 2, 3

variant = sys.argv[1]
if variant.startswith("cuda") and not torch.cuda.is_available():
    raise SystemExit("PyTorch has no CUDA here")
device = torch.device("cuda" if variant.startswith("cuda") else "cpu")
kind = torch.float64 if variant == "float64" else torch.float32
torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
torch.backends.cudnn.benchmark = True
torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = variant == "cuda-tf32"


def normal(count, seed, deviation=1.0):
    """As `normal` in workload.ts: its generator counts, so all states are known at once."""
    steps = np.arange(1, count + count % 2 + 1, dtype=np.uint32)
    state = np.uint32(seed) + steps * np.uint32(0x6D2B79F5)
    mixed = (state ^ (state >> np.uint32(15))) * (state | np.uint32(1))
    mixed = (mixed + (mixed ^ (mixed >> np.uint32(7))) * (mixed | np.uint32(61))) ^ mixed
    uniform = (mixed ^ (mixed >> np.uint32(14))).astype(np.float64) / 2**32
    radius = np.sqrt(-2 * np.log(1 - uniform[0::2])) * deviation
    angle = 2 * np.pi * uniform[1::2]
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return pairs.reshape(-1)[:count].astype(np.float32)


def on_device(array):
    return torch.from_numpy(np.ascontiguousarray(array)).to(device=device, dtype=kind)


def seeded_network():
    layers, inputs, index = [], 3, 0
    for block, (count, outputs) in enumerate(zip(CONVOLUTIONS_IN_BLOCK, WIDTHS)):
        for position in range(count):
            weight = normal(9 * inputs * outputs, 100 + index, np.sqrt(2 / (9 * inputs)))
            weight = weight.reshape(3, 3, inputs, outputs).transpose(3, 2, 0, 1)
            bias = normal(outputs, 200 + index, 0.01)
            pooled = block > 0 and position == 0
            layers.append((f"conv{block + 1}_{position + 1}", pooled, on_device(weight), on_device(bias)))
            inputs, index = outputs, index + 1
    return layers


def seeded_image(height, width, seed):
    return on_device(normal(3 * height * width, seed).reshape(1, height, width, 3).transpose(0, 3, 1, 2))


network = seeded_network()


def features(x):
    result = {}
    for name, pooled, weight, bias in network:
        if pooled:
            x = functional.max_pool2d(x, 2)
        x = functional.relu(functional.conv2d(x, weight, bias, padding=1))
        result[name] = x
    return result


def gram(x):
    _, channels, height, width = x.shape
    rows = x.reshape(channels, height * width)
    return rows @ rows.t() / (channels * height * width)


def difference(a, b):
    return ((a - b) ** 2).mean()


class Job:
    """One mode at one size. `evaluate` returns its value as a tensor."""

    def __init__(self, mode, height, width):
        self.image = seeded_image(height, width, START_SEED)
        self.evaluate = getattr(self, mode)
        if mode == "forward":
            return
        self.image.requires_grad_()
        self.optimizer = torch.optim.Adam([self.image], lr=LEARNING_RATE, betas=BETAS, eps=EPSILON)
        with torch.no_grad():
            style = features(seeded_image(height, width, STYLE_SEED))
            self.style = {name: gram(style[name]) for name in STYLE_LAYERS}
            self.content = features(seeded_image(height, width, CONTENT_SEED))[CONTENT_LAYER]

    def loss(self):
        computed = features(self.image)
        style = sum(difference(gram(computed[name]), self.style[name]) for name in STYLE_LAYERS)
        return difference(computed[CONTENT_LAYER], self.content) + STYLE_WEIGHT * style

    def forward(self):
        with torch.no_grad():
            return features(self.image)[DEEPEST_LAYER].mean()

    def gradient(self):
        self.image.grad = None
        loss = self.loss()
        loss.backward()
        return loss.detach()

    def step(self):
        loss = self.gradient()
        self.optimizer.step()
        return loss


def prepare(request):
    global job
    job = None
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass
    began, cpu = time.perf_counter(), time.process_time()
    job = Job(request["job"]["mode"], request["job"]["height"], request["job"]["width"])
    synchronize()
    return {"ms": since(began), "cpuMs": (time.process_time() - cpu) * 1000}


def run(request):
    began, cpu, main = time.perf_counter(), time.process_time(), time.thread_time()
    for _ in range(request["count"]):
        value = job.evaluate()
    host = since(began)
    value = float(value)
    synchronize()
    report = {"ms": since(began), "hostMs": host, "value": value, "buffersCreated": 0, "peakBytes": peak_bytes()}
    report["cpuMs"] = (time.process_time() - cpu) * 1000
    report["mainThreadMs"] = (time.thread_time() - main) * 1000
    if device.type == "cuda":
        report["bufferBytes"] = torch.cuda.max_memory_allocated()
    return report


def synchronize():
    if device.type == "cuda":
        torch.cuda.synchronize()


def since(began):
    return (time.perf_counter() - began) * 1000


def peak_bytes():
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def norm(_):
    return float(job.image.grad.norm())


CALLS = {"prepare": prepare, "run": run, "norm": norm}

job = None
with os.fdopen(3, "w", buffering=1) as answers:
    name = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"
    print(json.dumps({"result": {"version": torch.__version__, "adapter": name}}), file=answers)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"result": CALLS[request["call"]](request)}
        except Exception as error:
            answer = {"error": str(error).split("\n")[0] or type(error).__name__}
        print(json.dumps(answer), file=answers)
