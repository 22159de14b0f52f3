"""Tests of the stand-in for Twilio, through real HTTP and the official SDK."""
