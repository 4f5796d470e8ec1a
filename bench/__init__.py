"""Complete-a-task through HTTP, measured against a bare transaction in the same run."""
