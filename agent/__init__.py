"""The chat without its page: a conversation with a model that may call tools."""

from pathlib import Path

PROJECT = Path(__file__).parents[1]  # the folder of app.py
