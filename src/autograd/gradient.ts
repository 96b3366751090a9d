/**
 * Reverse-mode differentiation: one table, one rule per operation. A rule gets the gradient of the loss with respect to
 * the node's result and returns those with respect to its inputs, as more graph. What nobody uses is never built.
 */
import { ShapeError } from "../errors.ts";
import { formatShape } from "../kernels/kernel.ts";
import type { Padding } from "../kernels/pad.ts";
import { apply, isLeaf, type Tensor, topologicalOrder, tracing } from "./graph.ts";
import type { Operation, OperationOf, PointwiseName } from "./kinds.ts";
import { RELU_GRADIENT } from "./masks.ts";
import { convolve } from "./operations.ts";
import * as p from "./pointwise.ts";
import { channelSum, sum, transpose } from "./reductions.ts";
import { broadcastTo, filled, reshape } from "./shapes.ts";

type Gradients = (Tensor | undefined)[];
type Rule<Kind extends Operation["kind"]> = (
  gradient: Tensor,
  node: Tensor,
  operation: OperationOf<Kind>,
  needed: readonly boolean[],
) => Gradients;

/** x's gradient from y's, for y = f(x), written as a formula over a = gradient, b = x, c = y. */
const derivative = (formula: string) => (g: Tensor, node: Tensor) => [p.pointwise(formula, g, node.inputs[0], node)];

const pointwiseRules: Record<PointwiseName, (g: Tensor, node: Tensor, parameter: number) => Gradients> = {
  add: (g) => [g, g],
  subtract: (g) => [g, p.scale(g, -1)],
  multiply: (g, { inputs: [a, b] }) => [p.multiply(g, b), p.multiply(g, a)],
  divide: (g, { inputs: [a, b] }) => [p.divide(g, b), p.pointwise("-a * b / (c * c)", g, a, b)],
  scale: (g, _, factor) => [p.scale(g, factor)],
  addConstant: (g) => [g],
  identity: (g, { inputs: [x] }) => [x.size === g.size ? reshape(g, x.shape) : g],
  square: (g, { inputs: [x] }) => [p.pointwise("T(2.0f) * a * b", g, x)],
  sqrt: (g, y) => [p.pointwise("T(0.5f) * a / b", g, y)],
  abs: (g, { inputs: [x] }) => [p.pointwise("a * sign(b)", g, x)],
  exp: (g, y) => [p.multiply(g, y)],
  log: (g, { inputs: [x] }) => [p.divide(g, x)],
  tanh: derivative("a * (T(1.0f) - c * c)"),
  sigmoid: derivative("a * c * (T(1.0f) - c)"),
  pow: (g, { inputs: [x] }, exponent) => [p.multiply(g, p.scale(p.pow(x, exponent - 1), exponent))],
  relu: (g, y) => [p.pointwise(RELU_GRADIENT, g, y)],
  leakyRelu: (g, { inputs: [x] }, slope) => [p.pointwise("select(a * c, a, b > T(0.0f))", g, x, filled(slope, []))],
  clamp: derivative("select(T(0.0f), a, b == c)"),
  constant: () => [],
  custom: (_, node) => {
    const { steps } = (node.operation as OperationOf<"pointwise">).function;
    throw new ShapeError(
      `The formula "${steps.map((step) => step.formula).join("; ")}" has no gradient; compose it of differentiable operations such as add and multiply.`,
    );
  },
};

