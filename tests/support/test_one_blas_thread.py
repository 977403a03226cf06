"""Do the threads of linear algebra leave the cores to the test processes?"""

import numpy as np
from threadpoolctl import threadpool_info


def test_linear_algebra_uses_one_thread():
    _ = np.eye(2) @ np.eye(2)

    threads = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    assert threads and set(threads) == {1}
