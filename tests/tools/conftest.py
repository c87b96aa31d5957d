"""The weather service that the tests of the weather ask."""

from tests.tools.weather_server import service

__all__ = ["service"]
