"""Measuring builds at size: worlds of any size, a race against other ways, and a profile."""
