"""GraphQL over HTTP and WebSocket: everything between the socket and the schema."""
