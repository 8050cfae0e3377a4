"""What speaks HTTP: the server and its connections, the routes, paced responses, the ledger."""
