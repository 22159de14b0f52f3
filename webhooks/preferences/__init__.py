"""The preference page: people change what they get, or leave, by a link of their own and without a login."""
