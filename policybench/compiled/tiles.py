"""Products of small matrices in the registers of the processor.

A processor multiplies faster than it loads. So each product works on tiles of its result, eight vectors that stay
in registers, and uses every vector that it loads two or four times. Compilers do not find this shape in plain
loops, and a library's products choose their order of summation by processor and batch.

The order of every sum is fixed here, and a ``fma`` rounds once by its definition: results are the same bytes on
all processors, whichever instructions they have, and do not depend on what is computed beside them. Where the last
tile is incomplete, its last row is computed again.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from policybench.compiled.emitting import (
    BYTE,
    FLOAT,
    FLOATS,
    INT,
    INTS,
    SHORT,
    SHORTS,
    Emitter,
    emitted,
    returns_integer,
)

WIDTH = 128
"""Numbers in a row of integers."""

BLOCK = 32
"""Rows of float32 have whole blocks of so many numbers; between its blocks there may be other rows'."""


@emitted
def dot_rows(
    e: Emitter,
    inputs: Any,
    first: Any,
    row_stride: Any,
    block_stride: Any,
    n_blocks: Any,
    n_rows: Any,
    weights: Any,
    weight_stride: Any,
    n_outputs: Any,
    outputs: Any,
    output_stride: Any,
) -> None:
    """outputs[o, r] = sum over i of inputs[r, i] * weights[o, i].

    Eight lanes of i are summed up side by side, and at last ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)).

    Arrays:
        inputs: float32; row r's block b of n_blocks begins at first + r * row_stride + b * block_stride.
        weights: float32; row o begins at o * weight_stride.
        outputs: float32, out; row o begins at o * output_stride, and has room for whole fours of r.
    """
    with e.loop(n_rows, 4) as first_row:
        rows = [e.plus(first, e.times(row, row_stride)) for row in e.tile(first_row, 4, n_rows)]
        with e.loop(n_outputs, 2) as first_output:
            chosen = e.tile(first_output, 2, n_outputs)
            weight_rows = [e.times(output, weight_stride) for output in chosen]
            sums = [e.registers(FLOATS, 4) for _ in chosen]
            with e.loop(n_blocks) as block:
                shift, column = e.times(block, block_stride), e.times(block, BLOCK)
                for lane in range(0, BLOCK, 8):
                    w = [e.load(weights, e.plus(e.plus(row, column), lane), FLOATS) for row in weight_rows]
                    for r, row in enumerate(rows):
                        x = e.load(inputs, e.plus(e.plus(row, shift), lane), FLOATS)
                        for o in range(2):
                            e.builder.store(e.fma(x, w[o], e.builder.load(sums[o][r])), sums[o][r])
            for output, quads in zip(chosen, sums, strict=True):
                total = _add_lanes(e, [e.builder.load(quad) for quad in quads])
                e.store(total, outputs, e.plus(e.times(output, output_stride), first_row))


def _add_lanes(e: Emitter, vectors: list[Any]) -> Any:
    """The vector of the sums over the lanes of four FLOATS."""
    add, pick = e.builder.fadd, e.pick
    a, b, c, d = (add(pick(v, v, [0, 1, 2, 3]), pick(v, v, [4, 5, 6, 7])) for v in vectors)
    ab = add(pick(a, b, [0, 4, 1, 5]), pick(a, b, [2, 6, 3, 7]))
    cd = add(pick(c, d, [0, 4, 1, 5]), pick(c, d, [2, 6, 3, 7]))
    return add(pick(ab, cd, [0, 1, 4, 5]), pick(ab, cd, [2, 3, 6, 7]))


