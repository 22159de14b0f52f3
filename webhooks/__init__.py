"""What the world tells us: signed requests from Twilio, stored before they are acted on."""
