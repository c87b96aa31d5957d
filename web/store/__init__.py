"""What is kept: the database, its tables and versions, the files of chats, and Chainlit's way to them."""

import logging

logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)  # it lists its own parts at its import