const rules: { [Kind in DifferentiableKind]: Rule<Kind> } = {
  pointwise: (g, node, { name, parameter }) => pointwiseRules[name](g, node, parameter),
  sum: (g, { inputs: [x] }) => [broadcastTo(g, x.shape)],
  conv2d: convolutionRule,
  pad: (g, { inputs: [x] }, { padding }) => [unpad(g, x, padding)],
  pool: (g, { inputs: [x] }, { pooling }) => [
    apply({ kind: "poolGradient", pooling }, pooling === "max" ? [g, x] : [g], x.shape),
  ],
  upsample: (g, { inputs: [x] }, { factor }) => [apply({ kind: "upsampleGradient", factor }, [g], x.shape)],
  transpose: (g) => [transpose(g)],
  // G = F Fᵀ / N: dF = (dG + dGᵀ) F / N.
  gram: (g, { inputs: [x] }) => {
    const symmetric = p.scale(p.add(g, transposed(g)), x.shape[0] / x.size);
    // Transposing changes nothing, but suits the fast kernel.
    return [apply({ kind: "matmul", transposeA: true, transposeB: false }, [symmetric, x], x.shape)];
  },
  matmul: (g, { inputs: [a, b] }, { transposeA: ta, transposeB: tb }) => {
    const product = (x: Tensor, tx: boolean, y: Tensor, ty: boolean, like: Tensor) =>
      apply({ kind: "matmul", transposeA: tx, transposeB: ty }, [x, y], like.shape);
    return [
      ta ? product(b, tb, g, true, a) : product(g, false, b, !tb, a),
      tb ? product(g, true, a, ta, b) : product(a, !ta, g, false, b),
    ];
  },
};

/**
 * The transpose of a square matrix. If the matrix is f(M), element by element, then f(M)ᵀ = f(Mᵀ): M is transposed and f applied to that,
 * so that f joins the transpose's kernel. Only where M has the matrix's shape: a matrix may be another one, reshaped.
 */
function transposed(matrix: Tensor): Tensor {
  const { operation, inputs, shape } = matrix;
  const [inner, another] = inputs.filter((input) => !isUniform(input));
  if (operation.kind !== "pointwise" || another || String(inner?.shape) !== String(shape)) return transpose(matrix);
  const behind = inputs.map((input) => (input === inner ? transposed(input) : input));
  return apply(operation, behind, shape);
}

/** Whether all elements are the same number. */
function isUniform({ size, operation, inputs }: Tensor): boolean {
  return size === 1 || (operation.kind === "pointwise" && inputs.every(isUniform));
}

type DifferentiableKind =
  | "pointwise"
  | "sum"
  | "conv2d"
  | "pad"
  | "pool"
  | "upsample"
  | "transpose"
  | "gram"
  | "matmul";

/**
 * The input gradient of a convolution is a convolution of the result's gradient (its stride undone by zeros) with the
 * flipped, transposed weights; with zero padding it yields just the pixels of the image.
 */
function convolutionRule(
  g: Tensor,
  { inputs: [image, weight] }: Tensor,
  { stride, padding, transposed }: OperationOf<"conv2d">,
  [imageNeeded, weightNeeded]: readonly boolean[],
): Gradients {
  if (weightNeeded && transposed) {
    throw new ShapeError("A second derivative through convolution weights is not supported; differentiate once.");
  }
  return [
    imageNeeded ? imageGradient() : undefined,
    weightNeeded ? apply({ kind: "conv2dWeightGradient", stride, padding }, [image, g], weight.shape) : undefined,
  ];

  function imageGradient(): Tensor {
    const [, height, width] = image.shape;
    const [, rows, columns] = g.shape;
    const dilated = [(rows - 1) * stride + 1, (columns - 1) * stride + 1];
    const dense =
      stride === 1 ? g : apply({ kind: "dilate", factor: stride }, [g], [g.shape[0], dilated[0], dilated[1]]);
    const isZero = padding.mode === "zero";
    const [above, before] = isZero ? [padding.top, padding.left] : [0, 0];
    const [wantedRows, wantedColumns] = isZero
      ? [height, width]
      : [height + padding.top + padding.bottom, width + padding.left + padding.right];
    const [kernelRows, kernelColumns] = [weight.shape[2] - 1, weight.shape[3] - 1];
    const top = kernelRows - above;
    const left = kernelColumns - before;
    const full: Padding = {
      mode: "zero",
      top,
      bottom: wantedRows + kernelRows - dilated[0] - top,
      left,
      right: wantedColumns + kernelColumns - dilated[1] - left,
      extraRows: 0,
      extraColumns: 0,
    };
    const gradient = convolve(dense, weight, 1, full, !transposed);
    return isZero ? gradient : unpad(gradient, image, padding);
  }
}

