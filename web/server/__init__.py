"""What stands between Chainlit's server and the page."""
