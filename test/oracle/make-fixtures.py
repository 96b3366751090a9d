"""Writes fixtures/*.json: what PyTorch (1.13 or later, CPU, float64) gives for small inputs to the oracle's operations.

    python3 test/oracle/make-fixtures.py
    python3 test/oracle/make-optimizer-fixtures.py
    npx biome format --write test/oracle/fixtures
"""
import torch
import torch.nn.functional as F

from recording import eighths, write


def with_gradients(function, inputs):
    """Output, a random gradient for it, and what that gives for each of the named inputs."""
    leaves = {name: tensor.clone().requires_grad_(True) for name, tensor in inputs.items()}
    output = function(*leaves.values())
    gradient = eighths(*output.shape, bound=8)
    output.backward(gradient)
    return {"output": output, "gradient": gradient, "gradients": {name: leaf.grad for name, leaf in leaves.items()}}


def torch_pad(x, left, right, top, bottom, mode):
    return F.pad(x[None], (left, right, top, bottom), mode="constant" if mode == "zero" else mode)[0]


def convolution():
    x, weight, bias = eighths(2, 5, 7), eighths(2, 2, 3, 3), eighths(2)
    cases = []
    for mode, padding, strides in [("zero", 0, (1, 2)), ("zero", 1, (1, 2)), ("zero", 2, (3,)),
                                   ("replicate", 1, (1, 2)), ("replicate", 3, (2,)), ("reflect", 1, (1, 2)),
                                   ("reflect", 4, (3,)), ("circular", 1, (1, 2)), ("circular", 5, (4,))]:
        for stride in strides:
            def function(x, weight, bias):
                return F.conv2d(torch_pad(x, *[padding] * 4, mode)[None], weight, bias, stride)[0]
            cases.append({"mode": mode, "padding": padding, "stride": stride,
                          **with_gradients(function, {"x": x, "weight": weight, "bias": bias})})
    wide = {"x": eighths(3, 4, 9), "weight": eighths(2, 3, 2, 5)}
    uneven = with_gradients(lambda x, weight: F.conv2d(x[None], weight, None, 2, 1)[0], wide)
    write("convolution", {"inputs": {"x": x, "weight": weight, "bias": bias}, "cases": cases,
                          "unevenKernel": {"inputs": wide, "stride": 2, "padding": 1, **uneven}})


def padding():
    x = eighths(2, 4, 5)
    cases = []
    for mode in ("zero", "replicate", "reflect", "circular"):
        for borders in ({"left": 2, "right": 3, "top": 0, "bottom": 1}, {"left": 0, "right": 1, "top": 3, "bottom": 2},
                        {"left": -1, "right": 2, "top": 1, "bottom": -2}, {"left": -1, "right": -2, "top": -1, "bottom": 0}):
            if mode == "circular" and min(borders.values()) < 0:
                continue  # PyTorch pads circularly by positive amounts only
            cases.append({"mode": mode, "borders": borders,
                          **with_gradients(lambda x: torch_pad(x, *borders.values(), mode), {"x": x})})
    write("padding", {"x": x, "cases": cases})


def pooling():
    """Few distinct values, so that many squares have several largest ones."""
    pools = []
    for shape in ((3, 5, 7), (2, 4, 6), (1, 3, 2)):
        x = eighths(*shape, bound=2)
        pools.append({"x": x,
                      "maxPool2d": with_gradients(lambda x: F.max_pool2d(x[None], 2)[0], {"x": x}),
                      "averagePool2d": with_gradients(lambda x: F.avg_pool2d(x[None], 2)[0], {"x": x})})
    small = eighths(2, 3, 4)
    write("pooling", {"pools": pools, "upsampleNearest2d": {"x": small, "factor": 3, **with_gradients(
        lambda x: F.interpolate(x[None], scale_factor=3, mode="nearest")[0], {"x": small})}})