/** The gradient of padding: a crop for zeros (padding for a crop), else a fold of the border onto what it repeats. */
function unpad(g: Tensor, image: Tensor, padding: Padding): Tensor {
  if (padding.mode !== "zero") return apply({ kind: "padGradient", padding }, [g], image.shape);
  const { top, bottom, left, right } = padding;
  const reversed = { ...padding, top: -top, bottom: -bottom, left: -left, right: -right };
  return apply({ kind: "pad", padding: reversed }, [g], image.shape);
}

/** The gradient of an operand that was broadcast is the sum over what it was repeated for. */
function unbroadcast(g: Tensor, input: Tensor): Tensor {
  if (input.size === g.size) return formatShape(input.shape) === formatShape(g.shape) ? g : reshape(g, input.shape);
  return input.size === 1 ? reshape(sum(g), input.shape) : reshape(channelSum(g), input.shape);
}

/**
 * A gradient for each of a list of tensors, see {@link gradients}.
 *
 * @category Gradients and programs
 */
export type GradientsOf<Tensors extends readonly Tensor[]> = { -readonly [Index in keyof Tensors]: Tensor };

/**
 * The gradients of a traced scalar with respect to tensors it depends on, as tensors of the same graph (Baydin et al.
 * 2018, section 3.2: reverse accumulation). A tensor that `loss` does not depend on has gradient 0.
 *
 * Call it in a function that is given to {@link compile} and computes the loss too. What was computed outside, at once, is values
 * alone and depends on nothing, so its gradients are 0; and gradients that are made outside have no values to be read. There, use
 * {@link grad}.
 *
 * @example
 * ```ts
 * import { compile, gradients, mean, openDevice, square, variable } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = variable(device, [2], [1, 3]);
 * const program = await compile(device, () => {
 *   const loss = mean(square(x));
 *   const [slope] = gradients(loss, [x]);
 *   return { results: { loss, slope } };
 * });
 * program.run();
 * console.log(await program.results.slope.read()); // Float32Array(2) [ 1, 3 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when `loss` is no scalar or passes through a formula without a gradient.
 * @category Gradients and programs
 */
export function gradients<const Tensors extends readonly Tensor[]>(loss: Tensor, wrt: Tensors): GradientsOf<Tensors> {
  if (loss.size !== 1) {
    throw new ShapeError(
      `gradients: the loss has shape ${formatShape(loss.shape)}; reduce it to a scalar, for instance with sum or mean.`,
    );
  }
  return tracing(() => {
    const order = topologicalOrder([loss]);
    const dependent = new Set<Tensor>(wrt);
    for (const node of order) if (node.inputs.some((input) => dependent.has(input))) dependent.add(node);
    const gradientOf = new Map<Tensor, Tensor>([[loss, filled(1, loss.shape)]]);
    for (const node of [...order].reverse()) {
      const g = gradientOf.get(node);
      const needed = isLeaf(node) ? [] : node.inputs.map((input) => dependent.has(input));
      if (!g || !needed.includes(true)) continue;
      differentiate(g, node, needed).forEach((gradient, index) => {
        const input = node.inputs[index];
        if (!gradient || !needed[index]) return;
        const matched = unbroadcast(gradient, input);
        const sofar = gradientOf.get(input);
        gradientOf.set(input, sofar ? p.add(sofar, matched) : matched);
      });
    }
    return wrt.map((tensor) => gradientOf.get(tensor) ?? filled(0, tensor.shape)) as GradientsOf<Tensors>;
  });
}

function differentiate(g: Tensor, node: Tensor, needed: readonly boolean[]): Gradients {
  const { operation } = node;
  const rule = rules[operation.kind as DifferentiableKind] as Rule<Operation["kind"]> | undefined;
  if (!rule) {
    const isOwn = operation.kind === "kernel";
    throw new ShapeError(
      `${isOwn ? `The kernel "${operation.label}"` : operation.kind} cannot be differentiated; ${isOwn ? "compose it of differentiable operations such as add and multiply" : "take gradients of the loss itself"}.`,
    );
  }
  return rule(g, node, operation as never, needed);
}
