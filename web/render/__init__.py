"""What the model writes, as the page shows it."""
