"""What every test may use: a node and services of its own, and a record of the run."""

pytest_plugins = ["tests.node", "tests.record", "tests.services"]
