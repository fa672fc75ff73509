"""What packages descend from, and what descends from them."""
