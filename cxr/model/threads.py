"""How many threads compute. Torch keeps the number for each thread that calls it, so every pass states it."""

import torch
from threadpoolctl import threadpool_limits

ALL = torch.get_num_threads()
"""What this machine, or OMP_NUM_THREADS, offers; read before anybody asks for fewer."""

# The threads of NumPy's BLAS spin for milliseconds after each small product, on the cores that score films.
threadpool_limits(1, user_api="blas")


def compute_on(threads: int) -> None:
    """Let what the calling thread asks of torch be computed by so many threads."""
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
