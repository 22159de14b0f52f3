"""Ways out: each module is one provider."""