def pointwise():
    a, b = eighths(11), eighths(11)
    a[4], a[7], b[b == 0] = 0, -2, 0.625
    positive = a.abs() + 0.125
    unary = {"relu": torch.relu, "leakyRelu": lambda x: F.leaky_relu(x, 0.25), "square": torch.square,
             "abs": torch.abs, "exp": torch.exp, "tanh": torch.tanh, "sigmoid": torch.sigmoid,
             "scale": lambda x: x * -1.5, "addConstant": lambda x: x + 0.75}
    of_positive = {"sqrt": torch.sqrt, "log": torch.log, "pow": lambda x: x ** 1.25}
    binary = {"add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "divide": torch.div}
    write("pointwise", {
        "a": a, "b": b, "positive": positive,
        "unary": {name: with_gradients(f, {"a": a}) for name, f in unary.items()},
        "ofPositive": {name: with_gradients(f, {"a": positive}) for name, f in of_positive.items()},
        "binary": {name: with_gradients(f, {"a": a, "b": b}) for name, f in binary.items()}})


def reductions():
    a, b = eighths(2, 5, 3), eighths(2, 5, 3)

    def l2(a):
        return (a[:, 1:] - a[:, :-1]).square().sum() + (a[:, :, 1:] - a[:, :, :-1]).square().sum()

    def keras(a):
        dy, dx = a[:, 1:, :-1] - a[:, :-1, :-1], a[:, :-1, 1:] - a[:, :-1, :-1]
        return (dy.square() + dx.square()).pow(1.25).sum()

    of_one = {"sum": torch.sum, "mean": torch.mean, "totalVariationL2": l2, "totalVariationKeras": keras}
    of_two = {"squaredError": lambda a, b: F.mse_loss(a, b, reduction="sum"),
              "dot": lambda a, b: torch.dot(a.flatten(), b.flatten())}
    write("reductions", {"a": a, "b": b,
                         **{name: with_gradients(f, {"a": a}) for name, f in of_one.items()},
                         **{name: with_gradients(f, {"a": a, "b": b}) for name, f in of_two.items()}})


def matrices():
    features = eighths(4, 3, 5)
    products = []
    for transpose_a in (False, True):
        for transpose_b in (False, True):
            a = eighths(5, 3) if transpose_a else eighths(3, 5)
            b = eighths(4, 5) if transpose_b else eighths(5, 4)
            result = with_gradients(
                lambda a, b: (a.T if transpose_a else a) @ (b.T if transpose_b else b), {"a": a, "b": b})
            products.append({"a": a, "b": b, "transposeA": transpose_a, "transposeB": transpose_b, **result})
    write("matrices", {
        "features": features,
        "gram": with_gradients(lambda x: x.flatten(1) @ x.flatten(1).T / 15, {"x": features}),
        "products": products})


def channels():
    x, scale, shift = eighths(3, 5, 3), eighths(3), eighths(3)
    write("channels", {
        "x": x, "scale": scale, "shift": shift, "epsilon": 1e-3,
        "channelMean": with_gradients(lambda x: x.mean((1, 2)), {"x": x}),
        "channelStd": with_gradients(lambda x: (x.var((1, 2), unbiased=False) + 1e-3).sqrt(), {"x": x}),
        "instanceNorm": with_gradients(
            lambda x, scale, shift: F.instance_norm(x[None], weight=scale, bias=shift, eps=1e-3)[0],
            {"x": x, "scale": scale, "shift": shift})})


def style_transfer():
    """The whole objective through a VGG of three channels, written here with PyTorch's functions."""
    convolutions = ["conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"]
    weights = {}
    for name in convolutions:
        weights[name + ".weight"], weights[name + ".bias"] = eighths(3, 3, 3, 3, bound=4), eighths(3)
    image, content = torch.randint(0, 256, (3, 11, 9)), torch.randint(0, 256, (3, 11, 9))
    styles = [{"image": torch.randint(0, 256, (3, 9, 14)), "weight": 3},
              {"image": torch.randint(0, 256, (3, 12, 8)), "weight": 1}]

    def features(rgb, options):
        pool = F.max_pool2d if options["pooling"] == "max" else F.avg_pool2d
        x = rgb[[2, 1, 0]] - torch.tensor([103.939, 116.779, 123.68]).view(3, 1, 1)
        result = {}
        for name in convolutions:
            if name in ("conv2_1", "conv3_1"):
                x = pool(x[None], 2)[0]
            padded = torch_pad(x, 1, 1, 1, 1, options["padding"])
            x = F.relu(F.conv2d(padded[None], weights[name + ".weight"], weights[name + ".bias"])[0])
            result[name.replace("conv", "relu")] = x
        return result

    def gram(x):
        return x.flatten(1) @ x.flatten(1).T / (x.shape[1] * x.shape[2])

    def case(**options):
        x = image.double().requires_grad_(True)
        mine, target = features(x, options), features(content.double(), options)
        terms = {"content": {}, "style": {}}
        total = 0
        for layer, weight in options["contentLayers"].items():
            squares = (mine[layer] - target[layer]).square()
            term = squares.sum() / 2 if options["objective"] == "gatys" else squares.mean()
            terms["content"][layer] = term.item()
            total = total + weight * term
        for layer, weight in options["styleLayers"].items():
            grams = [s["weight"] / 4 * gram(features(s["image"].double(), options)[layer]) for s in styles]
            squares = (gram(mine[layer]) - sum(grams)).square()
            # "gatys" divides by 4 N^2, "mean" has Gram matrices divided by N as well and takes the mean of N^2 values.
            term = squares.sum() / (4 * 3**2 if options["objective"] == "gatys" else 3**2 * 3**2)
            terms["style"][layer] = term.item()
            total = total + weight * term
        dy, dx = x[:, 1:] - x[:, :-1], x[:, :, 1:] - x[:, :, :-1]
        if options["tv"] == "l2":
            tv = dy.square().sum() + dx.square().sum()
        else:
            tv = (dy[:, :, :-1].square() + dx[:, :-1].square()).pow(1.25).sum()
        terms["tv"] = tv.item()
        total = total + options["tvWeight"] * tv
        terms["total"] = total.item()
        total.backward()
        return {"options": options, "terms": terms, "gradient": x.grad}

    write("style-transfer", {
        "weights": weights, "image": image, "content": content, "styles": styles, "cases": [
            case(objective="gatys", tv="keras", tvWeight=2.5, pooling="max", padding="zero",
                 contentLayers={"relu2_2": 0.5}, styleLayers={"relu1_1": 1.0, "relu2_2": 0.25, "relu3_1": 2.0}),
            case(objective="mean", tv="l2", tvWeight=0.125, pooling="average", padding="replicate",
                 contentLayers={"relu1_2": 1.0, "relu3_1": 0.5}, styleLayers={"relu1_1": 0.75, "relu2_1": 1.5})]})


for make in (convolution, padding, pooling, pointwise, reductions, matrices, channels, style_transfer):
    make()
