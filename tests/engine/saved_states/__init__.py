"""States as versions of this engine really saved them, in one folder per format; see `__main__` for how to add some."""
