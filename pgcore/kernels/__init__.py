"""Kernels: the physics of a plant's devices as one compiled function, made from the numpy that their authors wrote."""
