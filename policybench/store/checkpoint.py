"""The ``checkpoint`` file: principals' states in a format that holds data and can run no code."""

from __future__ import annotations

import io
from typing import Any

import msgpack
import numpy as np

_ARRAY = 1


def encode(state: Any) -> bytes:
    """Bytes for nested dicts and lists of numpy arrays, numbers, strings, bytes and None.

    Raises:
        TypeError: the state holds anything else.
    """
    try:
        data: bytes = msgpack.packb(state, default=_encode_other)
    except (OverflowError, ValueError) as error:
        raise TypeError(f"a checkpoint cannot hold this state: {error}") from error
    return data


def decode(data: bytes) -> Any:
    """What ``encode`` was given; tuples come back as lists."""
    return msgpack.unpackb(data, ext_hook=_decode_array, strict_map_key=False)


def _encode_other(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        buffer = io.BytesIO()
        np.save(buffer, value, allow_pickle=False)
        return msgpack.ExtType(_ARRAY, buffer.getvalue())
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a checkpoint holds arrays, numbers, strings, bytes, lists and dicts, not {type(value)!r}")


def _decode_array(code: int, data: bytes) -> Any:
    if code != _ARRAY:
        raise ValueError(f"unknown extension {code} in a checkpoint")
    return np.load(io.BytesIO(data), allow_pickle=False)
