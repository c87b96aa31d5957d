"""Who may use the page: people with passwords, guests of a demo link, and the secret that signs their cookies."""
