"""Numba's cache on disk with a digest beside every kernel: what is damaged is compiled again."""

# Numba has no annotations.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any

from numba.core.caching import FunctionCache, IndexDataCacheFile

from policybench.errors import InputError

_DIGEST_BYTES = hashlib.sha256().digest_size
_logger = logging.getLogger("policybench.compiled")


class CheckedCache(FunctionCache):
    """The kernels of one function, by signature."""

    def __init__(self, function: Any) -> None:
        """Name the files; nothing is read yet."""
        super().__init__(function)
        self._cache_file = _CheckedFiles(
            cache_path=self._cache_path,
            filename_base=self._impl.filename_base,
            source_stamp=self._impl.locator.get_source_stamp(),
        )

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The kernel from disk; None if there is none, or if it is damaged, whereupon it is compiled anew.

        Raises:
            InputError: a damaged file can neither be read nor removed.
        """
        try:
            return super().load_overload(sig, target_context)
        except Exception as error:  # noqa: BLE001 - unpickling raises whatever the damage leads to
            self._forget(error)
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a kernel; a full disk keeps nobody from using it."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _logger.warning("a compiled kernel cannot be kept in %s: %s", self._cache_path, error.strerror)

    def _forget(self, error: Exception) -> None:
        index = Path(self._cache_file._index_path)
        try:
            index.unlink(missing_ok=True)
        except OSError:
            raise InputError(
                f"{index}: damaged ({type(error).__name__}) and cannot be removed; remove it, and the kernel is "
                "compiled again"
            ) from None
        _logger.info("a compiled kernel is damaged on disk (%s); it is compiled again", index.name)


class _CheckedFiles(IndexDataCacheFile):
    """Puts a digest before the content of every kernel's file."""

    def _save_data(self, name: str, data: Any) -> None:
        content = self._dump(data)
        with self._open_for_write(self._data_path(name)) as file:
            file.write(hashlib.sha256(content).digest() + content)

    def _load_data(self, name: str) -> Any:
        import pickle

        stored = Path(self._data_path(name)).read_bytes()
        digest, content = stored[:_DIGEST_BYTES], stored[_DIGEST_BYTES:]
        if hashlib.sha256(content).digest() != digest:
            raise ValueError(f"{name} does not fit its digest")
        return pickle.loads(content)
