"""What `make demo` runs. Its servers (`demo.postgres`, `demo.simulator`) also serve the tests."""
