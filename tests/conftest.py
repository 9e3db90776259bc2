"""What every test may use: services of its own, and a record of the run."""

pytest_plugins = ["tests.record", "tests.services"]
