"""The pages: server-rendered, with small islands of script."""
