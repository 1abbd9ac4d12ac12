"""A network's steps as files: text, JSON, Markdown, LaTeX, and scripts for NumPy and PyTorch."""