@emitted
def add_outer_products(
    e: Emitter,
    errors: Any,
    error_stride: Any,
    n_outputs: Any,
    inputs: Any,
    row_stride: Any,
    block_stride: Any,
    n_blocks: Any,
    n_rows: Any,
    sums: Any,
    sum_stride: Any,
) -> None:
    """sums[o, i] = sum over r of errors[o, r] * inputs[r, i], in the order of r.

    Arrays:
        errors: float32; row o begins at o * error_stride.
        inputs: as for ``dot_rows``, with first = 0.
        sums: float32, out; row o begins at o * sum_stride.
    """
    with e.loop(n_blocks) as block:
        shift, column = e.times(block, block_stride), e.times(block, BLOCK)
        with e.loop(n_outputs, 2) as first_output:
            chosen = e.tile(first_output, 2, n_outputs)
            totals = [e.registers(FLOATS, BLOCK // 8) for _ in chosen]
            with e.loop(n_rows) as row:
                place = e.plus(e.times(row, row_stride), shift)
                factors = [
                    e.spread(e.load(errors, e.plus(e.times(output, error_stride), row), FLOAT), 8)
                    for output in chosen
                ]
                for lane in range(BLOCK // 8):
                    x = e.load(inputs, e.plus(place, 8 * lane), FLOATS)
                    for factor, total in zip(factors, totals, strict=True):
                        e.builder.store(e.fma(factor, x, e.builder.load(total[lane])), total[lane])
            for output, total in zip(chosen, totals, strict=True):
                for lane in range(BLOCK // 8):
                    place = e.plus(e.times(output, sum_stride), e.plus(column, 8 * lane))
                    e.store(e.builder.load(total[lane]), sums, place)


@emitted
def add_weighted_rows(
    e: Emitter,
    factors: Any,
    first_factor: Any,
    n_rows: Any,
    weights: Any,
    first_weight: Any,
    row_stride: Any,
    sums: Any,
    first_sum: Any,
    n_blocks: Any,
) -> None:
    """sums[first_sum + i] += factors[first_factor + r] * weights[first_weight + r * row_stride + i], r by r.

    Every product is rounded before it is added, as in a plain loop.

    Arrays:
        factors: float32.
        weights: float32.
        sums: float32, changed; i runs over n_blocks blocks.
    """
    with e.loop(n_blocks) as block:
        column = e.times(block, BLOCK)
        totals = e.registers(FLOATS, BLOCK // 8)
        place = e.plus(first_sum, column)
        for lane, total in enumerate(totals):
            e.builder.store(e.load(sums, e.plus(place, 8 * lane), FLOATS), total)
        with e.loop(n_rows) as row:
            factor = e.spread(e.load(factors, e.plus(first_factor, row), FLOAT), 8)
            begin = e.plus(e.plus(first_weight, e.times(row, row_stride)), column)
            for lane, total in enumerate(totals):
                product = e.builder.fmul(factor, e.load(weights, e.plus(begin, 8 * lane), FLOATS))
                e.builder.store(e.builder.fadd(e.builder.load(total), product), total)
        for lane, total in enumerate(totals):
            e.store(e.builder.load(total), sums, e.plus(place, 8 * lane))


@emitted
def transpose(e: Emitter, source: Any, first: Any, n_rows: Any, n_columns: Any, target: Any) -> None:
    """target[c, r] = source[r, c], of float32; both numbers are multiples of 8.

    Arrays:
        source: its first row begins at an index, and rows follow one another.
        target: [n_columns, n_rows], out.
    """
    with e.loop(n_rows, 8) as row, e.loop(n_columns, 8) as column:
        begin = e.plus(e.plus(first, e.times(row, n_columns)), column)
        tile = [e.load(source, e.plus(begin, e.times(i, n_columns)), FLOATS) for i in range(8)]
        # Pairs of rows, then of pairs, then of fours are laced into one another.
        for step in (1, 2, 4):
            low = [i // step % 2 * 8 + i // (2 * step) * (2 * step) + i % step for i in range(8)]
            pairs = [(i, i + step) for i in range(8) if i // step % 2 == 0]
            laced = list(tile)
            for one, other in pairs:
                laced[one] = e.pick(tile[one], tile[other], low)
                laced[other] = e.pick(tile[one], tile[other], [lane + step for lane in low])
            tile = laced
        for i, vector in enumerate(tile):
            e.store(vector, target, e.plus(e.times(e.plus(column, i), n_rows), row))


@emitted
def copy_block(e: Emitter, source: Any, first: Any, target: Any, target_first: Any) -> None:
    """Copy a block of float32 from one index of an array to one of another."""
    for lane in range(0, BLOCK, 8):
        e.store(e.load(source, e.plus(first, lane), FLOATS), target, e.plus(target_first, lane))


@emitted
def integer_layer(
    e: Emitter, inputs: Any, n_rows: Any, weights: Any, bias: Any, scale: Any, outputs: Any, first: Any
) -> None:
    """outputs[first + r, o] = scale[o] * max(bias[o] + the sum over i of inputs[r, i] * weights[i, o], 0).

    Arrays:
        inputs: [at least n_rows, WIDTH] int16.
        weights: [WIDTH / 16, WIDTH / 2, 16, 2] int16; place [o // 16, i // 2, o % 16, i % 2] has weight [i, o].
        bias: [WIDTH] int32.
        scale: [WIDTH] float32.
        outputs: [any, WIDTH] float32, out; the sums are int32, and rounded to float32 before they are scaled.
    """
    with e.loop(WIDTH, 16) as output, e.loop(n_rows, 4) as first_row:
        rows = e.tile(first_row, 4, n_rows)
        totals = [e.registers(INTS, 2) for _ in rows]
        with e.loop(WIDTH // 2) as pair:
            place = e.plus(e.times(output, WIDTH), e.times(pair, 32))
            w = [e.load(weights, e.plus(place, 16 * half), SHORTS) for half in range(2)]
            for row, total in zip(rows, totals, strict=True):
                both = e.load(inputs, e.plus(e.times(row, WIDTH), e.times(pair, 2)), ir.VectorType(SHORT, 2))
                x = e.pick(both, both, [0, 1] * 8)
                for half in range(2):
                    product = e.dot_pairs(x, w[half])
                    e.builder.store(e.builder.add(e.builder.load(total[half]), product), total[half])
        for row, total in zip(rows, totals, strict=True):
            place = e.times(e.plus(first, row), WIDTH)
            for half in range(2):
                column = e.plus(output, 8 * half)
                value = e.builder.add(e.builder.load(total[half]), e.load(bias, column, INTS))
                scaled = e.builder.fmul(e.builder.sitofp(e.positive(value), FLOATS), e.load(scale, column, FLOATS))
                e.store(scaled, outputs, e.plus(place, column))


@emitted
def add_rows(
    e: Emitter, start: Any, first: Any, table: Any, rows: Any, first_row: Any, n_rows: Any, sums: Any, row: Any
) -> None:
    """sums[row] = max(start[first] + the sum over k of table[rows[first_row + k]], 0), of int16, which wrap.

    Arrays:
        start: [any, WIDTH] int16.
        table: [any, WIDTH] int16.
        rows: int32.
        sums: [any, WIDTH] int16, out.
    """
    place = e.times(first, WIDTH)
    totals = e.registers(SHORTS, WIDTH // 16)
    for i, total in enumerate(totals):
        e.builder.store(e.load(start, e.plus(place, 16 * i), SHORTS), total)
    with e.loop(n_rows) as k:
        place = e.times(e.builder.sext(e.load(rows, e.plus(first_row, k), INT), ir.IntType(64)), WIDTH)
        for i, total in enumerate(totals):
            changed = e.builder.add(e.builder.load(total), e.load(table, e.plus(place, 16 * i), SHORTS))
            e.builder.store(changed, total)
    for i, total in enumerate(totals):
        e.store(e.positive(e.builder.load(total)), sums, e.plus(e.times(row, WIDTH), 16 * i))


@emitted
def fetch_row(e: Emitter, table: Any, first: Any) -> None:
    """Ask for 256 bytes of an array of int16 or float32, from some byte on, to have them in the cache soon."""
    for line in range(4):
        e.prefetch(table, e.plus(first, 64 * line))


@emitted
@returns_integer
def differences(e: Emitter, a: Any, a_first: Any, b: Any, b_first: Any) -> Any:
    """In which of 32 bytes two arrays differ, from some index on: bit i of the result tells of the byte i."""
    kind = ir.VectorType(BYTE, 32)
    unequal = e.builder.icmp_unsigned("!=", e.load(a, a_first, kind), e.load(b, b_first, kind))
    return e.builder.zext(e.builder.bitcast(unequal, INT), ir.IntType(64))


@emitted
@returns_integer
def lowest_bit(e: Emitter, bits: Any) -> Any:
    """The number of the lowest bit that is set, of an integer that is not 0."""
    return e.builder.cttz(bits, ir.Constant(ir.IntType(1), 1))
