"""The ``checkpoint`` file: principals' states in a format that holds data and can run no code."""

from __future__ import annotations

import hashlib
import io
import math
from typing import Any

import msgpack
import numpy as np

_ARRAY = 1
_DIGEST_BYTES = hashlib.sha256().digest_size


class DamagedError(ValueError):
    """A checkpoint is not what was saved."""


def dump(step: int, state: Any) -> bytes:
    """A checkpoint's content: how many steps are done and the state after them, behind a digest of both.

    Raises:
        TypeError: the state holds what cannot be saved; the message names the key.
    """
    content = encode({"step": step, "state": state})
    return hashlib.sha256(content).digest() + content


def load(data: bytes) -> tuple[int, Any]:
    """Step and state that ``dump`` was given; raises ``DamagedError`` if a single bit has changed.

    Content that somebody has made otherwise, with a digest that fits, is refused in the same way.
    """
    digest, content = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        raise DamagedError("its digest does not fit its content")
    try:
        found = decode(content)
        step, state = found["step"], found["state"]
    except Exception as error:  # noqa: BLE001 - the libraries that read it fail in many ways
        raise DamagedError(f"its content cannot be read ({type(error).__name__})") from None
    if type(step) is not int or step < 0 or not isinstance(state, list):
        raise DamagedError("its content is not what is saved")
    return step, state


def encode(state: Any) -> bytes:
    """Bytes for nested dicts and lists of numpy arrays, numbers, strings, bytes and None.

    Raises:
        TypeError: the state holds anything else, or a key that is neither a string nor an integer; the message
            says where.
    """
    try:
        data: bytes = msgpack.packb(state, default=_encode_other)
        _check_keys(state, "")
    except (TypeError, OverflowError, ValueError) as error:
        place = _unfit(state, "")
        where = f" at {place}" if place else ""
        raise TypeError(f"cannot be saved{where}: {error}") from error
    return data


def decode(data: bytes) -> Any:
    """What ``encode`` was given; tuples come back as lists."""
    return msgpack.unpackb(data, ext_hook=_decode_array, strict_map_key=False)


def _encode_other(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        buffer = io.BytesIO()
        np.save(buffer, value, allow_pickle=False)
        return msgpack.ExtType(_ARRAY, buffer.getvalue())
    if isinstance(value, np.bool_ | np.integer | np.floating | np.str_ | np.bytes_):
        plain = value.item()
        if not isinstance(plain, np.generic):
            return plain
    raise TypeError(
        f"a checkpoint holds arrays, numbers, strings, bytes, lists and dicts, not {type(value).__name__}"
    )


def _check_keys(value: Any, place: str) -> None:
    """Refuse keys that could be written and not be read: msgpack turns a tuple into a list, which is no key."""
    if isinstance(value, dict):
        for key, part in value.items():
            if not isinstance(key, str | int):
                raise TypeError(f"the key {key!r} is no string and no integer")
            _check_keys(part, f"{place}[{key!r}]")
    elif isinstance(value, list | tuple):
        for part in value:
            if isinstance(part, dict | list | tuple):
                _check_keys(part, place)


def _unfit(value: Any, place: str) -> str:
    """Where in a state the first part stands that cannot be saved: ``['weights'][0]``."""
    if isinstance(value, dict):
        for key, part in value.items():
            if not isinstance(key, str | int):
                return place or "the top"
            if found := _unfit(part, f"{place}[{key!r}]"):
                return found
        return ""
    if isinstance(value, list | tuple):
        return next((found for i, part in enumerate(value) if (found := _unfit(part, f"{place}[{i}]"))), "")
    try:
        msgpack.packb(value, default=_encode_other)
    except (TypeError, OverflowError, ValueError):
        return place or "the top"
    return ""


def _decode_array(code: int, data: bytes) -> Any:
    if code != _ARRAY:
        raise ValueError(f"unknown extension {code} in a checkpoint")
    buffer = io.BytesIO(data)
    if np.lib.format.read_magic(buffer) == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(buffer)
        if math.prod(shape) * dtype.itemsize != len(data) - buffer.tell():
            raise ValueError("an array of another size than its data")
    return np.load(io.BytesIO(data), allow_pickle=False)
