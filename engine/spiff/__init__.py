"""The only package that imports SpiffWorkflow."""

from engine.spiff import patches

patches.install()
