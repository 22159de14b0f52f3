"""Why we speak: campaigns, journeys and program files."""
