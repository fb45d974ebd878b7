"""Functions of compiled code that are written in LLVM's vector instructions, for what plain loops do not reach."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

# Numba declares types of some of its functions only.
_types: Any = types
_cgutils: Any = cgutils

FLOAT, BYTE, SHORT, INT, INDEX = ir.FloatType(), ir.IntType(8), ir.IntType(16), ir.IntType(32), ir.IntType(64)
FLOATS, SHORTS, INTS = ir.VectorType(FLOAT, 8), ir.VectorType(SHORT, 16), ir.VectorType(INT, 8)
"""Vectors of 256 bits; where a processor has only shorter ones, LLVM makes several of one."""


def emitted(emit: Callable[..., Any]) -> Any:
    """A function for compiled code from one that emits its instructions.

    ``emit`` is given an ``Emitter`` and the arguments: for an array the place of its first number, for an integer
    its value, [64 bits]. Arrays are C-contiguous. What it returns, an integer of 64 bits or None, the function
    returns.
    """

    def define(_: Any, *kinds: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
            values = [
                context.make_array(kind)(context, builder, value).data
                if isinstance(kind, _types.Array)
                else context.cast(builder, value, kind, _types.int64)
                for kind, value in zip(signature.args, arguments, strict=True)
            ]
            result = emit(Emitter(builder), *values)
            return context.get_dummy_value() if result is None else result

        plain = [_types.unliteral(kind) for kind in kinds]
        if any(isinstance(kind, _types.Array) and kind.layout != "C" for kind in plain):
            return None
        returns = _types.int64 if getattr(emit, "returns_integer", False) else _types.void
        return returns(*plain), generate

    define.__name__ = define.__qualname__ = emit.__name__
    define.__doc__ = emit.__doc__
    define.__signature__ = inspect.signature(emit)  # type: ignore[attr-defined]
    return intrinsic(define)


def returns_integer(emit: Callable[..., Any]) -> Callable[..., Any]:
    """Say of a function for ``emitted`` that it returns an integer."""
    emit.returns_integer = True  # type: ignore[attr-defined]
    return emit


class Emitter:
    """Emits instructions; values and places are LLVM's, and an index may be a plain int."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder

    def index(self, number: Any) -> Any:
        """An index that is known already, as a value."""
        return ir.Constant(INDEX, number) if isinstance(number, int) else number

    def times(self, a: Any, b: Any) -> Any:
        """The product of two indices."""
        return self.builder.mul(self.index(a), self.index(b))

    def plus(self, a: Any, b: Any) -> Any:
        """The sum of two indices."""
        return self.builder.add(self.index(a), self.index(b))

    def tile(self, first: Any, size: int, count: Any) -> list[Any]:
        """Indices first, first + 1, ...; beyond the last one below count, that one again."""
        last = self.plus(count, -1)
        indices = [self.plus(first, i) for i in range(size)]
        return [self.builder.select(self.builder.icmp_signed("<", i, last), i, last) for i in indices]

    @contextmanager
    def loop(self, stop: Any, step: int = 1) -> Iterator[Any]:
        """What is emitted within is done for each index 0, step, ... below stop."""
        start, stop, step = self.index(0), self.index(stop), self.index(step)
        with _cgutils.for_range_slice(self.builder, start, stop, step, INDEX) as (i, _):
            yield i

    def load(self, array: Any, offset: Any, kind: Any) -> Any:
        """A vector or a number, from the number at an offset on."""
        return self.builder.load(self._place(array, offset, kind), align=1)

    def store(self, value: Any, array: Any, offset: Any) -> None:
        """Write a vector or a number, from an offset on."""
        self.builder.store(value, self._place(array, offset, value.type), align=1)

    def _place(self, array: Any, offset: Any, kind: Any) -> Any:
        number = kind.element if isinstance(kind, ir.VectorType) else kind
        numbers = self.builder.bitcast(array, number.as_pointer())
        return self.builder.bitcast(self.builder.gep(numbers, [self.index(offset)]), kind.as_pointer())

    def registers(self, kind: Any, count: int) -> list[Any]:
        """Places of vectors of zeros, which LLVM keeps in registers."""
        places = [_cgutils.alloca_once(self.builder, kind) for _ in range(count)]
        for place in places:
            self.builder.store(ir.Constant(kind, None), place)
        return places

    def spread(self, value: Any, lanes: int) -> Any:
        """A vector whose lanes all have this value."""
        kind = ir.VectorType(value.type, lanes)
        single = self.builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(INT, 0))
        return self.pick(single, single, [0] * lanes)

    def pick(self, a: Any, b: Any, lanes: Sequence[int]) -> Any:
        """The vector of some lanes of two; those of b count on from those of a."""
        return self.builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(INT, len(lanes)), list(lanes)))

    def call(self, name: str, kind: Any, arguments: Sequence[Any]) -> Any:
        """Call a function of LLVM."""
        signature = ir.FunctionType(kind, [argument.type for argument in arguments])
        return self.builder.call(_cgutils.get_or_insert_function(self.builder.module, signature, name), arguments)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """A * b + c of FLOATS, rounded once."""
        return self.call("llvm.fma.v8f32", FLOATS, [a, b, c])

    def prefetch(self, array: Any, byte: Any) -> None:
        """Ask for the cache line of a byte of an array."""
        place = self._place(array, byte, BYTE)
        options = [ir.Constant(INT, option) for option in (0, 3, 1)]  # to read, soon, data
        kinds = [place.type, INT, INT, INT]
        function = _cgutils.get_or_insert_function(
            self.builder.module, ir.FunctionType(ir.VoidType(), kinds), "llvm.prefetch.p0"
        )
        self.builder.call(function, [place, *options])

    def positive(self, vector: Any) -> Any:
        """The greater of each signed integer and 0."""
        zeros = ir.Constant(vector.type, None)
        return self.builder.select(self.builder.icmp_signed(">", vector, zeros), vector, zeros)

    def dot_pairs(self, a: Any, b: Any) -> Any:
        """INTS: the products of two SHORTS, each two neighbours added up."""
        wide = [self.builder.sext(vector, ir.VectorType(INT, 16)) for vector in (a, b)]
        products = self.builder.mul(*wide)
        even, odd = (self.pick(products, products, list(range(first, 16, 2))) for first in (0, 1))
        return self.builder.add(even, odd)
