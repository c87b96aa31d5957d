"""The server's edge: what Chainlit has no setting for, and limits of what is sent. Knows no chat."""
