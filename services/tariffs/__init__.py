"""tariffs: where a number belongs, and what a part costs to send there."""
