"""The explorer: a small network whose numbers can be held, stepped through and moved, in a notebook and on a page without a kernel."""

from backprop.live.widget import Explorer, ExplorerError, explorer

__all__ = ["Explorer", "ExplorerError", "explorer"]
