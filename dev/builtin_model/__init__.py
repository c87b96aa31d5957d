"""The small model that ships: its weights, and the code that makes its data, trains it and judges it."""
