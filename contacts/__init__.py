"""Who: brands, their team, people, and the numbers that reach them."""
