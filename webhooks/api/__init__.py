"""What a brand's own systems tell us and ask us: opt-outs, and where a number stands."""
