"""The page: what a browser sees, and all that imports chainlit except app.py."""
