"""A network's steps as files: text, JSON, Markdown, LaTeX, and a NumPy script."""
