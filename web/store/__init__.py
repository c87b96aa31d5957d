"""What is saved: the database, its tables and migrations, the files of chats, and Chainlit's data layer over them."""

import logging

logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)  # it lists its own parts at its import
