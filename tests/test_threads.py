"""One thread: for linear algebra and for torch, for as long as it is asked for."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from policybench.threads import one_thread


def _threads():
    np.linalg.inv(np.eye(2))
    blas = {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}
    return blas, torch.get_num_threads()


def test_one_thread_for_as_long_as_it_is_asked_for():
    before = torch.get_num_threads()
    try:
        with threadpool_limits(2, user_api="blas"):
            torch.set_num_threads(3)
            with one_thread():
                assert _threads() == ({1}, 1)
                with one_thread():
                    pass
                assert _threads() == ({1}, 1)
            assert _threads() == ({2}, 3)
            with pytest.raises(KeyError), one_thread():
                raise KeyError
            assert _threads() == ({2}, 3)
    finally:
        torch.set_num_threads(before)


def test_torch_is_not_loaded_for_it():
    code = (
        "import sys\nfrom policybench.threads import one_thread\n"
        "with one_thread(): sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
