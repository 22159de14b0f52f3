"""Who answers: assignment, notes and saved replies on threads."""
