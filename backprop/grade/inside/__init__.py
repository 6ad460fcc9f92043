"""What is laid into the sandbox: the worker, the pipe's format, and stand-ins for what a notebook imports. NumPy only."""
