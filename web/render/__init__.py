"""Renders a turn: its events, the model's Markdown, tool results and usage, as messages and steps of the page."""
