"""HTTP to the outside world, never to an inner address."""
