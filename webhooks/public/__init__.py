"""What the public pages share: how they look, whose language they speak, and where a visitor comes from."""
