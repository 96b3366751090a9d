"""Writes fixtures/optimizers.json and line-search.json: the ways PyTorch's optimizers go. Run as make-fixtures.py."""
import torch
from torch.optim.lbfgs import _strong_wolfe

from recording import eighths, write


def optimizers():
    """Trajectories in 20 variables: each step's loss, some points, and every loss that line searches saw on their way."""
    def valleys(x):
        """A chain of Rosenbrock's functions: curved, badly scaled and not convex."""
        return (10 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    def wells(x):
        """Two minima per variable, near -1 and 1, with negative curvature between them."""
        return ((x**2 - 1) ** 2).sum() / 4 + 0.125 * ((x[1:] - x[:-1]) ** 2).sum()

    functions = {"valleys": valleys, "wells": wells}
    starts = {"valleys": eighths(20, bound=10), "wells": eighths(20, bound=3)}

    def run(optimizer_class, function, steps, **options):
        x = starts[function].clone().requires_grad_(True)
        optimizer = optimizer_class([x], **options)
        losses, points, trials = [], [], []

        def closure():
            optimizer.zero_grad()
            loss = functions[function](x)
            loss.backward()
            trials.append(loss.item())
            return loss

        for step in range(1, steps + 1):
            before = len(trials)
            losses.append(optimizer.step(closure).item())
            del trials[before]  # the loss at the step's start, which is in `losses`
            if step in (2, steps):
                points.append({"step": step, "x": x.detach().clone()})
        result = {"function": function, "steps": steps, "losses": losses, "points": points}
        return result, trials, optimizer.state[x]

    # One iteration per step(): the state, history included, carries over from one to the next.
    def lbfgs(function, steps, history, lr, **options):
        result, trials, state = run(torch.optim.LBFGS, function, steps, max_iter=1, tolerance_grad=-1,
                                    tolerance_change=-1, history_size=history, lr=lr, **options)
        return {**result, "history": history, "learningRate": lr, "trials": trials,
                "pairs": len(state["old_dirs"])}

    rejecting = lbfgs("wells", 12, history=100, lr=0.5)
    assert 0 < rejecting["pairs"] < 12 - 1, "some, but not all, of the pairs should have been rejected"
    wolfe = {"line_search_fn": "strong_wolfe"}
    write("optimizers", {
        "starts": starts,
        "gradientDescent": {"learningRate": 0.002, "momentum": 0.8,
                            **run(torch.optim.SGD, "valleys", 30, lr=0.002, momentum=0.8)[0]},
        "adam": {"learningRate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-6,
                 **run(torch.optim.Adam, "valleys", 30, lr=0.05, betas=(0.8, 0.95), eps=1e-6)[0]},
        "lbfgs": {"long history": lbfgs("valleys", 30, history=100, lr=1),
                  "short history, half steps": lbfgs("valleys", 30, history=4, lr=0.5),
                  "rejected pairs": rejecting},
        "strongWolfe": {"first trial accepted": lbfgs("valleys", 12, history=5, lr=1, **wolfe),
                        "trials too long": lbfgs("valleys", 20, history=5, lr=20, **wolfe),
                        "trials too short": lbfgs("wells", 8, history=5, lr=1e-4, **wolfe)}})


def line_search():
    """Searches along single lines, for the turns that optimizers seldom take; none so long that rounding decides them."""
    def waves(x):
        return (x.sin() + 0.125 * (9 * x).cos()).sum()

    def cliff(x):
        """Falls so steeply at 0 that a far point below the start can still have descended too little."""
        return (x.cos() - 2 * (500 * x).tanh()).sum()

    cases = []
    for function, start, first in [(waves, 1.125, 0.0326), (waves, 0.75, 0.011), (waves, 0.25, 0.25), (waves, 1.75, 2),
                                   (waves, 1, 4), (waves, 2, 0.0625), (cliff, 0, 0.03), (cliff, 0, 0.037)]:
        def loss_and_gradient(x):
            x = x.clone().requires_grad_(True)
            loss = function(x)
            loss.backward()
            return loss.item(), x.grad

        trials = []

        def attempt(x, length, direction):
            trials.append(float(length))
            return loss_and_gradient(x + length * direction)

        x = torch.tensor([float(start)])
        loss, gradient = loss_and_gradient(x)
        direction = -gradient if function is cliff else -32 * gradient
        found = _strong_wolfe(attempt, x, first, direction, loss, gradient, gradient.dot(direction))
        cases.append({"function": function.__name__, "start": start, "first": first, "direction": direction,
                      "trials": trials, "length": float(found[2]), "loss": found[0]})
    write("line-search", cases)


optimizers()
line_search()
