"""What is said: senders, threads, messages, and the way out to the provider."""
