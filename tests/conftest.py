"""What every test may use: a node and services of its own, and a record of the run."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.made_once", "tests.node", "tests.order", "tests.record", "tests.services"]

# A busy machine is slow for a moment; no example is wrong for that.
settings.register_profile("kaowu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kaowu")
