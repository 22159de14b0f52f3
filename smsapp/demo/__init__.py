"""The demo: every process of the product on one machine, with a stand-in for Twilio instead of the network."""
