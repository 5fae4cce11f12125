"""How many threads compute. Torch keeps the number for each thread that calls it, so every pass states it."""

import torch

ALL = torch.get_num_threads()
"""What this machine, or OMP_NUM_THREADS, offers; read before anybody asks for fewer."""


def compute_on(threads: int) -> None:
    """Let what the calling thread asks of torch be computed by so many threads."""
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
