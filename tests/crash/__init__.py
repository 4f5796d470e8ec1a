"""kill -9 of server and worker at random moments: nothing lost, doubled or half-done."""
