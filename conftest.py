"""Makes the conformance page known to pytest, which takes plugins from the topmost conftest alone."""

pytest_plugins = ("tests.conformance_report",)
